package polyv_test

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator"
	"github.com/engage-exporter/engage_exporter/simulator/polyv"
	"github.com/engage-exporter/engage_exporter/simulator/simtest"
)

// testUser is a simulated user of Polyv, called in process.
type testUser struct {
	*simtest.Client
	user polyv.User
}

// testUsers are the users of a bench. The bench calls for the first.
func testUsers() []polyv.User {
	return []polyv.User{
		{UserID: "user", SecretKey: "secret", Plays: 100_000}, {UserID: "other", SecretKey: "secret"},
	}
}

func newTestUser(t *testing.T, change func(*simulator.Options)) *testUser {
	t.Helper()
	c := simtest.NewClock(simtest.Noon)
	users := testUsers()
	o := simulator.Options{Seed: 1, Now: c.Now, Vendors: []simulator.Vendor{polyv.Vendor(users...)}}
	if change != nil {
		change(&o)
	}
	s := simulator.New(o)
	t.Cleanup(s.Close)
	return &testUser{Client: &simtest.Client{T: t, Simulator: s, Clock: c}, user: users[0]}
}

// reply is an answer with its envelope.
type reply struct {
	HTTP int `json:"-"`
	body string

	Code            int
	Status, Message string
	Data            json.RawMessage
}

// parameters are those given as a=b&c=d, with ptime unless it is given, and signed.
func (b *testUser) parameters(query string) url.Values {
	b.T.Helper()
	q, err := url.ParseQuery(query)
	if err != nil {
		b.T.Fatal(err)
	}
	if !q.Has("ptime") {
		q.Set("ptime", strconv.FormatInt(b.Clock.Now().UnixMilli(), 10))
	}
	if !q.Has("sign") {
		var text []string
		for _, name := range slices.Sorted(func(yield func(string) bool) {
			for name := range q {
				if !yield(name) {
					return
				}
			}
		}) {
			if q.Get(name) != "" {
				text = append(text, name+"="+q.Get(name))
			}
		}
		sum := sha1.Sum([]byte(strings.Join(text, "&") + b.user.SecretKey))
		q.Set("sign", strings.ToUpper(hex.EncodeToString(sum[:])))
	}
	return q
}

func (b *testUser) get(user, query string) reply {
	b.T.Helper()
	w := b.Raw("GET", "/polyv/v2/hourly/"+user+"?"+b.parameters(query).Encode())
	got := reply{HTTP: w.Code, body: w.Body.String()}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		b.T.Fatalf("no envelope in %q: %v", w.Body, err)
	}
	return got
}

// row is a row of an answer.
type row struct {
	CurrentHour                                                             int
	PcPlayDuration, PcFlowSize, PcVideoView, PcUniqueViewer                 int64
	MobilePlayDuration, MobileFlowSize, MobileVideoView, MobileUniqueViewer int64
	FormatPcPlayDuration, FormatMobilePlayDuration                          string
}

func (r reply) rows(t *testing.T) []row {
	t.Helper()
	if r.HTTP != 200 || r.Code != 200 || r.Status != "success" || r.Message != "success" {
		t.Fatalf("answer is HTTP %d %s, not a success", r.HTTP, r.body)
	}
	var rows []row
	if err := json.Unmarshal(r.Data, &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) != 24 {
		t.Fatalf("%d rows, want 24", len(rows))
	}
	for h, row := range rows {
		if row.CurrentHour != h {
			t.Fatalf("row %d is of hour %d", h, row.CurrentHour)
		}
	}
	return rows
}

