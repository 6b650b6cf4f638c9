package sensorsdata_test

import (
	"fmt"
	"math"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator"
	"github.com/engage-exporter/engage_exporter/simulator/sensorsdata"
	"github.com/engage-exporter/engage_exporter/simulator/simtest"
)

// TestNight follows a tag that takes long through a night.
func TestNight(t *testing.T) {
	b := newTestProject(t, nil)
	night := time.Date(2026, time.November, 18, 0, 0, 0, 0, simtest.Noon.Location())
	for _, tc := range []struct {
		at                   time.Duration
		base, status, succ   string
		started, finished    bool
		sameTimes, hasNumber bool
	}{
		{-time.Second, "2026-11-17", "SUCCEED", "2026-11-17", true, true, false, true},
		{0, "2026-11-18", "NEW", "2026-11-17", true, true, true, false},
		{time.Hour - time.Second, "2026-11-18", "NEW", "2026-11-17", true, true, true, false},
		{time.Hour + 3*time.Minute, "2026-11-18", "COMPUTING", "2026-11-17", true, false, false, false},
		{time.Hour + 30*time.Minute, "2026-11-18", "COMPUTING", "2026-11-17", true, false, false, false},
		{2*time.Hour + 10*time.Minute, "2026-11-18", "SUCCEED", "2026-11-18", true, true, false, true},
	} {
		t.Run(tc.at.String(), func(t *testing.T) {
			b.Clock.Set(night.Add(tc.at))
			tag := b.tag("11")
			last := tag.Last
			if last.Base != tc.base+" 00:00:00" || last.Status != tc.status ||
				tag.Succeeded.Base != tc.succ+" 00:00:00" ||
				(last.Started != "") != tc.started || (last.Finished != "") != tc.finished ||
				(last.Started == last.Finished) != tc.sameTimes ||
				(last.Users > 0) != tc.hasNumber {
				t.Errorf("last partition is %+v, succeeded is %s", last, tag.Succeeded.Base)
			}
		})
	}
}

func TestFailures(t *testing.T) {
	b := newTestProject(t, nil)
	seen := map[string]int{}
	for day := range 60 {
		b.Clock.Set(simtest.Noon.AddDate(0, 0, day))
		tag := b.tag("20")
		seen[tag.Last.Status]++
		failed, inWeek := 0, 0
		partitions := b.data().Partitions(20, b.Clock.Now())
		for i, p := range partitions {
			if p.Status == "FAILED" {
				failed++
				if i >= len(partitions)-8 {
					inWeek++
				}
			}
		}
		if tag.Failed != failed || failed < 20 || failed > 25 || inWeek == 0 {
			t.Errorf("day %d: %d partitions have failed, the answer says %d; %d of a week", day, failed, tag.Failed,
				inWeek)
		}
		if tag.Last.Status == "FAILED" && (tag.Succeeded == nil || tag.Succeeded.Base >= tag.Last.Base ||
			tag.Succeeded.Users == 0 || tag.Last.Users != 0) {
			t.Errorf("day %d: after a failure %+v stands for %+v", day, tag.Succeeded, tag.Last)
		}
	}
	if len(seen) != 2 || seen["FAILED"] < 14 || seen["FAILED"] > 16 {
		t.Errorf("states are %v, want one failure in four days", seen)
	}
	if tag := b.tag("21"); tag.Failed != 0 {
		t.Errorf("a tag that never fails has failed %d times", tag.Failed)
	}
}

func TestTagsThatAreNotComputedEachNight(t *testing.T) {
	b := newTestProject(t, nil)
	if tag := b.tag("27"); tag.Status != "PENDING" || tag.Last != nil || tag.Succeeded != nil {
		t.Errorf("pending: %+v", tag)
	}
	// Midnight in UTC is eight o'clock.
	if tag := b.tag("26"); tag.Status != "SUSPEND" || tag.Last.Base != "2026-03-01 00:00:00" || tag.Last.Next != "" ||
		tag.Last.Users == 0 {
		t.Errorf("suspended: %+v %+v", tag, tag.Last)
	}
	if tag := b.tag("17"); tag.Status != "RUNNING" || tag.Routine || tag.Last.Base != "2026-11-01 00:00:00" ||
		tag.Last.Next != "" || tag.Last.Users == 0 {
		t.Errorf("by hand: %+v %+v", tag, tag.Last)
	}
	b.Clock.Set(time.Date(2026, time.February, 28, 12, 0, 0, 0, simtest.Noon.Location()))
	if tag := b.tag("26"); tag.Status != "RUNNING" || tag.Last.Base != "2026-02-28 00:00:00" ||
		tag.Last.Next != "2026-03-01 00:00:00" {
		t.Errorf("before it was suspended: %+v %+v", tag, tag.Last)
	}
	b.Clock.Set(time.Date(2026, time.March, 1, 9, 59, 0, 0, simtest.Noon.Location()))
	if tag := b.tag("17"); tag.Last.Base != "2026-02-01 00:00:00" {
		t.Errorf("by hand, before ten o'clock: %+v", tag.Last)
	}
}

