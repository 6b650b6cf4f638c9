package config

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// misleading are characters that look like those of YAML's syntax, or do not show: what people call them, and what YAML
// has in their place, "" for nothing.
var misleading = map[rune]struct{ name, yaml string }{
	'：': {"full-width colon", ":"}, '，': {"full-width comma", ","}, '、': {"ideographic comma", ","},
	'“': {"left double quotation mark", `"`}, '”': {"right double quotation mark", `"`},
	'„': {"low double quotation mark", `"`}, '＂': {"full-width quotation mark", `"`},
	'‘': {"left single quotation mark", "'"}, '’': {"right single quotation mark", "'"},
	'＇': {"full-width apostrophe", "'"}, '［': {"full-width left bracket", "["}, '］': {"full-width right bracket", "]"},
	'【': {"left lenticular bracket", "["}, '】': {"right lenticular bracket", "]"},
	'｛': {"full-width left brace", "{"}, '｝': {"full-width right brace", "}"},
	'－': {"full-width hyphen", "-"}, '–': {"en dash", "-"}, '—': {"em dash", "-"},
	'＃': {"full-width number sign", "#"}, '＿': {"full-width underscore", "_"},
	'\u3000': {"ideographic space", "  "}, '\u00a0': {"no-break space", " "}, '\u202f': {"narrow no-break space", " "},
	'\u200b': {"zero width space", ""}, '\u200c': {"zero width non-joiner", ""}, '\u200d': {"zero width joiner", ""},
	'\u200e': {"left-to-right mark", ""}, '\u200f': {"right-to-left mark", ""},
	'\u202a': {"left-to-right embedding", ""}, '\u202b': {"right-to-left embedding", ""},
	'\u202c': {"pop directional formatting", ""}, '\u202d': {"left-to-right override", ""},
	'\u202e': {"right-to-left override", ""}, '\u2028': {"line separator", ""}, '\u2029': {"paragraph separator", ""},
	'\u2060': {"word joiner", ""}, '\u00ad': {"soft hyphen", ""}, '\ufeff': {"byte order mark", ""},
	'\u2066': {"left-to-right isolate", ""}, '\u2067': {"right-to-left isolate", ""},
	'\u2068': {"first strong isolate", ""}, '\u2069': {"pop directional isolate", ""},
}

func isMisleading(r rune) bool {
	_, known := misleading[r]
	return known
}

// characterName returns a character as errors name it: U+202E (right-to-left override), ： (U+FF1A, full-width colon).
// What does not show is not shown.
func characterName(r rune) string {
	code, name := fmt.Sprintf("U+%04X", r), misleading[r].name
	switch {
	case unicode.IsPrint(r) && name != "":
		return fmt.Sprintf("%c (%s, %s)", r, code, name)
	case name != "":
		return code + " (" + name + ")"
	}
	return code
}

// instead returns what to do about a misleading character.
func instead(r rune) string {
	switch yaml := misleading[r].yaml; yaml {
	case "":
		return "remove it"
	case " ":
		return "write a space"
	case "  ":
		return "write spaces"
	case ":":
		return `write ":" and a space`
	case `"`:
		return `write '"'`
	default:
		return `write "` + yaml + `"`
	}
}

// hiddenCharacter returns the first character of a text that does not show or turns text around, false if it has none.
func hiddenCharacter(text string) (r rune, found bool) {
	for _, r := range text {
		if unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
			return r, true
		}
	}
	return 0, false
}

// firstMisleading returns the first misleading character of a text, false if it has none.
func firstMisleading(text string) (r rune, found bool) {
	if i := strings.IndexFunc(text, isMisleading); i >= 0 {
		r, _ = utf8.DecodeRuneInString(text[i:])
		return r, true
	}
	return 0, false
}
