package collector_test

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Whatever a vendor answers, the page stays whole: it parses, and the rest of it is there.
func TestHostileAnswers(t *testing.T) {
	quota := func(members string) string {
		return `{"code":0,"data":{"gt":{"app":{"total_num":3000}},` + members + `}}`
	}
	for _, tt := range []struct {
		name    string
		answer  string
		samples float64 // of push_quota
		dropped float64
		reason  string // for which it fails; "" for up
		has     []string
	}{
		{"a channel of 5 kB is cut", quota(`"` + strings.Repeat("x", 5000) + `":{"app":{"total_num":1}}`), 2, 0, "", []string{strings.Repeat("x", 253) + "…"}},
		{"a long channel is cut between characters", quota(`"` + strings.Repeat("推", 2000) + `":{"app":{"total_num":1}}`), 2, 0, "", []string{strings.Repeat("推", 84) + "…"}},
		{"control characters are replaced", quota(`"a\nb\u0000c":{"app":{"total_num":1}}`), 2, 0, "", []string{"a�b�c"}},
		{"invalid UTF-8 is replaced", quota("\"a\xffb\":{\"app\":{\"total_num\":1}}"), 2, 0, "", []string{"a�b"}},
		{"quotes and backslashes are escaped", quota(`"a\"b\\c":{"app":{"total_num":1}}`), 2, 0, "", []string{`a\"b\\c`}},
		{"the same label set twice: one stays", quota(`"vv":{"app":{"total_num":1}},"vv":{"app":{"total_num":2}}`), 2, 1, "", nil},
		{"two channels that become the same: one stays", quota(`"a\u0001":{"app":{"total_num":1}},"a\u0002":{"app":{"total_num":2}}`), 2, 1, "", nil},
		{"a count beyond 2^53", quota(`"vv":{"app":{"total_num":9007199254740993,"remain_num":5}}`), 2, 1, "", nil},
		{"a count of 1e400", quota(`"vv":{"app":{"total_num":1e400,"remain_num":5}}`), 2, 1, "", nil},
		{"a negative count", quota(`"vv":{"app":{"total_num":-7,"remain_num":5}}`), 2, 1, "", nil},
		{"not provided", quota(`"vv":{"app":{"total_num":-1,"remain_num":null,"push_num":""}}`), 1, 0, "", nil},
		{"words for a number", quota(`"vv":{"app":{"total_num":"unlimited","remain_num":5}}`), 2, 1, "", nil},
		{"words for all numbers of a family", quota(`"vv":{"app":{"total_num":5,"limit":"maybe"}}`), 2, 1, "malformed", nil},
		{"words for all numbers", `{"code":0,"data":{"gt":{"app":{"total_num":"1,234"}}}}`, 0, 0, "malformed", nil},
		{"data missing", `{"code":0,"msg":"success"}`, 0, 0, "malformed", nil},
		{"data null", `{"code":0,"data":null}`, 0, 0, "malformed", nil},
		{"data a list", `{"code":0,"data":[1,2]}`, 0, 0, "malformed", nil},
		{"data a text", `{"code":0,"data":"none"}`, 0, 0, "malformed", nil},
		{"no quota at all", `{"code":0,"data":{}}`, 0, 0, "malformed", nil},
		{"a channel that is a number", `{"code":0,"data":{"gt":5}}`, 0, 0, "malformed", nil},
		{"an empty answer", ``, 0, 0, "malformed", nil},
		{"HTML", `<html>busy</html>`, 0, 0, "malformed", nil},
		{"JSON cut short", `{"code":0,"data":{"gt":{"app":{"total`, 0, 0, "malformed", nil},
		{"data after the end", `{"code":0,"data":{"gt":{"app":{"total_num":1}}}} {}`, 0, 0, "malformed", nil},
		{"a message with a terminal escape", `{"code":20001,"msg":"\u001b[31mred\nnext line"}`, 0, 0, "rejected", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, noon, func(t *testing.T) {
				a := newAPI()
				a.answer(pathQuota, tt.answer)
				a.answer(pathOnline, `{"code":0,"data":{"online_statics":{"946785600000":5}}}`)
				e := newExporter(t, a, only(map[string]string{"push_quota": "", "online_users": ""}))
				p := e.scrape(time.Second)
				p.want(t, 5, "getui_online_users")
				p.want(t, tt.samples, "engage_endpoint_samples", "api_endpoint", "push_quota")
				p.want(t, tt.dropped, "engage_endpoint_dropped_samples", "api_endpoint", "push_quota")
				if tt.reason == "" {
					p.want(t, 1, "engage_endpoint_up", "api_endpoint", "push_quota")
				} else {
					p.want(t, 1, "engage_endpoint_failing", "api_endpoint", "push_quota", "reason", tt.reason)
				}
				text := p.text(t)
				for _, want := range tt.has {
					if !strings.Contains(text, `channel="`+want+`"`) {
						t.Errorf("no channel %q in\n%s", want, text)
					}
				}
				parser := expfmt.NewTextParser(model.LegacyValidation)
				if _, err := parser.TextToMetricFamilies(strings.NewReader(text)); err != nil {
					t.Errorf("the page does not parse: %v", err)
				}
				if logged := e.log.String(); strings.ContainsAny(strings.ReplaceAll(logged, "\n", ""), "\x1b\x00") {
					t.Errorf("control characters in the log: %q", logged)
				}
			})
		})
	}
}

