package collector_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"go.uber.org/goleak"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/collector/getui"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// api is a vendor within the process: it answers by path and counts the requests. Under a fake clock no real network
// can be used.
type api struct {
	path    func(*http.Request) string // what handlers are found by
	mu      sync.Mutex
	handler map[string]http.HandlerFunc
	calls   map[string]int
}

const (
	pathAuth      = "/auth"
	pathQuota     = "/report/push/count"
	pathOnline    = "/report/online_user"
	pathPushDay   = "/report/push/date/"
	pathUserDay   = "/report/user/date/"
	pathTask      = "/report/push/task/"
	pathTaskGroup = "/report/push/task_group/"
)

// newVendorAPI is a vendor whose handlers are found by method and path: "GET /streams".
func newVendorAPI() *api {
	return &api{
		path:    func(r *http.Request) string { return r.Method + " " + r.URL.Path },
		handler: make(map[string]http.HandlerFunc), calls: make(map[string]int),
	}
}

// newAPI is GeTui, whose handlers are found by the path below the app.
func newAPI() *api {
	a := newVendorAPI()
	a.path = func(r *http.Request) string {
		_, path, _ := strings.Cut(r.URL.Path, "/v2/")
		_, path, _ = strings.Cut(path, "/")
		return "/" + path
	}
	a.answer(pathAuth, `{"code":0,"msg":"success","data":{"expire_time":"4102444800000","token":"t0k3n-of-the-day"}}`)
	return a
}

// handle sets what answers the requests whose path (below the app) begins with prefix.
func (a *api) handle(prefix string, h http.HandlerFunc) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.handler[prefix] = h
}

func (a *api) answer(prefix, body string) { a.handle(prefix, answering(200, body)) }

func (a *api) count(prefix string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.calls[prefix]
}

