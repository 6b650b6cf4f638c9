package collector_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// tasksAnswer answers for every task that is asked for, but those named.
func tasksAnswer(sent int, but ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ids := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		var tasks []string
	asked:
		for id := range strings.SplitSeq(ids, ",") {
			for _, b := range but {
				if id == b {
					continue asked
				}
			}
			tasks = append(tasks, fmt.Sprintf(`%q:{"total":{"target_num":%d}}`, id, sent))
		}
		answering(200, `{"code":0,"data":{`+strings.Join(tasks, ",")+`}}`)(w, r)
	}
}

func taskIDs(n int) string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("T%04d", i)
	}
	return "    task_ids: [" + strings.Join(ids, ", ") + "]\n"
}

var tasksOnly = only(map[string]string{"tasks": ""})

func TestTasksAreReadInBatches(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.handle(pathTask, tasksAnswer(3))
		e := newExporter(t, a, taskIDs(450)+tasksOnly)
		p := e.scrape(time.Second)
		p.want(t, 450, "engage_endpoint_samples")
		p.want(t, 3, "getui_task_push_sent", "task_id", "T0449")
		p.want(t, 3, "engage_endpoint_reads_total", "result", "success")
		if got := a.count(pathTask); got != 3 {
			t.Errorf("%d calls, want 3", got)
		}
	})
}

// A batch that fails keeps its old part and rests by itself; the others go on.
func TestFailingItemCostsItsOwnSamplesAlone(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.handle(pathTask, tasksAnswer(3))
		e := newExporter(t, a, taskIDs(450)+tasksOnly)
		e.scrape(time.Second)

		failing := 0
		a.handle(pathTask, func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "T0200") {
				failing++
				answering(500, "oops")(w, r)
				return
			}
			tasksAnswer(4)(w, r)
		})
		time.Sleep(5 * time.Minute)
		p := e.scrape(time.Second)
		p.want(t, 4, "getui_task_push_sent", "task_id", "T0000")
		p.want(t, 3, "getui_task_push_sent", "task_id", "T0200") // the old part
		p.want(t, 4, "getui_task_push_sent", "task_id", "T0449")
		p.want(t, 0, "engage_endpoint_up")
		p.want(t, 1, "engage_endpoint_failing", "reason", "http")
		p.want(t, 1, "engage_endpoint_reads_total", "result", "http")
		p.want(t, 5, "engage_endpoint_reads_total", "result", "success")
		if logged := e.log.String(); !strings.Contains(logged, "failing_items=1 items=3") {
			t.Errorf("the log does not say how many items fail:\n%s", logged)
		}

		for range 14 {
			time.Sleep(5 * time.Minute)
			p = e.scrape(time.Second)
		}
		p.want(t, 4, "getui_task_push_sent", "task_id", "T0000")
		p.wantNone(t, "getui_task_push_sent", "task_id", "T0200") // older than max_stale
		p.want(t, 250, "engage_endpoint_samples")
		if failing > 10 {
			t.Errorf("the failing batch was asked for %d times in 75 minutes, want it to rest for 10 minutes at a time", failing)
		}

		a.handle(pathTask, tasksAnswer(5))
		time.Sleep(10 * time.Minute)
		p = e.scrape(time.Second)
		p.want(t, 5, "getui_task_push_sent", "task_id", "T0200")
		p.want(t, 1, "engage_endpoint_up")
		p.wantNone(t, "engage_endpoint_failing")
	})
}

// A failure that would befall every batch stops the turn: the rest is not asked for.
func TestRateLimitStopsTheTurn(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.handle(pathTask, answering(401, `{"code":10005,"msg":"too frequent"}`))
		e := newExporter(t, a, "    max_concurrent_requests: 1\n"+taskIDs(2000)+tasksOnly)
		p := e.scrape(time.Second)
		p.want(t, 1, "engage_endpoint_reads_total", "result", "rate_limited")
		if got := a.count(pathTask); got != 1 {
			t.Errorf("%d calls, want 1 of the 10 batches", got)
		}
	})
}

// A budget too small for all batches of a turn must not starve the last ones: those that waited longest come first.
func TestSmallBudgetReachesEveryItem(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.handle(pathTask, tasksAnswer(3))
		e := newExporter(t, a, "    requests_per_minute: 2\n    max_concurrent_requests: 1\n"+taskIDs(1200)+tasksOnly)
		for range 20 {
			e.scrape(time.Minute)
			time.Sleep(time.Minute)
		}
		p := e.scrape(time.Minute)
		for _, id := range []string{"T0000", "T0200", "T0400", "T0600", "T0800", "T1199"} {
			p.want(t, 3, "getui_task_push_sent", "task_id", id)
		}
	})
}

func TestTaskIDsFileIsReadAgain(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "tasks")
	write := func(t *testing.T, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(t, "A\nB\n")
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.handle(pathTask, tasksAnswer(3))
		e := newExporter(t, a, "    task_ids: [A]\n    task_ids_file: "+path+"\n"+tasksOnly)
		p := e.scrape(time.Second)
		p.want(t, 2, "engage_endpoint_samples")
		p.want(t, 0, "engage_endpoint_dropped_samples") // A, named twice, is asked for once

		write(t, "C\n")
		time.Sleep(5 * time.Minute)
		p = e.scrape(time.Second)
		p.wantNone(t, "getui_task_push_sent", "task_id", "B") // gone from the list, gone at once
		p.want(t, 3, "getui_task_push_sent", "task_id", "A")
		p.want(t, 3, "getui_task_push_sent", "task_id", "C")

		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Minute)
		p = e.scrape(time.Second)
		p.want(t, 3, "getui_task_push_sent", "task_id", "C")
		p.want(t, 0, "engage_endpoint_up")
		p.want(t, 1, "engage_endpoint_failing", "reason", "malformed")
		if logged := e.log.String(); !strings.Contains(logged, "task_ids_file") || !strings.Contains(logged, "no such file") {
			t.Errorf("the log does not say that the file is missing:\n%s", logged)
		}
	})
}

func TestTaskMissingInTheAnswerIsCounted(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.handle(pathTask, tasksAnswer(3, "T0001"))
		e := newExporter(t, a, taskIDs(3)+tasksOnly)
		p := e.scrape(time.Second)
		p.want(t, 2, "engage_endpoint_samples")
		p.want(t, 1, "engage_endpoint_dropped_samples")
		p.want(t, 1, "engage_endpoint_up")
		if logged := e.log.String(); !strings.Contains(logged, "missing=1") {
			t.Errorf("the log does not tell of the missing task:\n%s", logged)
		}
	})
}