// TestSignature is the document's example.
func TestSignature(t *testing.T) {
	const example = "ptime=1492591990000&vid=382839019131be68715e9455f8d0971a_3&format=json"
	const sign = "50BF9B165630A8047EB1D17D95A469CC51FF754E"
	for _, tc := range []struct {
		name, query string
		code        int
	}{
		{"as it is", example + "&sign=" + sign, 200},
		{"an empty parameter is not signed", example + "&dr=&sign=" + sign, 200},
		{"another order", "sign=" + sign + "&" + example, 200},
		{"small letters", example + "&sign=" + strings.ToLower(sign), 400},
		{"a parameter that is not signed", example + "&dr=today&sign=" + sign, 400},
		{"a parameter missing", "ptime=1492591990000&format=json&sign=" + sign, 400},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newTestUser(t, func(o *simulator.Options) {
				user := polyv.User{UserID: "user", SecretKey: "tIQp4ATe9Z"}
				o.Vendors = []simulator.Vendor{polyv.Vendor(user)}
			})
			b.Clock.Set(time.UnixMilli(1492591990000))
			got := b.get("user", tc.query)
			if got.Code != tc.code {
				t.Errorf("code is %d (%s), want %d", got.Code, got.Message, tc.code)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	at := func(d time.Duration) string { return "ptime=" + strconv.FormatInt(simtest.Noon.Add(d).UnixMilli(), 10) }
	for _, tc := range []struct {
		name, user, query string
		code              int
		message           string
	}{
		{"no sign", "user", "sign=", 400, "sign can not be empty."},
		{"another sign", "user", "sign=50BF9B165630A8047EB1D17D95A469CC51FF754E", 400, "the sign is not right."},
		{"ptime 3 minutes old", "user", at(-3 * time.Minute), 200, "success"},
		{"ptime older", "user", at(-3*time.Minute - time.Millisecond), 400, "ptime is too old."},
		{"ptime 3 minutes ahead", "user", at(3 * time.Minute), 200, "success"},
		{"ptime further ahead", "user", at(3*time.Minute + time.Millisecond), 400, "ptime is illegal."},
		{"ptime in seconds", "user", "ptime=1795000000", 400, "ptime is illegal."},
		{"ptime no number", "user", "ptime=179500000000x", 400, "ptime is illegal."},
		{"ptime with a sign", "user", "ptime=%2B179500000000", 400, "ptime is illegal."},
		{"no ptime", "user", "ptime=", 400, "ptime is illegal."},
		{"unknown user", "nobody", "", 400, "Could not find user by userid."},
		{"no user", "", "", 400, "Could not find user by userid."},
		{"start after end", "user", "start=2026-11-02&end=2026-11-01", 401, "start and end illegal."},
		{"start without end", "user", "start=2026-11-02", 401, "start and end illegal."},
		{"end without start", "user", "end=2026-11-02", 401, "start and end illegal."},
		{"no date", "user", "start=20261101&end=20261101", 401, "start and end illegal."},
		{"no such date", "user", "start=2026-02-30&end=2026-03-01", 401, "start and end illegal."},
		{"no such period", "user", "dr=tomorrow", 400, "dr is illegal."},
		{"start and end above dr", "user", "start=2026-11-01&end=2026-11-01&dr=tomorrow", 200, "success"},
	} {
		for _, mirror := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, mirrored %t", tc.name, mirror), func(t *testing.T) {
				b := newTestUser(t, func(o *simulator.Options) {
					if mirror {
						users := testUsers()
						users[0].MirrorStatus = true
						o.Vendors = []simulator.Vendor{polyv.Vendor(users...)}
					}
				})
				got := b.get(tc.user, tc.query)
				status := 200
				if mirror {
					status = tc.code
				}
				if got.HTTP != status || got.Code != tc.code || got.Message != tc.message {
					t.Errorf("answer is HTTP %d code %d %q, want HTTP %d code %d %q", got.HTTP, got.Code, got.Message,
						status, tc.code, tc.message)
				}
				if want := fmt.Sprintf(`{"code":%d,"status":"error","message":%q,"data":""}`, tc.code, tc.message); tc.code != 200 && got.body != want {
					t.Errorf("body is %s, want %s", got.body, want)
				}
			})
		}
	}
}

func TestPathsAndMethods(t *testing.T) {
	b := newTestUser(t, nil)
	for _, tc := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/polyv", 404},
		{"GET", "/polyv/v2/hourly", 404},
		{"GET", "/polyv/v2/hourly/user/more", 404},
		{"GET", "/polyv/v1/hourly/user", 404},
		{"POST", "/polyv/v2/hourly/user", 405},
	} {
		if got := b.Raw(tc.method, tc.path).Code; got != tc.status {
			t.Errorf("%s %s answers %d, want %d", tc.method, tc.path, got, tc.status)
		}
	}
}

func TestAnswer(t *testing.T) {
	got := newTestUser(t, nil).get("user", "dr=yesterday")
	if !strings.HasPrefix(got.body, `{"code":200,"status":"success","message":"success","data":[{"currentHour":0,`) {
		t.Errorf("answer begins otherwise than the document's: %.80s", got.body)
	}
	var rows []json.RawMessage
	if err := json.Unmarshal(got.Data, &rows); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"currentHour", "formatPcPlayDuration", "pcPlayDuration", "pcFlowSize", "pcVideoView", "pcUniqueViewer",
		"formatMobilePlayDuration", "mobilePlayDuration", "mobileFlowSize", "mobileVideoView", "mobileUniqueViewer",
	}
	if names := simtest.Keys(t, rows[9]); !slices.Equal(names, want) {
		t.Errorf("fields are %v, want %v", names, want)
	}
	for _, row := range got.rows(t) {
		for text, seconds := range map[string]int64{row.FormatPcPlayDuration: row.PcPlayDuration, row.FormatMobilePlayDuration: row.MobilePlayDuration} {
			var h, m, s int64
			if _, err := fmt.Sscanf(text, "%d:%d:%d", &h, &m, &s); err != nil || h*3600+m*60+s != seconds || m > 59 || s > 59 || len(text) < 8 {
				t.Errorf("duration of %d seconds is written %q (%v)", seconds, text, err)
			}
		}
	}
}

