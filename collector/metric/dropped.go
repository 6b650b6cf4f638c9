package metric

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// MaxDroppedExamples is how many of a read's dropped values are remembered, and how many of an endpoint's are shown.
const MaxDroppedExamples = 5

// maxDroppedText is how many characters of a dropped value are shown.
const maxDroppedText = 60

// DroppedValue is a value of the vendor's that is not served, safe to show: what it says is bounded, escaped and
// redacted.
type DroppedValue struct {
	// Family is the name of the metric family; "" where the value belongs to none.
	Family string
	// Labels are the labels beside account that the sample would have had, as an exposition writes them:
	// `channel="vv",kind="app"`; "" where there are none.
	Labels string
	// Place is where in the answer it stands, for what belongs to no family; "" for all else.
	Place string
	// Text is what the vendor sent; with a Place, what is wrong there.
	Text string
}

// String returns the value as the log shows it: getui_push_quota_limit{channel="vv"}: "1,234", or RASL_1.gt: want
// an object, got number.
func (d DroppedValue) String() string {
	if d.Place != "" {
		return d.Place + ": " + d.Text
	}
	name := d.Family
	if d.Labels != "" {
		name += "{" + d.Labels + "}"
	}
	if name != "" {
		name += ": "
	}
	return name + `"` + d.Text + `"`
}

// newDroppedValue returns a value of the family, not redacted yet.
func newDroppedValue(f *Family, text string, labels []string) DroppedValue {
	d := DroppedValue{Text: strings.Clone(text[:min(len(text), maxDroppedRaw)])}
	if f == nil {
		return d
	}
	d.Family = f.Name
	pairs := make([]string, 0, len(labels))
	for i, label := range f.Labels {
		if i < len(labels) {
			pairs = append(pairs, label+"="+strconv.Quote(CleanLabel(labels[i])))
		}
	}
	d.Labels = strings.Join(pairs, ",")
	return d
}

// maxDroppedRaw bounds the text of a value until it is redacted: a secret in the part that is shown must be whole.
const maxDroppedRaw = 1 << 10

// maxDroppedLabels is how many characters of a dropped value's labels are shown.
const maxDroppedLabels = 200

// redacted returns the value fit to be shown.
func (d DroppedValue) redacted(redact func(text string, most int) string) DroppedValue {
	if d.Place != "" {
		d.Place, d.Text = redact(d.Place, maxDroppedLabels), redact(d.Text, maxDroppedLabels)
		return d
	}
	d.Text, d.Labels = maskWords(redact(d.Text, maxDroppedText)), redact(d.Labels, maxDroppedLabels)
	return d
}

// maskWords hides what may be a person's: in the place of a number a vendor may send a name, an address, a
// telephone number. Letters become x, and so do digits beyond the first two where there are many and the text has
// neither the shape of a number nor of a time. What is told of the format stays: "1,234", "12%", "1.2万",
// "2026-11-22", "xxxx-xxxxxx".
func maskWords(text string) string {
	if slices.Contains(plainTexts, strings.ToLower(text)) || plainShape.MatchString(text) {
		return text
	}
	if v, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(v) < longestPlain {
		return text
	}
	digits := 0
	for _, r := range text {
		if unicode.IsDigit(r) {
			digits++
		}
	}
	seen := 0
	runes := []rune(text)
	isLetter := func(i int) bool { return i >= 0 && i < len(runes) && unicode.IsLetter(runes[i]) }
	masked := slices.Clone(runes)
	for i, r := range runes {
		switch {
		case unicode.IsDigit(r):
			seen++
			if seen > 2 && digits > manyDigits {
				masked[i] = 'x'
			}
		case isLetter(i) && (isLetter(i-1) || isLetter(i+1) || seen == 0): // else it is a unit
			masked[i] = 'x'
		}
	}
	return string(masked)
}

const (
	manyDigits   = 6
	longestPlain = 1e14 // a time in milliseconds is below it, a number that stands for a person above
)

var (
	// plainTexts are words that stand in the place of numbers and are nobody's.
	plainTexts = []string{"nan", "inf", "+inf", "-inf", "infinity", "null", "none", "nil", "true", "false", "yes", "no", "unlimited", "undefined", "unknown", "n/a"}
	// plainShape is what numbers with separators and times look like.
	plainShape = regexp.MustCompile(`^[+-]?\d{1,3}([, ']\d{3})+(\.\d+)?$|^\d{4,5}[-/.]\d\d?[-/.]\d\d?([T ]\d\d?:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$`)
)

// HasDroppedTexts reports whether the batch has texts of dropped values, which Redact makes fit to be shown.
func (b *Batch) HasDroppedTexts() bool { return len(b.examples) > 0 || len(b.unusable) > 0 }

// Redact makes the texts of dropped values fit to be shown. redact returns a text without secrets, of at most so many
// characters.
func (b *Batch) Redact(redact func(text string, most int) string) {
	for i, d := range b.examples {
		b.examples[i] = d.redacted(redact)
	}
	for family, d := range b.unusable {
		b.unusable[family] = d.redacted(redact)
	}
}

// FormatValue returns a value of our own as text.
func FormatValue(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
