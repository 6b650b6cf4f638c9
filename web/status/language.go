package status

import (
	"net/http"

	"golang.org/x/text/language"
)

// languages are those of the page, the default first.
var (
	languages = []*phrases{english, chinese}
	matcher   = language.NewMatcher([]language.Tag{language.English, language.SimplifiedChinese})
)

// wordsOf returns the words of the language that the address asks for, or else the one that the browser prefers.
func wordsOf(f filter, r *http.Request) *phrases {
	for _, w := range languages {
		if f.Lang == w.Lang {
			return w
		}
	}
	_, index := language.MatchStrings(matcher, r.Header.Get("Accept-Language"))
	return languages[index]
}

// parseLanguage returns the language of the page that a tag such as "zh" asks for; "" for none.
func parseLanguage(text string) string {
	tag, err := language.Parse(text)
	if err != nil {
		return ""
	}
	_, index, confidence := matcher.Match(tag)
	if confidence == language.No {
		return ""
	}
	return languages[index].Lang
}

// translation is a link to the page in another language.
type translation struct{ Lang, Language, Address string }

// translations are the links to the page in the other languages.
func translations(w *phrases, f filter) []translation {
	var all []translation
	for _, other := range languages {
		if other != w {
			f.Lang = other.Lang
			all = append(all, translation{other.Lang, other.Language, f.address()})
		}
	}
	return all
}
