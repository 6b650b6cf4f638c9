package quanshi_test

import (
	"bytes"
	"fmt"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator"
	"github.com/engage-exporter/engage_exporter/simulator/quanshi"
	"github.com/engage-exporter/engage_exporter/simulator/simtest"
)

// TestAtAnyTime: one event runs, one has ended in the last day, one begins within the hour, in each of the
// default applications.
func TestAtAnyTime(t *testing.T) {
	for _, app := range quanshi.DefaultApps() {
		d := quanshi.Data{Seed: 1, App: app}
		for at := simtest.Noon; at.Before(simtest.Noon.AddDate(0, 0, 8)); at = at.Add(7*time.Minute + time.Second) {
			var running, ended, coming int
			for _, e := range d.Events(at, at.Add(-24*time.Hour), at.Add(time.Hour)) {
				if e.ID == app.RoomID || e.ID == app.ArchiveID {
					continue
				}
				switch {
				case e.Start.After(at):
					coming++
				case e.End.After(at):
					running++
				default:
					ended++
				}
			}
			if running < 1 || running > 3 || ended < 20 || coming != 1 {
				t.Fatalf("%s at %s: %d events run, %d have ended, %d come", app.AppKey, at, running, ended, coming)
			}
		}
	}
}

// TestAudience follows an evening's event: it grows, ebbs, is closed at the end, has its replays, and then
// rests.
func TestAudience(t *testing.T) {
	d := quanshi.Data{Seed: 1, App: quanshi.App{AppKey: "key", Scale: 20}}
	at := time.Date(2026, time.November, 17, 20, 0, 0, 0, simtest.Noon.Location())
	i := slices.IndexFunc(d.Events(at, at, at), func(e quanshi.Event) bool { return e.Start.Equal(at) })
	e := d.Events(at, at, at)[i]
	if e.Form != quanshi.LargeLive {
		t.Fatalf("event is %+v", e)
	}
	report := func(at time.Time) quanshi.Report {
		r, ok := d.Report(at, e.ID)
		if !ok {
			t.Fatalf("no report at %s", at)
		}
		return r
	}
	part := func(hundredths int64) time.Time {
		return e.Start.Add(time.Duration(e.Minutes()*hundredths) * time.Minute / 100)
	}

	if r := report(e.Start.Add(-time.Second)); r.Viewers != 0 || r.Lives != 0 || r.Interactions != 0 || r.NoLives {
		t.Errorf("before it begins: %+v", r)
	}
	if r := report(e.Start); r.OpenInteractions != r.Interactions || r.Roles[4] != 1 || r.Roles[5] != 2 {
		t.Errorf("as it begins: %+v", r)
	}
	early, peak, late := report(part(3)).OpenLives, report(part(35)).OpenLives, report(part(97)).OpenLives
	if early < 50 || peak < 3*early || late*3 > peak*2 || late < 50 {
		t.Errorf("viewers at the stream are %d, %d, %d", early, peak, late)
	}
	var before quanshi.Report
	for hundredths := range int64(120) {
		r := report(part(hundredths))
		if r.Lives < before.Lives || r.Interactions < before.Interactions || r.Viewers < before.Viewers ||
			r.Speaking < before.Speaking || r.Actions["chat_num"] < before.Actions["chat_num"] {
			t.Fatalf("after %d%%: %+v is less than %+v", hundredths, r, before)
		}
		before = r
	}
	end := report(e.End)
	if end.OpenLives != 0 || end.OpenInteractions != 0 || end.Audiences["回放"] != 0 || end.Audiences["直播+回放"] != 0 {
		t.Errorf("as it ends: %+v", end)
	}
	if r := report(e.End.Add(2 * time.Hour)); r.OpenLives == 0 || r.OpenInteractions != 0 || r.Audiences["回放"] == 0 ||
		r.Audiences["直播+回放"] == 0 {
		t.Errorf("two hours later: %+v", r)
	}
	day := report(e.End.Add(24 * time.Hour))
	if day.OpenLives != 0 || day.Interactions != end.Interactions || day.Lives < end.Lives*13/10 {
		t.Errorf("a day later: %+v", day)
	}
	if r := report(e.End.Add(48 * time.Hour)); fmt.Sprint(r) != fmt.Sprint(day) {
		t.Errorf("it does not rest: %+v, %+v", r, day)
	}
	if _, ok := d.Report(e.End.AddDate(0, 0, 91), e.ID); ok {
		t.Error("it is never forgotten")
	}
}

