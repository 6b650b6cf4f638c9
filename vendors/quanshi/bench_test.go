package quanshi_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/quanshi"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

// bigReport is a report of so many rows, all lives but for a tenth of interactions and four
// tenths of viewerDetails. It is written as it is read: of it, only a few different rows are
// held.
type bigReport struct {
	rows   int
	sample [3][][]byte // rows of each list
	size   int64
}

func newBigReport(rows int) *bigReport {
	random := rand.New(rand.NewPCG(1, 2))
	b := &bigReport{rows: rows}
	for list := range b.sample {
		for range 200 {
			b.sample[list] = append(b.sample[list], randomRow(list, random))
		}
	}
	size, _ := io.Copy(io.Discard, b.open())
	b.size = size
	return b
}

func randomRow(list int, random *rand.Rand) []byte {
	n := random.IntN
	pick := func(words ...string) string { return words[n(len(words))] }
	at := 1666770000 + n(10000)
	who := fmt.Sprintf(`"viewerId":"%016x%016x","distinctId":"+86-190%08d","mobile":"+86-190%08d","email":"","name":"网友%d","ip":"117.39.%d.%d","extId":null,"group":null,"company":%s`,
		random.Uint64(), random.Uint64(), n(1e8), n(1e8), n(1e5), n(256), n(256), pick(`null`, `"新建管理中心测试25"`))
	event := `"hostId":"88589655","billingCode":"95469279","conferenceId":"239790940","whitelist_type":0,"iden":"观众"`
	where := pick("中国-陕西-西安", "本地局域网", "-", "中国-北京-北京", "中国-广东-深圳", "中国-浙江-杭州")
	times := fmt.Sprintf(`"online_time":%d,"offline_time":%d,"online_date":"2022-10-26 16:27:03","offline_date":"2022-10-26 16:28:00"`, at, at+n(3600))
	if n(20) == 0 {
		times = fmt.Sprintf(`"online_time":%d,"offline_time":null,"online_date":"2022-10-26 16:27:03","offline_date":null`, at)
	}
	if list == 2 {
		return fmt.Appendf(nil, `{"auth_type":"否",%s,"call_duration":%d,"chat_num":%d,"client_type":"%s","countryCode":"+86","device_type":"%s","dialedIn":"外呼入会","dialoutSource":"电话会议外呼","duration":%d,"envelope":"N","goods_sum_hits":%d,%s,"liveTimes":1,"liveWatchDuration":"00:34:20","live_type":"%s","location":"%s",%s,"praise_num":%d,"phoneNumber":"188%08d","quiz_num":0,"raise_hand_num":0,"replayTimes":0,"replayWatchDuration":"00:00:00","sign":"N","survey":"N","times":1,"type":"互动端","vote":"N","watchDuration":"00:34:20","whitelist_tag":"-","watchForm":"直播"}`,
			event, n(9), n(9), pick("客户端", "Web", "小程序"), pick("Windows", "iOS", "Android", "Windows,iOS"), n(9999), n(3), who, pick("直播", "回放", "直播+回放"), where, times, n(30), n(1e8))
	}
	own := fmt.Sprintf(`"watch_duration":%d`, n(3600))
	if list == 1 {
		own = fmt.Sprintf(`"online_duration":%d,"role":%d`, n(3600), 4+n(3))
	}
	device, client := pick("IOS", "PC", "Android", "MAC"), pick("WEB", "CLIENT", "APPLET")
	return fmt.Appendf(nil, `{"live_type":%d,"prize_num":%d,"device_type":"%s","client_type":"%s","call_duration":%d,"clientType":"%s","raise_hand_num":0,"praise_num":%d,"sign_num":%d,%s,"share_num":%s,"auth_type":"%d",%s,%s,"goods_sum_hits":null,"chat_num":%d,"question_num":%d,"quiz_num":null,"envelope_num":0,%s,"location":"%s","vote_num":%d,"countryCode":"+86","phoneNumber":"+86-190%08d"}`,
		n(2), n(3), device, client, n(60), client, n(30), n(2), times, pick("null", "0", "2"), n(5), who, own, n(9), n(4), event, where, n(3), n(1e8))
}

