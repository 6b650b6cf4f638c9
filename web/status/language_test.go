package status_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/web/webtest"
)

// The page is in the language of the address, or else in the one that the browser prefers, or else in English.
func TestLanguageOfTheStatusPage(t *testing.T) {
	h := webtest.NewSite(t, webtest.GeTui(webtest.Working), webtest.Shops("shop"), nil)
	for _, tt := range []struct{ name, query, accept, want string }{
		{"nothing is known", "", "", "en"},
		{"English", "", "en-GB,en;q=0.9", "en"},
		{"Chinese", "", "zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"},
		{"Chinese as in Taiwan", "", "zh-TW", "zh-CN"},
		{"another language, then Chinese", "", "ja,zh;q=0.5", "zh-CN"},
		{"English before Chinese", "", "zh;q=0.5,en", "en"},
		{"another language", "", "fr", "en"},
		{"any language", "", "*", "en"},
		{"not a header", "", ";;q=,,\x7f", "en"},
		{"the address says Chinese", "?lang=zh", "en", "zh-CN"},
		{"the address says Chinese in full", "?lang=zh-CN", "", "zh-CN"},
		{"the address says English", "?lang=en", "zh-CN", "en"},
		{"the address says what there is not", "?lang=fr", "zh-CN", "zh-CN"},
		{"the address says nonsense", "?lang=%00%ff<script>", "", "en"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := webtest.Get(h, "/"+tt.query, "Accept-Language", tt.accept)
			if !strings.Contains(w.Body.String(), `<html lang="`+tt.want+`">`) || w.Header().Get("Content-Language") != tt.want {
				t.Errorf("want %s, got %q and\n%.100s", tt.want, w.Header().Get("Content-Language"), w.Body)
			}
			if vary := strings.Join(w.Header().Values("Vary"), ","); w.Code != http.StatusOK || !strings.Contains(vary, "Accept-Language") {
				t.Errorf("answered %d, varies by %q", w.Code, vary)
			}
		})
	}
}
