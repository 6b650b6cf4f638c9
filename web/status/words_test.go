package status

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// han matches a Chinese character.
var han = regexp.MustCompile(`\p{Han}`)

// Every phrase is there in every language, has a place for the same words, and is translated.
func TestPhrasesAreThereInEveryLanguage(t *testing.T) {
	names := []string{"Lang", "Language", "API", "RunbookAddress", "Comma", "Semicolon", "Colon"} // need no character
	for _, w := range languages {
		value, inEnglish := reflect.ValueOf(*w), reflect.ValueOf(*english)
		for i := range value.NumField() {
			name := value.Type().Field(i).Name
			switch field := value.Field(i); field.Kind() {
			case reflect.String:
				text := field.String()
				if text == "" || w == chinese && !slices.Contains(names, name) && !han.MatchString(text) {
					t.Errorf("%s: %s is %q", w.Lang, name, text)
				}
				if said := say(text, wordsFor(inEnglish.Field(i).String())...); strings.Contains(said, "%!") {
					t.Errorf("%s: %s is %q with the words that English has", w.Lang, name, said)
				}
			case reflect.Map:
				if got, want := keys(field), keys(inEnglish.Field(i)); !slices.Equal(got, want) {
					t.Errorf("%s: %s has %q, want %q", w.Lang, name, got, want)
				}
				for entries := field.MapRange(); entries.Next(); {
					if text := entries.Value().String(); text == "" || w == chinese && !han.MatchString(text) {
						t.Errorf("%s: %s of %q is %q", w.Lang, name, entries.Key(), text)
					}
				}
			case reflect.Struct: // a noun
				if n := fmt.Sprint(field); w == chinese && !han.MatchString(n) || strings.Contains(n, " }") || strings.Contains(n, "{ ") {
					t.Errorf("%s: %s is %q", w.Lang, name, n)
				}
			default:
				t.Errorf("%s is a %s", name, field.Kind())
			}
		}
	}
	if got, want := keys(reflect.ValueOf(english.Advice)), slices.Sorted(maps.Keys(runbookSections)); !slices.Equal(got, want) {
		t.Errorf("there is advice for %q, and a section of the runbook for %q", got, want)
	}
}

// wordsFor returns as many words as an English phrase has places for.
func wordsFor(phrase string) []any {
	words := make([]any, strings.Count(phrase, "%s"))
	for i := range words {
		words[i] = "word"
	}
	return words
}

func keys(m reflect.Value) []string {
	var all []string
	for _, key := range m.MapKeys() {
		all = append(all, key.String())
	}
	slices.Sort(all)
	return all
}