func TestCapOnSamplesIsCounted(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.handle(pathTask, tasksAnswer(3))
		e := newExporterOf(t, a, "global: {max_samples_per_endpoint: 250}\ngetui:\n  - {account: shop, app_id: APP, app_key: K, master_secret: M,\n"+
			strings.TrimSpace(taskIDs(450))+",\n endpoints: {push_quota: {enabled: false}, online_users: {enabled: false}, push_day: {enabled: false}, user_day: {enabled: false}, task_losses: {enabled: false}}}\n")
		p := e.scrape(time.Second)
		p.want(t, 250, "engage_endpoint_samples")
		p.want(t, 200, "engage_endpoint_dropped_samples")
		// Three batches of 200, 200 and 50: the large ones give up as many each, the small one none.
		p.want(t, 3, "getui_task_push_sent", "task_id", "T0099")
		p.wantNone(t, "getui_task_push_sent", "task_id", "T0100")
		p.want(t, 3, "getui_task_push_sent", "task_id", "T0299")
		p.want(t, 3, "getui_task_push_sent", "task_id", "T0449")
		if logged := e.log.String(); !strings.Contains(logged, "over_limit=200") {
			t.Errorf("the log does not mention the cap:\n%s", logged)
		}
	})
}

// Items whose names come out equal once they are cut must not stand on the page twice, also when different calls bring
// them.
func TestItemsCannotCollide(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.handle(pathTask, tasksAnswer(3))
		ids := make([]string, 201) // two calls
		for i := range ids {
			ids[i] = fmt.Sprintf("%s-%d", strings.Repeat("x", 300), i)
		}
		e := newExporter(t, a, "    task_ids: ["+strings.Join(ids, ", ")+"]\n"+tasksOnly)
		p := e.scrape(time.Second)
		p.want(t, 2, "engage_endpoint_reads_total", "result", "success")
		p.want(t, 1, "engage_endpoint_samples")
		p.want(t, 200, "engage_endpoint_dropped_samples")
	})
}

// What a batch answers for another's tasks is not taken.
func TestTasksThatWereNotAskedForAreIgnored(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		answer := tasksAnswer(1)
		a.handle(pathTask, func(w http.ResponseWriter, r *http.Request) {
			own, _, _ := strings.Cut(r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:], ",")
			other := r.Clone(r.Context())
			other.URL.Path = pathTask + own + ",OTHER"
			answer(w, other)
		})
		e := newExporter(t, a, taskIDs(201)+tasksOnly)
		p := e.scrape(time.Second)
		p.want(t, 1, "getui_task_push_sent", "task_id", "T0000")
		p.wantNone(t, "getui_task_push_sent", "task_id", "OTHER")
		p.want(t, 2, "engage_endpoint_samples")
		p.want(t, 199, "engage_endpoint_missing_items")
	})
}

// An answer of 1 GB is refused, and read no further than the bound.
func TestHugeAnswerLeavesMemoryFlat(t *testing.T) {
	const bound = 8 << 20
	for _, tt := range []struct {
		name  string
		write func(w io.Writer)
	}{
		{"a text without end", func(w io.Writer) {
			chunk := []byte(strings.Repeat("x", 1<<20))
			io.WriteString(w, `{"code":0,"data":{"gt":{"`)
			for range 1 << 10 {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		}},
		{"objects without end", func(w io.Writer) {
			io.WriteString(w, `{"code":0,"data":{"gt":{`)
			chunk := strings.Repeat(`"app":{"total_num":1},`, 1<<15)
			for range 1 << 11 {
				if _, err := io.WriteString(w, chunk); err != nil {
					return
				}
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, noon, func(t *testing.T) {
				a := newAPI()
				a.handle(pathQuota, func(w http.ResponseWriter, _ *http.Request) { tt.write(w) })
				e := newExporterOf(t, a, "global: {max_response_bytes: 8MiB}\ngetui:\n  - {account: shop, app_id: APP, app_key: K, master_secret: M,\n"+
					" endpoints: {online_users: {enabled: false}, push_day: {enabled: false}, user_day: {enabled: false}}}\n")
				before := allocated()
				p := e.scrape(time.Minute)
				if grown := allocated() - before; grown > 6*bound {
					t.Errorf("allocated %d MiB for an answer bounded to %d MiB", grown>>20, bound>>20)
				}
				p.want(t, 1, "engage_endpoint_failing", "reason", "too_large")
				p.want(t, 1, "engage_endpoint_reads_total", "result", "too_large")
				if logged := e.log.String(); !strings.Contains(logged, "max_response_bytes") {
					t.Errorf("the log does not name the setting:\n%s", logged)
				}
			})
		})
	}
}

// An answer that does not fit in the memory for all answers is refused, and the log names the setting.
func TestAnswerBeyondMemoryForAnswers(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.handle(pathQuota, func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"code":0,"msg":"`+strings.Repeat("x", 2<<20)+`"}`)
		})
		e := newExporterOf(t, a, "global: {max_response_memory: 1MiB}\ngetui:\n  - {account: shop, app_id: APP, app_key: K, master_secret: M,\n"+
			" endpoints: {online_users: {enabled: false}, push_day: {enabled: false}, user_day: {enabled: false}}}\n")
		e.scrape(time.Minute).want(t, 1, "engage_endpoint_failing", "reason", "too_large")
		if logged := e.log.String(); !strings.Contains(logged, "global.max_response_memory") {
			t.Errorf("the log does not name the setting:\n%s", logged)
		}
	})
}

// allocated is all bytes ever allocated: what is freed again counts too.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}
