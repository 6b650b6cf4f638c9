package collector

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// chineseTexts has the texts of the catalogue, each a line in English and one in Chinese. A * stands for a text that is
// translated by itself.
//
//go:embed catalogue.zh.txt
var chineseTexts string

// WriteChineseCatalogue writes the page of [WriteCatalogue] in Chinese. It returns an error that lists the texts without
// Chinese, which stay English on the page, and the texts that the catalogue does not have any more.
func WriteChineseCatalogue(w io.Writer) error {
	d := newDictionary(chineseTexts)
	return errors.Join(writeCatalogue(w, d), d.err())
}

// dictionary translates texts of the catalogue. The nil dictionary returns them as they are.
type dictionary struct {
	entries []*dictionaryEntry
	missing []string
}

type dictionaryEntry struct {
	english, chinese string
	pattern          *regexp.Regexp
	used             bool
}

func newDictionary(texts string) *dictionary {
	d := &dictionary{}
	for pair := range strings.SplitSeq(strings.TrimSpace(texts), "\n\n") {
		english, chinese, _ := strings.Cut(pair, "\n")
		pattern := strings.ReplaceAll(regexp.QuoteMeta(english), `\*`, "(.+)")
		d.entries = append(d.entries, &dictionaryEntry{
			english: english, chinese: chinese, pattern: regexp.MustCompile("^" + pattern + "$"),
		})
	}
	return d
}

var (
	notTranslated = regexp.MustCompile("`[^`]*`|%(?:\\[\\d\\])?[a-z]|<!--[^>]*-->")
	englishWord   = regexp.MustCompile(`[a-z]`)
)

// text returns the Chinese of a text, each line by itself. A line without words, such as one of names and numbers, stays.
func (d *dictionary) text(english string) string {
	if d == nil {
		return english
	}
	lines := strings.Split(english, "\n")
	for i, line := range lines {
		lines[i] = d.line(line)
	}
	return strings.Join(lines, "\n")
}

func (d *dictionary) line(english string) string {
	at := slices.IndexFunc(d.entries, func(e *dictionaryEntry) bool { return e.english == english })
	if at < 0 && !englishWord.MatchString(notTranslated.ReplaceAllString(english, "")) {
		return english
	}
	if at < 0 {
		at = slices.IndexFunc(d.entries, func(e *dictionaryEntry) bool { return e.pattern.MatchString(english) })
	}
	if at < 0 {
		if !slices.Contains(d.missing, english) {
			d.missing = append(d.missing, english)
		}
		return english
	}
	entry := d.entries[at]
	entry.used = true
	chinese := entry.chinese
	if !strings.Contains(entry.english, "*") {
		return chinese
	}
	for _, part := range entry.pattern.FindStringSubmatch(english)[1:] {
		chinese = strings.Replace(chinese, "*", d.line(part), 1)
	}
	return chinese
}

// err returns an error that lists what the dictionary lacks and what it has to no purpose; nil if there is none.
func (d *dictionary) err() error {
	var errs []error
	for _, text := range d.missing {
		errs = append(errs, fmt.Errorf("collector/catalogue.zh.txt has no Chinese for %q", text))
	}
	for _, e := range d.entries {
		if !e.used {
			errs = append(errs, fmt.Errorf("collector/catalogue.zh.txt has %q, which the catalogue does not have", e.english))
		}
	}
	return errors.Join(errs...)
}