// TestEventsThatAlwaysExist: the room goes round, the archived event rests.
func TestEventsThatAlwaysExist(t *testing.T) {
	d := quanshi.Data{Seed: 1, App: quanshi.App{AppKey: "key"}}
	var archived string
	var most, least int64 = 0, 1000
	for at := simtest.Noon; at.Before(simtest.Noon.AddDate(0, 0, 2)); at = at.Add(20 * time.Minute) {
		room, ok := d.Event(at, 609768)
		r, told := d.Report(at, 609768)
		if !ok || !told || room.Start.After(at) || at.Sub(room.Start) >= 6*time.Hour || r.Roles[4] != 1 ||
			(r.OpenInteractions > 0) != at.Before(room.End) {
			t.Fatalf("room at %s is %+v, report %+v", at, room, r)
		}
		most, least = max(most, r.OpenLives), min(least, r.OpenLives)
		r, _ = d.Report(at, 600114)
		if text := fmt.Sprint(r); archived == "" {
			archived = text
		} else if text != archived {
			t.Fatalf("archived event changes: %s, %s", archived, text)
		}
	}
	if most < 15 || least > 0 {
		t.Errorf("the room has %d to %d viewers", least, most)
	}
	r, _ := d.Report(simtest.Noon, 600114)
	if r.Viewers != 200 || r.Lives < 190 || r.Lives > 250 || r.Interactions < 40 || r.Interactions > 60 {
		t.Errorf("archived event has %+v", r)
	}
}

// TestEverythingOccurs in the reports of a few days.
func TestEverythingOccurs(t *testing.T) {
	for _, app := range quanshi.DefaultApps() {
		d := quanshi.Data{Seed: 1, App: app}
		seen := map[string]bool{}
		for _, e := range d.Events(simtest.Noon, simtest.Noon.AddDate(0, 0, -4), simtest.Noon) {
			r, _ := d.Report(simtest.Noon, e.ID)
			seen[fmt.Sprint("form ", e.Form)] = true
			for kind, sum := range r.Sessions {
				seen["device "+kind.Device], seen["client "+kind.Client] = true, true
				session := fmt.Sprintf("session %t%d", kind.Interactive, kind.LiveType)
				seen[session] = seen[session] || sum.Seconds > 0
			}
			for action, n := range r.Actions {
				seen[action] = seen[action] || n > 0
			}
			for _, texts := range []map[string]int64{r.Audiences, r.Auths, r.Locations, r.Entries, r.DialIns,
				r.Participants} {
				for text := range texts {
					seen[text] = true
				}
			}
			for role := range r.Roles {
				seen[fmt.Sprint("role ", role)] = true
			}
			seen["speaking"] = seen["speaking"] || r.Speaking > 0
		}
		for want := range strings.SplitSeq(`form 1,form 3,form 4,form 7,device TEL,device PC,device MAC,device Android,device IOS,device HarmonyOS,client TEL,client CLIENT,client WEB,`+
			`client APPLET,client BOX,client MCU,client WEBRTC,client H5,client SDK,session false0,session false1,session true0,chat_num,praise_num,prize_num,question_num,`+
			`互动端,直播端,外呼入会,主动拨号入会,survey,vote,sign,envelope,raise_hand_num,share_num,sign_num,vote_num,envelope_num,quiz_num,goods_sum_hits,直播,回放,直播+回放,0,1,2,3,4,中国-陕西-西安,本地局域网,-,role 4,role 5,role 6,speaking`, ",") {
			if !seen[want] {
				t.Errorf("%s: %s does not occur among %v", app.AppKey, want, slices.Sorted(maps.Keys(seen)))
			}
		}
	}
}