func TestValues(t *testing.T) {
	for _, project := range sensorsdata.DefaultProjects() {
		d := sensorsdata.Data{Seed: 3, Project: project}
		for _, tag := range project.Tags {
			for _, p := range d.Partitions(tag.ID, simtest.Noon) {
				if p.Status != "SUCCEED" {
					continue
				}
				values := d.Values(tag.ID, p.Base)
				var sum int64
				var percent float64
				for i, v := range values {
					sum += v.Users
					percent += v.Percent
					if v.Users < 0 || v.Users > p.Users || v.Percent < 0 || v.Percent > 100 ||
						(i > 0 && v.Users > values[i-1].Users) ||
						math.Abs(v.Percent-100*float64(v.Users)/float64(p.Users)) > 0.0051 {
						t.Fatalf("tag %d: value %+v of %d users", tag.ID, v, p.Users)
					}
				}
				if tag.DataType != "LIST" && (sum != p.Users || math.Abs(percent-100) > 0.01*float64(len(values))) {
					t.Fatalf("tag %d: %d users in all values, want %d; %g%%", tag.ID, sum, p.Users, percent)
				}
				if want := project.Users / 1000 * tag.Share / 1000; tag.Share > 0 &&
					(p.Users < want*8/10 || p.Users > want*13/10) {
					t.Fatalf("tag %d: %d users, want about %d", tag.ID, p.Users, want)
				}
			}
		}
	}
	d := sensorsdata.Data{Project: sensorsdata.Project{Users: 1}}
	if got := d.Values(18, simtest.Noon.AddDate(-2, 0, 0)); fmt.Sprint(got) != "[{true 0 0}]" {
		t.Errorf("values of nobody are %v", got)
	}
	if d.Values(99, simtest.Noon) != nil || d.Partitions(99, simtest.Noon) != nil {
		t.Error("a tag that does not exist has data")
	}
}

func TestAnswersArePure(t *testing.T) {
	read := func(seed uint64, at time.Time, path string) string {
		c := simtest.NewClock(at)
		s := simulator.New(simulator.Options{Seed: seed, Now: c.Now})
		get := func(path string) string {
			method, body := "GET", ""
			if strings.HasSuffix(path, "report") {
				method, body = "POST", `{"from_date":"2026-11-01","to_date":"2026-11-30"}`
			}
			r := httptest.NewRequest(method, "/sensorsdata/api/v2"+path+"?project=production&token=SimShopTagsSecretNotReal00000001", strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Code != 200 {
				t.Fatalf("%s: answer is %d %s", path, w.Code, w.Body)
			}
			return w.Body.String()
		}
		get("/user_tags/21/partitions")
		return get(path)
	}
	for _, path := range []string{"/user_tags", "/user_tags/21", "/user_tags/21/partitions", "/user_tags/21/report"} {
		first := read(1, simtest.Noon, path)
		if again := read(1, simtest.Noon.UTC(), path); again != first {
			t.Errorf("%s: same seed, same time, other answer", path)
		}
		if other := read(2, simtest.Noon, path); other == first {
			t.Errorf("%s: another seed, same answer", path)
		}
		if later := read(1, simtest.Noon.Add(24*time.Hour), path); later == first {
			t.Errorf("%s: the same on the next day", path)
		}
	}
}

// TestLargeList streams what would be a lot to hold.
func TestLargeList(t *testing.T) {
	b := newTestProject(t, func(p *sensorsdata.Project) {
		p.RuleBytes = 10_000
		for id := range int64(300) {
			p.Tags = append(p.Tags, sensorsdata.Tag{ID: id + 1})
		}
	})
	w := b.send("GET", "/user_tags", "")
	if w.Code != 200 || w.Body.Len() < 6_000_000 || w.Body.Len() > 7_000_000 || w.Header().Get("Content-Length") != "" {
		t.Errorf("answer is %d of %d bytes, Content-Length %q", w.Code, w.Body.Len(), w.Header().Get("Content-Length"))
	}
	if got := b.tagIDs("?start=100&count=100"); len(got) != 100 || got[0] != 100 || got[99] != 199 {
		t.Errorf("tags are %v", got)
	}
}
