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
			const unknown = `"receive_num":-1,"display_num":-1,"click_num":-1`
			tasks = append(tasks, fmt.Sprintf(`%q:{"total":{"msg_num":-1,"target_num":%d,%s},"gt":{"target_num":-1,%s}}`, id, sent, unknown, unknown))
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

// A batch that fails keeps its old result and backs off by itself; the others go on.
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
		if failing > 15 {
			t.Errorf("the failing batch was asked for %d times in 75 minutes, want no more than one that is well", failing)
		}

		a.handle(pathTask, tasksAnswer(5))
		time.Sleep(10 * time.Minute)
		p = e.scrape(time.Second)
		p.want(t, 5, "getui_task_push_sent", "task_id", "T0200")
		p.want(t, 1, "engage_endpoint_up")
		p.wantNone(t, "engage_endpoint_failing")
	})
}

// A failure that every batch would have ends the refresh: the other batches are not requested.
func TestRateLimitStopsTheRefresh(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.handle(pathTask, answering(401, `{"code":10005,"msg":"too frequent"}`))
		e := newExporter(t, a, "    max_concurrent_requests: 1\n"+taskIDs(2000)+tasksOnly)
		p := e.scrape(5 * time.Second) // a login and 10 batches could be sent in it
		p.want(t, 1, "engage_endpoint_reads_total", "result", "rate_limited")
		if got := a.count(pathTask); got != 1 {
			t.Errorf("%d calls, want 1 of the 10 batches", got)
		}
	})
}

// With a rate limit that is too low for all batches of a refresh, those that have waited longest come first.
func TestSmallRateLimitReachesEveryItem(t *testing.T) {
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
		a.handle(pathTask, tasksAnswer(4))
		for range 24 { // two hours, longer than max_stale
			time.Sleep(5 * time.Minute)
			p = e.scrape(time.Second)
		}
		p.want(t, 4, "getui_task_push_sent", "task_id", "C") // what is known is read on
		p.want(t, 0, "engage_endpoint_up")
		p.want(t, 1, "engage_endpoint_failing", "reason", "malformed")
		if logged := e.log.String(); !strings.Contains(logged, "task_ids_file") || !strings.Contains(logged, "no such file") {
			t.Errorf("the log does not say that the file is missing:\n%s", logged)
		}

		write(t, "D\n")
		time.Sleep(10 * time.Minute)
		p = e.scrape(time.Second)
		p.want(t, 4, "getui_task_push_sent", "task_id", "D")
		p.want(t, 1, "engage_endpoint_up")
	})
}

// An empty file may be one that is written just now, or that a full disk has cut. A comment says that it is meant.
func TestTaskIDsFileWithoutIDs(t *testing.T) {
	for _, tc := range []struct {
		name, before, after string
		up, samples         float64
		log                 string
	}{
		{"empty", "B\nC\n", "", 0, 3, "is empty, but 2 of its tasks are known"},
		{"blank lines only", "B\nC\n", "\ufeff\n \r\n", 0, 3, "if no task is wanted, write a line that begins with #"},
		{"comments only", "B\nC\n", "# no campaign today\n", 1, 1, ""},
		{"empty from the start", "", "", 1, 1, ""},
		{"only tasks of task_ids are gone", "A\n", "", 1, 1, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "tasks")
			write := func(text string) {
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			write(tc.before)
			at(t, noon, func(t *testing.T) {
				a := newAPI()
				a.handle(pathTask, tasksAnswer(3))
				e := newExporter(t, a, "    task_ids: [A]\n    task_ids_file: "+path+"\n"+tasksOnly)
				e.scrape(time.Second).want(t, 1, "engage_endpoint_up")

				write(tc.after)
				time.Sleep(5 * time.Minute)
				p := e.scrape(time.Second)
				p.want(t, tc.up, "engage_endpoint_up")
				p.want(t, tc.samples, "engage_endpoint_samples")
				if logged := e.log.String(); !strings.Contains(logged, tc.log) {
					t.Errorf("the log does not contain %q:\n%s", tc.log, logged)
				}

				write("D\n")
				time.Sleep(10 * time.Minute)
				p = e.scrape(time.Second)
				p.want(t, 1, "engage_endpoint_up")
				p.want(t, 3, "getui_task_push_sent", "task_id", "D")
				p.wantNone(t, "getui_task_push_sent", "task_id", "B")
			})
		})
	}
}

// An account that is made anew by a reload reads the tasks known so far, too, while the file cannot be read.
func TestTasksOfAFileThatFailsAreReadAfterAReload(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tasks")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("B\nC\n")
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.handle(pathTask, tasksAnswer(3))
		yaml := "    task_ids: [A]\n    task_ids_file: " + path + "\n" + tasksOnly
		e := newExporter(t, a, yaml)
		e.scrape(time.Second).want(t, 1, "engage_endpoint_up")

		write("")
		a.handle(pathTask, tasksAnswer(4))
		e.reload("getui:\n  - account: shop\n    app_id: APP\n    app_key: K3y-planted\n    master_secret: M4ster-planted\n" +
			"    timeout: 7s\n" + yaml)
		time.Sleep(5 * time.Minute)
		p := e.scrape(time.Second)
		p.want(t, 0, "engage_endpoint_up")
		for _, id := range []string{"A", "B", "C"} {
			p.want(t, 4, "getui_task_push_sent", "task_id", id)
		}
	})
}