func TestAnswersArePure(t *testing.T) {
	read := func(seed uint64, at time.Time, path, body string) string {
		app := quanshi.App{AppKey: "key", AppSecret: "secret", UserID: "77", Token: "ready"}
		c := simtest.NewClock(at)
		s := simulator.New(simulator.Options{Seed: seed, Now: c.Now, Vendors: []simulator.Vendor{quanshi.Vendor(app)}})
		r := httptest.NewRequest("POST", "/quanshi/eventopenapi"+path, strings.NewReader(body))
		for name, value := range header(app, "nonce", at) {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if !strings.Contains(w.Body.String(), `"code":200,`) {
			t.Fatalf("%s: answer is %s", path, w.Body)
		}
		return w.Body.String()
	}
	for path, body := range map[string]string{
		"/event/public/list":    fmt.Sprintf(`{"token":"ready","listType":2,"page":0,"count":50,"startTime":%d,"endTime":%d}`, simtest.Noon.Unix()-86400, simtest.Noon.Unix()),
		"/event/report/details": `{"token":"ready","eventId":609768}`,
		"/token/create":         `{"userId":77}`,
	} {
		first := read(1, simtest.Noon, path, body)
		if again := read(1, simtest.Noon.UTC(), path, body); again != first {
			t.Errorf("%s: same seed, same time, other answer", path)
		}
		if other := read(2, simtest.Noon, path, body); other == first {
			t.Errorf("%s: another seed, same answer", path)
		}
		if later := read(1, simtest.Noon.Add(time.Minute), path, body); later == first {
			t.Errorf("%s: the same a minute later", path)
		}
	}
}

// TestLargeReport streams what would be a lot to hold, and adds up to what the data says.
func TestLargeReport(t *testing.T) {
	b := newTestApp(t, func(app *quanshi.App) { app.Scale = 50 })
	w := b.post("/event/report/details", `{"token":"TOKEN","eventId":600114}`)
	want, _ := b.data().Report(simtest.Noon, 600114)
	body := w.Body.Bytes()
	if w.Code != 200 || want.Viewers != 10_000 || len(body) < 15_000_000 || len(body) > 30_000_000 ||
		w.Header().Get("Content-Length") != "" {
		t.Errorf("answer is %d of %d bytes for %d viewers, Content-Length %q", w.Code, len(body), want.Viewers,
			w.Header().Get("Content-Length"))
	}
	for member, rows := range map[string]int64{`"watch_duration":`: want.Lives, `"online_duration":`: want.Interactions,
		`"watchForm":`: want.Viewers} {
		if got := int64(bytes.Count(body, []byte(member))); got != rows {
			t.Errorf("%d rows with %s, want %d", got, member, rows)
		}
	}
}

// brokenWriter takes so many bytes.
type brokenWriter struct {
	*httptest.ResponseRecorder
	left int
}

func (w *brokenWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, fmt.Errorf("the client has gone")
	}
	return len(p), nil
}

// TestReportEndsWithItsClient: a report of millions of rows would take long.
func TestReportEndsWithItsClient(t *testing.T) {
	b := newTestApp(t, func(app *quanshi.App) { app.Scale, app.Token = 1_000_000, "ready" })
	r := httptest.NewRequest("POST", "/quanshi/eventopenapi/event/report/details",
		strings.NewReader(`{"token":"ready","eventId":600114}`))
	for name, value := range b.header() {
		r.Header.Set(name, value)
	}
	w := &brokenWriter{httptest.NewRecorder(), 1 << 20}
	start := time.Now()
	b.ServeHTTP(w, r)
	if w.left >= 0 || w.left < -1<<20 || time.Since(start) > 20*time.Second {
		t.Errorf("%d bytes are left, after %s", w.left, time.Since(start))
	}
}

func BenchmarkReport(b *testing.B) {
	app := quanshi.App{AppKey: "key", AppSecret: "secret", Token: "ready", Scale: 100}
	c := simtest.NewClock(simtest.Noon)
	s := simulator.New(simulator.Options{Seed: 1, Now: c.Now, Vendors: []simulator.Vendor{quanshi.Vendor(app)}})
	for n := 0; b.Loop(); n++ {
		r := httptest.NewRequest("POST", "/quanshi/eventopenapi/event/report/details",
			strings.NewReader(`{"token":"ready","eventId":600114}`))
		for name, value := range header(app, fmt.Sprint(n), simtest.Noon) {
			r.Header.Set(name, value)
		}
		w := &brokenWriter{httptest.NewRecorder(), 1 << 40}
		s.ServeHTTP(w, r)
		b.SetBytes(int64(1<<40 - w.left))
	}
}