func TestSpellings(t *testing.T) {
	for spelling, prose := range map[string]bool{"pcFlowSize": false, "PCFlowSize": true} {
		t.Run(spelling, func(t *testing.T) {
			b := newTestUser(t, func(o *simulator.Options) {
				user := polyv.User{UserID: "user", SecretKey: "secret", Plays: 100_000, ProseSpelling: prose}
				o.Vendors = []simulator.Vendor{polyv.Vendor(user)}
			})
			var rows []json.RawMessage
			if err := json.Unmarshal(b.get("user", "start=2026-11-15&end=2026-11-15").Data, &rows); err != nil {
				t.Fatal(err)
			}
			names := simtest.Keys(t, rows[9])
			if names[3] != spelling || names[8] != "mobileFlowSize" || len(names) != 11 {
				t.Errorf("fields are %v, want %s and mobileFlowSize for the traffic", names, spelling)
			}
			for _, row := range b.get("user", "start=2026-11-15&end=2026-11-15").rows(t) {
				if row.PcFlowSize == 0 {
					t.Errorf("hour %d has no traffic", row.CurrentHour)
				}
			}
		})
	}
}

// TestPeriods compares each period with the same days by date. Noon is on Tuesday, 2026-11-17.
func TestPeriods(t *testing.T) {
	for dr, days := range map[string]string{
		"today":      "2026-11-17 2026-11-17",
		"yesterday":  "2026-11-16 2026-11-16",
		"this_week":  "2026-11-16 2026-11-17",
		"last_week":  "2026-11-09 2026-11-15",
		"7days":      "2026-11-11 2026-11-17",
		"":           "2026-11-11 2026-11-17",
		"this_month": "2026-11-01 2026-11-17",
		"last_month": "2026-10-01 2026-10-31",
		"this_year":  "2026-01-01 2026-11-17",
		"last_year":  "2025-01-01 2025-12-31",
	} {
		t.Run(dr, func(t *testing.T) {
			b := newTestUser(t, nil)
			start, end, _ := strings.Cut(days, " ")
			got, want := b.get("user", "dr="+dr), b.get("user", "start="+start+"&end="+end)
			if got.body != want.body {
				t.Errorf("answer is\n%s\nwant that of %s\n%s", got.body, days, want.body)
			}
			got.rows(t)
		})
	}
	t.Run("a Sunday is the last day of its week", func(t *testing.T) {
		b := newTestUser(t, nil)
		b.Clock.Set(time.Date(2026, time.November, 22, 12, 0, 0, 0, simtest.Noon.Location()))
		if got, want := b.get("user", "dr=this_week"), b.get("user", "start=2026-11-16&end=2026-11-22"); got.body != want.body {
			t.Errorf("answer is\n%s\nwant\n%s", got.body, want.body)
		}
	})
	t.Run("thousands of years", func(t *testing.T) {
		b := newTestUser(t, nil)
		if got, want := b.get("user", "start=0001-01-01&end=9999-12-31"), b.get("user", "start=2018-01-01&end=2026-11-17"); got.body != want.body {
			t.Error("answer is not that of the days there are")
		}
	})
}

func TestValuesAppearInTime(t *testing.T) {
	b := newTestUser(t, nil)
	rows := b.get("user", "dr=today").rows(t)
	for _, row := range rows {
		begun := row.CurrentHour <= 10 // noon less one hour and a half
		if (row.PcVideoView > 0) != begun || (row.MobileVideoView > 0) != begun {
			t.Errorf("at noon hour %d has %d and %d plays", row.CurrentHour, row.PcVideoView, row.MobileVideoView)
		}
		if row.PcFlowSize != 0 || row.MobileFlowSize != 0 {
			t.Errorf("hour %d has traffic on its own day", row.CurrentHour)
		}
	}
	midnight := time.Date(2026, time.November, 18, 0, 0, 0, 0, simtest.Noon.Location())
	for _, tc := range []struct {
		at      time.Time
		traffic bool
	}{
		{midnight, false},
		{midnight.Add(24*time.Hour - time.Second), false},
		{midnight.Add(24 * time.Hour), true},
	} {
		b.Clock.Set(tc.at)
		for _, row := range b.get("user", "start=2026-11-17&end=2026-11-17").rows(t) {
			if (row.PcFlowSize > 0) != tc.traffic || (row.MobileFlowSize > 0) != tc.traffic {
				t.Errorf("at %s hour %d has traffic of %d and %d, want some: %t", tc.at, row.CurrentHour, row.PcFlowSize, row.MobileFlowSize, tc.traffic)
			}
		}
	}
}

