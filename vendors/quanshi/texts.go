package quanshi

// maxText bounds the texts of a row that are kept, in bytes; longer ones are unusable.
const maxText = 256

// maxTexts bounds how many different texts are remembered at one time.
const maxTexts = 4096

// texts makes strings of the texts in rows, each once: few differ from row to row.
type texts struct {
	last  [fields]remembered
	known map[string]remembered // by what is sent
}

type remembered struct{ sent, says string }

// of returns what a value of a field says: a string, the digits of a number, "" for null.
// Of another value, and a text that is too long, ok is false.
func (t *texts) of(value []byte, f field) (says string, ok bool) {
	last := &t.last[f]
	if string(value) == last.sent {
		return last.says, true
	}
	if known, ok := t.known[string(value)]; ok {
		*last = known
		return known.says, true
	}
	switch {
	case value[0] == 'n':
		return "", true
	case value[0] == '"':
	case value[0] == '-' || value[0] >= '0' && value[0] <= '9':
	default:
		return "", false
	}
	if len(value) > maxText+len(`""`) {
		return "", false
	}
	if t.known == nil || len(t.known) == maxTexts {
		t.known = map[string]remembered{} // the strings in use go on without it
	}
	sent := string(value)
	says = sent
	if value[0] == '"' {
		says = string(plainText(value))
	}
	*last = remembered{sent, says}
	t.known[sent] = *last
	return says, true
}