// A task more or less in the list costs the others nothing, also while the vendor cannot be reached.
func TestChangedTaskListKeepsTheOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tasks")
	write := func(ids []string) {
		if err := os.WriteFile(path, []byte(strings.Join(ids, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ids := make([]string, 450)
	for i := range ids {
		ids[i] = fmt.Sprintf("T%04d", i)
	}
	write(ids)
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.handle(pathTask, tasksAnswer(3))
		e := newExporter(t, a, "    task_ids_file: "+path+"\n"+tasksOnly)
		e.scrape(time.Second).want(t, 450, "engage_endpoint_samples")

		write(append([]string{"NEW"}, ids[1:]...)) // one more at the top, one less
		a.handle(pathTask, answering(503, "down"))
		time.Sleep(5 * time.Minute)
		p := e.scrape(time.Second)
		p.want(t, 449, "engage_endpoint_samples")
		p.wantNone(t, "getui_task_push_sent", "task_id", "T0000")
		p.want(t, 3, "getui_task_push_sent", "task_id", "T0449")

		a.handle(pathTask, tasksAnswer(4))
		time.Sleep(5 * time.Minute)
		p = e.scrape(time.Second)
		p.want(t, 450, "engage_endpoint_samples")
		p.want(t, 4, "getui_task_push_sent", "task_id", "NEW")
	})
}

// A rate limit that is enough for all endpoints must reach all of them, although a refresh needs more at once than a
// minute has.
func TestRateLimitIsSharedByEndpoints(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.answer(pathQuota, quotaAnswer(7))
		a.handle(pathTaskGroup, func(w http.ResponseWriter, r *http.Request) {
			name := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
			answering(200, fmt.Sprintf(`{"code":0,"data":{%q:{"total":{"target_num":3}}}}`, name))(w, r)
		})
		groups := make([]string, 20)
		for i := range groups {
			groups[i] = fmt.Sprintf("g%02d", i)
		}
		// Five requests a minute are needed.
		e := newExporter(t, a, "    requests_per_minute: 12\n    task_groups: ["+strings.Join(groups, ", ")+"]\n"+only(map[string]string{"task_groups": "", "push_quota": ""}))
		up := map[string]float64{}
		const scrapes = 60
		for range scrapes {
			p := e.scrape(30 * time.Second)
			for _, endpoint := range []string{"task_groups", "push_quota"} {
				v, _ := p.value("engage_endpoint_up", "api_endpoint", endpoint)
				up[endpoint] += v
			}
			time.Sleep(time.Minute - 30*time.Second)
		}
		for endpoint, n := range up {
			if n < scrapes-5 {
				t.Errorf("%s was up at %v of %d scrapes", endpoint, n, scrapes)
			}
		}
		p := e.scrape(30 * time.Second)
		p.want(t, 3, "getui_task_group_push_sent", "task_group", "g19")
		p.want(t, 0, "engage_endpoint_reads_total", "result", "throttled")
	})
}

// A part that has died leaves its room under the cap to the others.
func TestDeadItemFreesItsRoom(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		broken := false
		a.handle(pathTask, func(w http.ResponseWriter, r *http.Request) {
			if broken && strings.Contains(r.URL.Path, "T0000") {
				answering(500, "oops")(w, r)
				return
			}
			tasksAnswer(3)(w, r)
		})
		e := newExporterOf(t, a, "global: {max_samples_per_endpoint: 200}\ngetui:\n  - account: shop\n    app_id: APP\n    app_key: K\n    master_secret: M\n"+taskIDs(300)+tasksOnly)
		p := e.scrape(time.Second)
		p.want(t, 200, "engage_endpoint_samples")
		p.want(t, 100, "engage_endpoint_dropped_samples")
		broken = true
		for range 16 {
			time.Sleep(5 * time.Minute)
			p = e.scrape(time.Second)
		}
		p.want(t, 100, "engage_endpoint_samples")
		p.want(t, 0, "engage_endpoint_dropped_samples")
		p.want(t, 3, "getui_task_push_sent", "task_id", "T0299")
	})
}

func TestTaskMissingInTheAnswerIsCounted(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.handle(pathTask, tasksAnswer(3, "T0001"))
		e := newExporter(t, a, taskIDs(3)+tasksOnly)
		p := e.scrape(time.Second)
		p.want(t, 2, "engage_endpoint_samples")
		p.want(t, 1, "engage_endpoint_missing_items")
		p.want(t, 0, "engage_endpoint_dropped_samples")
		p.want(t, 1, "engage_endpoint_up")
		if logged := e.log.String(); !strings.Contains(logged, "missing=1") {
			t.Errorf("the log does not mention the missing task:\n%s", logged)
		}
	})
}