func TestValues(t *testing.T) {
	for _, user := range append(polyv.DefaultUsers(), polyv.User{UserID: "new", Location: time.UTC}) {
		d := polyv.Data{Seed: 3, User: user}
		day := time.Date(2026, time.November, 17, 0, 0, 0, 0, simtest.Noon.Location())
		if user.Location != nil {
			day = time.Date(2026, time.November, 17, 0, 0, 0, 0, user.Location)
		}
		before := d.Hourly(day, day, day)
		for now := day; now.Before(day.AddDate(0, 0, 3)); now = now.Add(13 * time.Minute) {
			hours := d.Hourly(day, day, now)
			for h, hour := range hours {
				for i, f := range []polyv.Playback{hour.PC, hour.Mobile} {
					old := []polyv.Playback{before[h].PC, before[h].Mobile}[i]
					if f.Plays < old.Plays || f.Viewers < old.Viewers || f.DurationSeconds < old.DurationSeconds || f.TrafficBytes < old.TrafficBytes {
						t.Fatalf("%s at %s, hour %d: %+v is less than %+v", user.UserID, now, h, f, old)
					}
					if f.Viewers > f.Plays || (f.Viewers == 0) != (f.Plays == 0) || (f.Plays == 0 && f.DurationSeconds > 0) {
						t.Fatalf("%s at %s, hour %d: %+v", user.UserID, now, h, f)
					}
					ends := day.Add(time.Duration(h+1) * time.Hour)
					if begins := ends.Add(-time.Hour); f.Plays > 0 && now.Before(begins.Add(time.Hour)) {
						t.Fatalf("%s at %s: hour %d is known within an hour of its beginning", user.UserID, now, h)
					}
					if now.After(ends.Add(2*time.Hour)) && now.Before(day.AddDate(0, 0, 2)) && old.Plays > 0 && f != old && now.Sub(ends) > 2*time.Hour+13*time.Minute {
						t.Fatalf("%s at %s: hour %d still moves: %+v, %+v", user.UserID, now, h, old, f)
					}
				}
			}
			before = hours
		}
		var plays int64
		for _, hour := range before {
			plays += hour.PC.Plays + hour.Mobile.Plays
		}
		want := max(user.Plays, 640)
		if user.Plays == 0 {
			want = 2000
		}
		if plays < want*8/10 || plays > want*12/10 {
			t.Errorf("%s: %d plays a day, want about %d", user.UserID, plays, want)
		}
	}
}

func TestAnswersArePure(t *testing.T) {
	read := func(seed uint64, at time.Time, dr string) string {
		b := newTestUser(t, func(o *simulator.Options) { o.Seed = seed })
		b.Clock.Set(at)
		b.get("user", "dr=this_year")
		return b.get("user", "dr="+dr).body
	}
	for dr, moves := range map[string]bool{"today": true, "yesterday": false, "7days": true} {
		first := read(1, simtest.Noon, dr)
		if again := read(1, simtest.Noon.UTC(), dr); again != first {
			t.Errorf("%s: same seed, same time, other answer", dr)
		}
		if other := read(2, simtest.Noon, dr); other == first {
			t.Errorf("%s: another seed, same answer", dr)
		}
		if later := read(1, simtest.Noon.Add(10*time.Minute), dr); (later != first) != moves {
			t.Errorf("%s: ten minutes later the answer is the same: %t", dr, later == first)
		}
	}
}