func answering(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func quotaAnswer(remaining int) string {
	return fmt.Sprintf(`{"code":0,"msg":"success","data":{"gt":{"app":{"total_num":3000,"limit":false,"remain_num":%d}}}}`, remaining)
}

// RoundTrip implements http.RoundTripper: it runs the handler and passes its answer on as it is written.
func (a *api) RoundTrip(r *http.Request) (*http.Response, error) {
	path := a.path(r)
	a.mu.Lock()
	var prefix string
	for p := range a.handler {
		if strings.HasPrefix(path, p) && len(p) > len(prefix) {
			prefix = p
		}
	}
	h := a.handler[prefix]
	a.calls[prefix]++
	a.mu.Unlock()
	if h == nil {
		h = answering(404, `{"code":404,"msg":"no such path"}`)
	}

	body, out := io.Pipe()
	w := &pipeWriter{body: out, header: make(http.Header), started: make(chan struct{})}
	ctx := r.Context()
	stop := context.AfterFunc(ctx, func() { out.CloseWithError(ctx.Err()) })
	panicked := make(chan any, 1)
	go func() {
		defer stop()
		defer func() {
			if p := recover(); p != nil {
				panicked <- p
				return
			}
			w.WriteHeader(200)
			out.Close()
		}()
		h(w, r)
	}()
	select {
	case p := <-panicked:
		panic(p) // in the reader's goroutine: what its own code could do
	case <-w.started:
		return &http.Response{
			StatusCode: w.status, Status: http.StatusText(w.status), Header: w.header, Body: body, ContentLength: -1, Request: r,
			Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type pipeWriter struct {
	body    *io.PipeWriter
	header  http.Header
	once    sync.Once
	status  int
	started chan struct{}
}

func (w *pipeWriter) Header() http.Header { return w.header }

func (w *pipeWriter) WriteHeader(status int) {
	w.once.Do(func() {
		w.status = status
		close(w.started)
	})
}

func (w *pipeWriter) Write(p []byte) (int, error) {
	w.WriteHeader(200)
	return w.body.Write(p)
}

// exporter is a set of collectors on the API, and its log.
type exporter struct {
	t   *testing.T
	set *collector.Set
	log *syncBuffer
}

// only returns the YAML that turns on the named endpoints of GeTui, with settings for each, and no other.
func only(settings map[string]string) string { return onlyOf(getui.Vendor{}, settings) }

// onlyOf is only for any vendor.
func onlyOf(v collector.Vendor, settings map[string]string) string {
	return "    endpoints: " + testkit.OnlyEndpoints(v.Config(), settings) + "\n"
}

// newExporter configures the account "shop" with the YAML keys given beside the credentials.
func newExporter(t *testing.T, a *api, keys string) *exporter {
	return newExporterOf(t, a, "getui:\n  - account: shop\n    app_id: APP\n    app_key: K3y-planted\n    master_secret: M4ster-planted\n"+keys)
}

func newExporterOf(t *testing.T, rt http.RoundTripper, yaml string) *exporter {
	t.Helper()
	cfg, err := collector.ParseConfig("engage.yml", []byte(yaml), config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	buffer := &syncBuffer{}
	set, err := collector.New(cfg, collector.Options{Logger: log.NewLogfmtLogger(buffer), UserAgent: "engage_exporter/test", RoundTripper: rt})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(set.Close)
	return &exporter{t, set, buffer}
}

// reload replaces the set by one of another configuration, and retires the one before.
func (e *exporter) reload(yaml string) {
	e.t.Helper()
	before := e.set
	e.set = e.reloaded(yaml)
	before.Retire(e.set)
}

// reloaded builds the set of another configuration from the present one.
func (e *exporter) reloaded(yaml string) *collector.Set {
	e.t.Helper()
	cfg, err := collector.ParseConfig("engage.yml", []byte(yaml), config.Options{})
	if err != nil {
		e.t.Fatal(err)
	}
	set, err := e.set.Reload(cfg)
	if err != nil {
		e.t.Fatal(err)
	}
	e.t.Cleanup(set.Close)
	return set
}

// scrape gathers with a deadline, as /metrics does.
func (e *exporter) scrape(timeout time.Duration) page {
	e.t.Helper()
	ctx, cancel := context.WithTimeout(e.t.Context(), timeout)
	defer cancel()
	families, err := checked(ctx, e.set).Gather()
	if err != nil {
		e.t.Errorf("gather: %v", err)
	}
	return families
}

// checked gathers from the set, and checks and sorts what comes as a registry does.
func checked(ctx context.Context, set *collector.Set) prometheus.Gatherer {
	return prometheus.Gatherers{prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return set.Gather(ctx).Proto(), nil })}
}

// page is one exposition.
type page []*dto.MetricFamily

// text is the page in Prometheus' text format.
func (p page) text(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	for _, f := range p {
		if _, err := expfmt.MetricFamilyToText(&b, f); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// value finds the one sample of a family that carries the labels, given as name, value, …
func (p page) value(name string, labels ...string) (v float64, ok bool) {
	for _, f := range p {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			if !carries(m, labels) {
				continue
			}
			if m.Counter != nil {
				return m.GetCounter().GetValue(), true
			}
			return m.GetGauge().GetValue(), true
		}
	}
	return 0, false
}

func carries(m *dto.Metric, labels []string) bool {
	for i := 0; i < len(labels); i += 2 {
		found := false
		for _, pair := range m.GetLabel() {
			found = found || pair.GetName() == labels[i] && pair.GetValue() == labels[i+1]
		}
		if !found {
			return false
		}
	}
	return true
}

// want checks a sample's value.
func (p page) want(t *testing.T, want float64, name string, labels ...string) {
	t.Helper()
	got, ok := p.value(name, labels...)
	if !ok {
		t.Errorf("%s%v is absent, want %v", name, labels, want)
	} else if got != want {
		t.Errorf("%s%v = %v, want %v", name, labels, got, want)
	}
}

// wantNone checks that no sample carries the labels.
func (p page) wantNone(t *testing.T, name string, labels ...string) {
	t.Helper()
	if got, ok := p.value(name, labels...); ok {
		t.Errorf("%s%v = %v, want none", name, labels, got)
	}
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// at begins a test under a fake clock at an instant of the day before which the bubble's clock starts (2000-01-01 00:00
// UTC).
func at(t *testing.T, clock string, run func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		start := instant(t, clock)
		time.Sleep(time.Until(start)) // no real time passes
		run(t)
	})
}

// instant is the time that an RFC 3339 text names.
func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