// lists returns how many rows each list has.
func (b *bigReport) lists() [3]int {
	return [3]int{b.rows - b.rows/10 - b.rows*4/10, b.rows / 10, b.rows * 4 / 10}
}

func (b *bigReport) open() io.Reader {
	return &bigReader{report: b, rest: []byte(`{"timeStamp":1666948293682,"code":200,"msg":"ok","data":{"eventId":609768,"report":{`)}
}

type bigReader struct {
	report    *bigReport
	list, row int
	ended     bool
	rest      []byte
	after     []byte // what comes behind rest
}

func (r *bigReader) Read(p []byte) (int, error) {
	for n := 0; ; {
		for len(r.rest) == 0 {
			if len(r.after) > 0 {
				r.rest, r.after = r.after, nil
				continue
			}
			if r.ended {
				if n > 0 {
					return n, nil
				}
				return 0, io.EOF
			}
			r.advance()
		}
		if n == len(p) {
			return n, nil
		}
		copied := copy(p[n:], r.rest)
		n, r.rest = n+copied, r.rest[copied:]
	}
}

var (
	opening = [3][]byte{[]byte(`"lives":[`), []byte(`],"interactions":[`), []byte(`],"viewerDetails":[`)}
	comma   = []byte(",")
	closing = []byte(`]},"startTime":null,"endTime":null},"requestId":"172.10.85.69_1"}`)
)

func (r *bigReader) advance() {
	if r.list == len(r.report.sample) {
		r.rest, r.ended = closing, true
		return
	}
	sample := r.report.sample[r.list]
	r.rest, r.after = comma, sample[r.row%len(sample)]
	if r.row == 0 {
		r.rest = opening[r.list]
	}
	r.row++
	if r.row == r.report.lists()[r.list] {
		r.list, r.row = r.list+1, 0
	}
}

// values are what both readers of a report sum up.
type values struct {
	rows [3]int
	open int
	sum  float64
	text int
}