func TestBlocksWhoCallsTooOften(t *testing.T) {
	b := newTestUser(t, nil)
	call := func(source string) int {
		r := httptest.NewRequest("GET", "/polyv/v2/hourly/user?"+b.parameters("dr=today").Encode(), nil)
		r.RemoteAddr = source
		w := httptest.NewRecorder()
		b.ServeHTTP(w, r)
		return w.Code
	}
	r := func(n int) {
		for i := range n {
			if code := b.Raw("GET", "/polyv/anything").Code; code != 404 {
				t.Fatalf("call %d answers %d", i, code)
			}
		}
	}
	r(1000)
	b.Clock.Advance(9 * time.Second)
	r(500)
	if code := call("192.0.2.1:4711"); code != 429 {
		t.Errorf("call 1501 in ten seconds answers %d", code)
	}
	if code := call("192.0.2.2:4711"); code != 200 {
		t.Errorf("call from elsewhere answers %d", code)
	}
	b.Clock.Advance(5*time.Minute - time.Millisecond)
	if code := call("192.0.2.1:4712"); code != 429 {
		t.Errorf("call before five minutes have passed answers %d", code)
	}
	b.Clock.Advance(time.Millisecond)
	if code := call("192.0.2.1:4713"); code != 200 {
		t.Errorf("call after five minutes answers %d", code)
	}
}

func TestEndpoints(t *testing.T) {
	b := newTestUser(t, nil)
	for _, query := range []string{"dr=today", "dr=yesterday", "start=2026-11-15&end=2026-11-15", "start=2026-11-14&end=2026-11-14", "start=2026-11-15&end=2026-11-16", "start=2026-11-15&end=2026-11-15&dr=today", ""} {
		b.get("user", query)
	}
	b.get("nobody", "dr=today")
	for endpoint, want := range map[string]int{"playback_today": 1, "playback_yesterday": 1, "traffic_settled": 2, "playback_other": 3, "": 7} {
		if got := b.Calls("polyv", "user", endpoint); got != want {
			t.Errorf("%d calls of %q, want %d", got, endpoint, want)
		}
	}
	if got := b.Calls("polyv", "unknown", "playback_today"); got != 1 {
		t.Errorf("%d calls for an unknown user, want 1", got)
	}
}

func TestFaults(t *testing.T) {
	for _, tc := range []struct {
		fault  string
		status int
		body   string
	}{
		{"polyv=code:400", 200, `{"code":400,"status":"error","message":"the sign is not right.","data":""}`},
		{"polyv=code:400:ptime is too old.", 200, `{"code":400,"status":"error","message":"ptime is too old.","data":""}`},
		{"polyv=code:401", 200, `{"code":401,"status":"error","message":"start and end illegal.","data":""}`},
		{"polyv/playback_today=code:500", 200, `{"code":500,"status":"error","message":"query failed.","data":""}`},
		{"polyv=code:7", 200, `{"code":7,"status":"error","message":"error","data":""}`},
		{"polyv/user/*=throttle", 429, "429 Too Many Requests\n"},
		{"polyv=badshape", 200, `{"code":200,"status":"success","message":"success","data":["unexpected",[1]]}`},
		{"polyv=status:502", 502, "502 Bad Gateway\n"},
		{"polyv=huge:100", 200, `{"code":200,"status":"success","message":"success","data":[{"padding":"` + strings.Repeat("x", 25) + `"}]}`},
	} {
		t.Run(tc.fault, func(t *testing.T) {
			b := newTestUser(t, nil)
			b.AddFault(tc.fault)
			w := b.Raw("GET", "/polyv/v2/hourly/user?"+b.parameters("dr=today").Encode())
			if w.Code != tc.status || w.Body.String() != tc.body {
				t.Errorf("answer is %d %s, want %d %s", w.Code, w.Body, tc.status, tc.body)
			}
		})
	}
	t.Run("clock", func(t *testing.T) {
		b := newTestUser(t, nil)
		b.AddFault("polyv=clock:10m")
		if got := b.get("user", "dr=today"); got.Message != "ptime is too old." {
			t.Errorf("message is %q", got.Message)
		}
		b.AddFault("polyv=clock:-10m")
		if got := b.get("user", "dr=today"); got.Message != "ptime is illegal." {
			t.Errorf("message is %q", got.Message)
		}
		if date, want := b.Raw("GET", "/polyv/v2/hourly/user").Header().Get("Date"), "Tue, 17 Nov 2026 03:50:00 GMT"; date != want {
			t.Errorf("Date is %q, want %q", date, want)
		}
	})
}

func TestTwoUsersWithOneID(t *testing.T) {
	defer func() {
		if r := recover(); r != `simulator: two Polyv users have the id "x"` {
			t.Errorf("panic is %v", r)
		}
	}()
	simulator.New(simulator.Options{Vendors: []simulator.Vendor{polyv.Vendor(polyv.User{UserID: "x"}, polyv.User{UserID: "x"})}})
}
