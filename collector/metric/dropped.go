package metric

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
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
	// Text is what the vendor sent; "" where Problem says enough.
	Text string
	// Problem is what is wrong at the Place, in our own words; "" where Text is shown.
	Problem string
}

// String returns the value as the log shows it: getui_push_quota_limit{channel="vv"}: "1,234", or RASL_1.gt: want
// an object, got number.
func (d DroppedValue) String() string {
	if d.Problem != "" {
		return d.Place + ": " + d.Problem
	}
	name := d.Family
	if name == "" {
		name = d.Place
	}
	if d.Labels != "" {
		name += "{" + d.Labels + "}"
	}
	if name != "" {
		name += ": "
	}
	return name + `"` + d.Text + `"`
}

// newDroppedValue returns a dropped value of the family, not redacted yet.
func newDroppedValue(f *Family, text string, labels []string) DroppedValue {
	d := DroppedValue{Family: f.Name, Text: bounded(text)}
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

// bounded returns a copy of the beginning of a text.
func bounded(text string) string { return strings.Clone(text[:min(len(text), maxDroppedRaw)]) }

// maxDroppedLabels is how many characters of a dropped value's labels are shown.
const maxDroppedLabels = 200

// SafeText returns a vendor's text fit to be shown and to be kept, as that of a [DroppedValue]. redact returns a text
// without secrets, of at most so many characters.
func SafeText(text string, redact func(text string, most int) string) string {
	return maskWords(redact(bounded(text), maxDroppedText))
}

// redacted returns the value fit to be shown.
func (d DroppedValue) redacted(redact func(text string, most int) string) DroppedValue {
	d.Place, d.Problem = redact(d.Place, maxDroppedLabels), redact(d.Problem, maxDroppedLabels)
	d.Text, d.Labels = maskWords(redact(d.Text, maxDroppedText)), redact(d.Labels, maxDroppedLabels)
	return d
}

// maskWords hides what may be personal data: in the place of a number a vendor may send a name, an address, a
// telephone number. Letters become x, and so do digits beyond the first two where there are many and the text has
// neither the shape of a number nor of a time. The format stays visible: "1,234", "12%", "1.2万", "2026-11-22",
// "xxxx-xxxxxx".
func maskWords(text string) string {
	if slices.Contains(plainTexts, strings.ToLower(text)) || plainShape.MatchString(text) {
		return text
	}
	digits := 0
	for _, r := range text {
		if unicode.IsDigit(r) {
			digits++
		}
	}
	if v, err := strconv.ParseFloat(text, 64); err == nil && isPlainNumber(math.Abs(v), digits) {
		return text
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
	manyDigits = 6
	// maxPlainDigits is how many digits a number may have that is shown whole: as many as a time in seconds.
	// Telephone numbers of mobiles have 11 and more, numbers of identity cards 18.
	maxPlainDigits = 10
)

// isPlainNumber reports whether a number is shown whole: it is short, has many digits behind the point alone, or is a
// time in milliseconds.
func isPlainNumber(v float64, digits int) bool {
	if digits <= maxPlainDigits {
		return true
	}
	if v < 1e10 {
		return v != math.Trunc(v)
	}
	return v < 1e14 && IsPossible(time.UnixMilli(int64(v)))
}

var (
	// plainTexts are words that can be in the place of numbers and are no personal data.
	plainTexts = []string{"nan", "inf", "+inf", "-inf", "infinity", "null", "none", "nil", "true", "false", "yes", "no",
		"unlimited", "undefined", "unknown", "n/a"}
	// plainShape is what numbers with separators and times look like.
	plainShape = regexp.MustCompile(`^[+-]?\d{1,3}([, ']\d{3})+(\.\d+)?$|^\d{4,5}[-/.]\d\d?[-/.]\d\d?([T ` +
		`]\d\d?:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$`)
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