func readOurs(tb testing.TB, c *quanshi.Client, each func()) (f values) {
	tb.Helper()
	// The time limit is for slow networks, not for this.
	ctx := transport.WithLimits(tb.Context(), transport.Limits{Timeout: time.Hour})
	_, err := c.EventReport(ctx, quanshi.ReportQuery{EventID: "609768"}, func(r *quanshi.Row) {
		each()
		f.rows[r.Section]++
		if r.Offline.Absent() {
			f.open++
		}
		add := func(v float64, ok bool) {
			if ok {
				f.sum += v
			}
		}
		add(r.Online.Float())
		add(r.Offline.Float())
		add(r.Duration.Float())
		add(r.CallDuration.Float())
		add(r.Live.Float())
		add(r.Auth.Float())
		add(r.Role.Float())
		add(r.LiveVisits.Float())
		add(r.ReplayVisits.Float())
		add(r.LiveWatch.Float())
		add(r.ReplayWatch.Float())
		for i := range r.Actions {
			add(r.Actions[i].Float())
		}
		for i := range r.TookPart {
			if yes, ok := r.TookPart[i].Get(); ok && !yes {
				f.text++
			}
		}
		f.text += len(r.Device) + len(r.Client) + len(r.Location) + len(r.Audience)
		if r.Entry == quanshi.EntryInteractive {
			f.text++
		}
		if r.Dialed == quanshi.DialedOut {
			f.text++
		}
	})
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

// standardRow is what one reads of all rows with the standard library.
type standardRow struct {
	Online       float64  `json:"online_time"`
	Offline      *float64 `json:"offline_time"`
	CallDuration float64  `json:"call_duration"`
	Chat         float64  `json:"chat_num"`
	Praise       float64  `json:"praise_num"`
	RaiseHand    float64  `json:"raise_hand_num"`
	Quiz         float64  `json:"quiz_num"`
	Goods        float64  `json:"goods_sum_hits"`
}

// standardSession is what one reads of lives and interactions.
type standardSession struct {
	standardRow
	Live           float64 `json:"live_type"`
	Device         string  `json:"device_type"`
	Client         string  `json:"client_type"`
	Location       string  `json:"location"`
	WatchDuration  float64 `json:"watch_duration"`
	OnlineDuration float64 `json:"online_duration"`
	Auth           string  `json:"auth_type"`
	Role           float64 `json:"role"`
	Prize          float64 `json:"prize_num"`
	Question       float64 `json:"question_num"`
	Share          float64 `json:"share_num"`
	Sign           float64 `json:"sign_num"`
	Vote           float64 `json:"vote_num"`
	Envelope       float64 `json:"envelope_num"`
}

// standardViewer is what one reads of viewerDetails.
type standardViewer struct {
	standardRow
	Audience     string  `json:"live_type"`
	Entry        string  `json:"type"`
	DialedIn     string  `json:"dialedIn"`
	LiveVisits   float64 `json:"liveTimes"`
	ReplayVisits float64 `json:"replayTimes"`
	LiveWatch    string  `json:"liveWatchDuration"`
	ReplayWatch  string  `json:"replayWatchDuration"`
	Survey       string  `json:"survey"`
	Vote         string  `json:"vote"`
	Sign         string  `json:"sign"`
	Envelope     string  `json:"envelope"`
}

// addRow adds what all rows have.
func (f *values) addRow(list int, r *standardRow) {
	f.rows[list]++
	if r.Offline == nil {
		f.open++
	} else {
		f.sum += *r.Offline
	}
	f.sum += r.Online + r.CallDuration + r.Chat + r.Praise + r.RaiseHand + r.Quiz + r.Goods
}

func (f *values) addSession(r *standardSession) {
	if v, err := strconv.ParseFloat(r.Auth, 64); err == nil {
		f.sum += v
	}
	f.sum += r.Live + r.WatchDuration + r.OnlineDuration + r.Role + r.Prize + r.Question + r.Share + r.Sign + r.Vote + r.Envelope
	f.text += len(r.Device) + len(r.Client) + len(r.Location)
}

func (f *values) addViewer(r *standardViewer) {
	for _, clock := range []string{r.LiveWatch, r.ReplayWatch} {
		var hours, minutes, seconds float64
		if parts := strings.Split(clock, ":"); len(parts) == 3 {
			hours, _ = strconv.ParseFloat(parts[0], 64)
			minutes, _ = strconv.ParseFloat(parts[1], 64)
			seconds, _ = strconv.ParseFloat(parts[2], 64)
		}
		f.sum += hours*3600 + minutes*60 + seconds
	}
	f.sum += r.LiveVisits + r.ReplayVisits
	for _, answer := range []string{r.Survey, r.Vote, r.Sign, r.Envelope} {
		if answer == "N" {
			f.text++
		}
	}
	if r.Entry == "互动端" {
		f.text++
	}
	if r.DialedIn == "外呼入会" {
		f.text++
	}
	f.text += len(r.Audience)
}

// readStandard reads the same report as a stream with encoding/json, and calls each for every row.
func readStandard(tb testing.TB, report io.Reader, each func()) (f values) {
	tb.Helper()
	d := json.NewDecoder(report)
	list := -1
	for {
		token, err := d.Token()
		if err == io.EOF {
			return f
		}
		if err != nil {
			tb.Fatal(err)
		}
		switch token {
		case "lives":
			list = 0
		case "interactions":
			list = 1
		case "viewerDetails":
			list = 2
		case json.Delim('['):
			for d.More() {
				var r standardRow
				var err error
				if list == 2 {
					var viewer standardViewer
					err = d.Decode(&viewer)
					f.addViewer(&viewer)
					r = viewer.standardRow
				} else {
					var session standardSession
					err = d.Decode(&session)
					f.addSession(&session)
					r = session.standardRow
				}
				if err != nil {
					tb.Fatal(err)
				}
				each()
				f.addRow(list, &r)
			}
		}
	}
}

// compareSpeed reads a report with both, in turns so that what else the machine does affects both, and returns the
// shortest times. It ends early, after the third turn, once theirs is so many times as long as ours: where a machine is
// busy, it may take many turns until both have run without a break.
func compareSpeed(tb testing.TB, report *bigReport, turns int, enough float64) (ours, theirs time.Duration) {
	tb.Helper()
	c := readyClient(vendortest.Streaming(nil, report.open))
	took := func(read func()) time.Duration {
		runtime.GC()
		began := time.Now()
		read()
		return time.Since(began)
	}
	ours, theirs = math.MaxInt64, math.MaxInt64
	for turn := range turns {
		var mine, standard values
		ours = min(ours, took(func() { mine = readOurs(tb, c, func() {}) }))
		theirs = min(theirs, took(func() { standard = readStandard(tb, report.open(), func() {}) }))
		if mine != standard || mine.rows != report.lists() {
			tb.Fatalf("got %+v, want %+v", mine, standard)
		}
		if turn >= 2 && theirs.Seconds()/ours.Seconds() >= enough {
			break
		}
	}
	return ours, theirs
}

// heapGrowth returns by how many bytes at most the heap is larger while a report is read than before.
func heapGrowth(tb testing.TB, report *bigReport, read func(each func()) values) int64 {
	tb.Helper()
	return vendortest.HeapGrowth(tb, report.rows, func(each func()) { read(each) })
}

// heapGrowthOurs is heapGrowth of a client's reading.
func heapGrowthOurs(tb testing.TB, report *bigReport, c *quanshi.Client) int64 {
	tb.Helper()
	return heapGrowth(tb, report, func(each func()) values { return readOurs(tb, c, each) })
}

const (
	maxHeapGrowth = 1_500_000
	// maxHeapGrowthHTTP2 has room for what the vendor may send ahead of its reader, 1 MiB, for as much again that was
	// read and is not collected yet, and for buffers of both sides.
	maxHeapGrowthHTTP2 = 5_000_000
	// minRatio is how many times as fast as encoding/json a report is read at least. Where nothing else runs it is more
	// than 3.5 times as fast; a machine that is busy slows down the one more than the other.
	minRatio = 2.0
)

// TestReportIsFastAndSmall reads some ten megabytes.
func TestReportIsFastAndSmall(t *testing.T) {
	report := newBigReport(10_000)
	if growth := heapGrowthOurs(t, report, readyClient(vendortest.Streaming(nil, report.open))); growth > maxHeapGrowth {
		t.Errorf("the heap grows by %d bytes, want at most %d", growth, maxHeapGrowth)
	}
	if raceDetector {
		return // it slows down the one more than the other
	}
	if ours, theirs := compareSpeed(t, report, 20, minRatio); theirs.Seconds()/ours.Seconds() < minRatio {
		t.Errorf("%.1f times as fast as encoding/json, want %.1f", theirs.Seconds()/ours.Seconds(), minRatio)
	}
}

// TestRowsDoNotAllocate counts what ten times the rows cost more.
func TestRowsDoNotAllocate(t *testing.T) {
	allocations := func(rows int) float64 {
		report := newBigReport(rows)
		c := readyClient(vendortest.Streaming(nil, report.open))
		return testing.AllocsPerRun(3, func() { readOurs(t, c, func() {}) })
	}
	few, many := allocations(1000), allocations(10_000)
	if many > few+1000 {
		t.Errorf("%v allocations for 1 000 rows, %v for 10 000", few, many)
	}
}

// compress returns the report as a server sends it that was asked for gzip.
func compress(tb testing.TB, report *bigReport) []byte {
	tb.Helper()
	var compressed bytes.Buffer
	w := gzip.NewWriter(&compressed)
	if _, err := io.Copy(w, report.open()); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return compressed.Bytes()
}

// BenchmarkEventReport reads a report of 200 000 lives and viewers and 50 000 visits by the app,
// about 450 MB, and for comparison the same with encoding/json.
func BenchmarkEventReport(b *testing.B) {
	report := newBigReport(450_000)
	c := readyClient(vendortest.Streaming(nil, report.open))
	b.Run("ours", func(b *testing.B) {
		b.SetBytes(report.size)
		b.ReportAllocs()
		for b.Loop() {
			readOurs(b, c, func() {})
		}
	})
	b.Run("http", func(b *testing.B) { // the server's work is in it
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.Copy(w, report.open()) }))
		defer s.Close()
		rt := &http.Transport{}
		defer rt.CloseIdleConnections()
		c := readyClient(rt, func(o *quanshi.Options) { o.BaseURL = s.URL })
		b.SetBytes(report.size)
		b.ReportAllocs()
		for b.Loop() {
			readOurs(b, c, func() {})
		}
	})
	b.Run("http2", func(b *testing.B) { // with TLS; the server's work and buffers are in it
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.Copy(w, report.open()) }))
		s.EnableHTTP2 = true
		s.StartTLS()
		defer s.Close()
		rt, ok := s.Client().Transport.(*http.Transport)
		if !ok {
			b.Fatalf("the client of the server has a %T", s.Client().Transport)
		}
		rt.HTTP2 = &http.HTTP2Config{MaxReceiveBufferPerStream: transport.HTTP2Window} // as the exporter sets it
		c := readyClient(rt, func(o *quanshi.Options) { o.BaseURL = s.URL })
		b.SetBytes(report.size)
		for b.Loop() {
			readOurs(b, c, func() {})
		}
		growth := heapGrowthOurs(b, report, c)
		if growth > maxHeapGrowthHTTP2 {
			b.Errorf("the heap grows by %d bytes, want at most %d", growth, maxHeapGrowthHTTP2)
		}
		b.ReportMetric(float64(growth), "heap-growth-B")
	})
	b.Run("gzip", func(b *testing.B) {
		compressed := compress(b, report)
		c := readyClient(vendortest.RoundTripper(func(r *http.Request) (*http.Response, error) {
			header := http.Header{"Content-Encoding": {"gzip"}}
			return vendortest.Response(r, 200, header, bytes.NewReader(compressed), int64(len(compressed))), nil
		}))
		b.SetBytes(report.size)
		b.ReportAllocs()
		for b.Loop() {
			readOurs(b, c, func() {})
		}
	})
	b.Run("encoding_json", func(b *testing.B) {
		b.SetBytes(report.size)
		b.ReportAllocs()
		for b.Loop() {
			readStandard(b, report.open(), func() {})
		}
	})
	b.Run("ratio", func(b *testing.B) {
		ours, theirs := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64)
		for b.Loop() {
			mine, standard := compareSpeed(b, report, 1, minRatio)
			ours, theirs = min(ours, mine), min(theirs, standard)
		}
		ratio := theirs.Seconds() / ours.Seconds()
		if ratio < minRatio {
			b.Errorf("%.1f times as fast as encoding/json, want %.1f", ratio, minRatio)
		}
		b.ReportMetric(ratio, "×encoding/json")
		b.ReportMetric(float64(report.size)/1e6/ours.Seconds(), "MB/s")
		growth := heapGrowthOurs(b, report, c)
		if growth > maxHeapGrowth {
			b.Errorf("the heap grows by %d bytes, want at most %d", growth, maxHeapGrowth)
		}
		b.ReportMetric(float64(growth), "heap-growth-B")
		b.ReportMetric(float64(heapGrowth(b, report, func(each func()) values { return readStandard(b, report.open(), each) })), "json-heap-growth-B")
	})
}
