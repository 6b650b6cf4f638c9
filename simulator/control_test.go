package simulator_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/simulator/simtest"
)

func TestControl(t *testing.T) {
	b := simtest.NewGetui(t, nil)
	for _, tc := range []struct {
		name, method, body string
		status             int
		want               string
	}{
		{"nothing in force", "GET", "", 200, ""},
		{"one", "POST", "getui/push_quota=slow:5s", 200, "getui/push_quota=slow:5s\n"},
		{"more, one a line", "POST", "getui#2=hang\n\n  getui=status:503:30\n", 200,
			"getui/push_quota=slow:5s\ngetui#2=hang\ngetui=status:503:30\n"},
		{"one of two wrong, none taken", "POST", "getui=empty\ngetui=slowly\n", 400,
			`fault "getui=slowly": unknown fault "slowly"; known:`},
		{"nothing to do", "POST", "\n", 400, "no fault in the body; expected one a line"},
		{"too much", "POST", strings.Repeat(" ", 65<<10), 400, "reading faults: "},
		{"list", "GET", "", 200, "getui/push_quota=slow:5s\ngetui#2=hang\ngetui=status:503:30\n"},
		{"token is over at once", "POST", "getui=token", 200,
			"getui/push_quota=slow:5s\ngetui#2=hang\ngetui=status:503:30\n"},
		{"another method", "PUT", "", 405, "GET lists faults, POST adds them, DELETE takes all back\n"},
		{"clear", "DELETE", "", 204, ""},
		{"nothing left", "GET", "", 200, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			b.ServeHTTP(w, httptest.NewRequest(tc.method, "/-/faults", strings.NewReader(tc.body)))
			got := w.Body.String()
			if w.Code != tc.status || (tc.status == 400 && !strings.HasPrefix(got, tc.want)) ||
				(tc.status != 400 && got != tc.want) {
				t.Errorf("answer is %d %q, want %d %q", w.Code, got, tc.status, tc.want)
			}
		})
	}
}
