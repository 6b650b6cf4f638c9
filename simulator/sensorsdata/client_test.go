package sensorsdata_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator"
	"github.com/engage-exporter/engage_exporter/simulator/sensorsdata"
	"github.com/engage-exporter/engage_exporter/simulator/simtest"
)

// testProject is a simulated project of Sensors Data, called in process.
type testProject struct {
	*simtest.Client
	project sensorsdata.Project
}

// newTestProject simulates one project with the default tags at noon; change may be nil.
func newTestProject(t *testing.T, change func(*sensorsdata.Project)) *testProject {
	t.Helper()
	project := sensorsdata.Project{Project: "shop", APISecret: "secret", Users: 1_000_000}
	if change != nil {
		change(&project)
	}
	c := simtest.NewClock(simtest.Noon)
	s := simulator.New(simulator.Options{Seed: 1, Now: c.Now, Vendors: []simulator.Vendor{sensorsdata.Vendor(project)}})
	t.Cleanup(s.Close)
	return &testProject{Client: &simtest.Client{T: t, Simulator: s, Clock: c}, project: project}
}

// data returns the project's data.
func (b *testProject) data() sensorsdata.Data {
	return sensorsdata.Data{Seed: 1, Project: b.project}
}

// send calls with the project's secret; the path is below /sensorsdata/api/v2. There is a body if it is a POST.
func (b *testProject) send(method, path, body string) *httptest.ResponseRecorder {
	joint := "?"
	if strings.Contains(path, "?") {
		joint = "&"
	}
	r := httptest.NewRequest(method, "/sensorsdata/api/v2"+path+joint+"token=secret&project=shop",
		strings.NewReader(body))
	if method == "POST" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

// decode reads a successful answer; it is a POST if there is a body.
func (b *testProject) decode(path, body string, into any) {
	b.T.Helper()
	method := "GET"
	if body != "" {
		method = "POST"
	}
	w := b.send(method, path, body)
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/json;charset=UTF-8" {
		b.T.Fatalf("%s: answer is %d %s %s", path, w.Code, w.Header().Get("Content-Type"), w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
		b.T.Fatalf("%s: %v: %s", path, err, w.Body)
	}
}

// partition is a partition in an answer.
type partition struct {
	Base     string `json:"base_time"`
	Started  string `json:"start_time"`
	Finished string `json:"finished_time"`
	Users    int64  `json:"user_count"`
	Status   string
	Next     string          `json:"next_partition_base_time"`
	Rules    json.RawMessage `json:"rule_content_list"`
}

// is compares with what the data says.
func (p partition) is(want sensorsdata.Partition) bool {
	text := func(at time.Time) string {
		if at.IsZero() {
			return ""
		}
		return at.In(simtest.Noon.Location()).Format(time.DateTime)
	}
	return p.Base == text(want.Base) && p.Started == text(want.Started) && p.Finished == text(want.Finished) &&
		p.Users == want.Users && p.Status == want.Status
}

// tag is a tag in an answer.
type tag struct {
	ID        int64
	Directory int64 `json:"dir_id"`
	Name      string
	CName     string
	Source    int  `json:"source_type"`
	Routine   bool `json:"is_routine"`
	Status    string
	Rules     json.RawMessage `json:"rule_content_list"`
	Failed    int             `json:"failed_partition_count"`
	Succeeded *partition      `json:"last_succeed_partition"`
	Last      *partition      `json:"last_partition_info"`
}

// tag reads one tag.
func (b *testProject) tag(id string) tag {
	b.T.Helper()
	var tag tag
	b.decode("/user_tags/"+id, "", &tag)
	return tag
}

// tagIDs reads a list of tags.
func (b *testProject) tagIDs(query string) []int64 {
	b.T.Helper()
	var list []tag
	b.decode("/user_tags"+query, "", &list)
	ids := make([]int64, len(list))
	for i, tag := range list {
		ids[i] = tag.ID
	}
	return ids
}

// wantError checks an error's shape.
func wantError(t *testing.T, w *httptest.ResponseRecorder, status int, message string) {
	t.Helper()
	var got map[string]string
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatalf("answer %d %q: %v", w.Code, w.Body, err)
	}
	if w.Code != status || len(got) != 1 || got["error"] != message {
		t.Errorf("answer is %d %s, want %d %q", w.Code, w.Body, status, message)
	}
}
