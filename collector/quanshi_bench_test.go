package collector_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"
)

// quanshiRows are rows of a list, with all members that the vendor's document has there, separated by commas.
func quanshiRows(list string, n int) []byte {
	random := rand.New(rand.NewPCG(1, uint64(len(list))))
	pick := func(words ...string) string { return words[random.IntN(len(words))] }
	digits := func(n int) string { return fmt.Sprintf("%0*d", n, random.Int64N(1e15))[:n] }
	var rows []string
	for range n {
		online := 1666770000 + random.IntN(10_000)
		offline := pick(fmt.Sprint(online+random.IntN(3600)), fmt.Sprint(online+60), fmt.Sprint(online+600), "null")
		all := fmt.Sprintf(`"viewerId":"%s%s","distinctId":"+86-190%s","mobile":"+86-190%s","email":"","name":"网友%s","ip":"117.39.%d.%d","extId":null,"group":null,"company":%s,"hostId":"88589655",`+
			`"billingCode":"95469279","conferenceId":"239790940","iden":"观众","countryCode":"+86","phoneNumber":"+86-190%s","call_duration":%d,"chat_num":%d,"praise_num":%d,"quiz_num":null,"raise_hand_num":0,"goods_sum_hits":null,`+
			`"online_time":%d,"offline_time":%s,"online_date":"2022-10-26 16:27:03","offline_date":"2022-10-26 16:28:00","location":%q,`,
			digits(15), digits(15), digits(8), digits(8), digits(4), random.IntN(256), random.IntN(256), pick("null", `"新建管理中心测试25"`), digits(8), random.IntN(60), random.IntN(9), random.IntN(30),
			online, offline, pick("中国-陕西-西安", "本地局域网", "-", "中国-北京-北京", "中国-广东-深圳", "中国-浙江-杭州", "新加坡"))
		if list == "viewerDetails" {
			rows = append(rows, `{`+all+fmt.Sprintf(`"live_type":%q,"device_type":%q,"client_type":%q,"duration":%d,"auth_type":"否","whitelist_type":null,"whitelist_tag":"-","type":"互动端","times":1,"liveTimes":1,"replayTimes":0,`+
				`"watchDuration":"00:34:20","liveWatchDuration":"00:34:20","replayWatchDuration":"00:00:00","survey":"N","vote":"N","sign":"N","envelope":"N","dialedIn":"外呼入会","dialoutSource":"电话会议外呼","watchForm":"直播"}`,
				pick("直播", "回放", "直播+回放"), pick("Windows", "iOS", "Android", "Windows,iOS"), pick("客户端", "Web", "小程序"), random.IntN(9999)))
			continue
		}
		duration := `"watch_duration"`
		if list == "interactions" {
			duration = fmt.Sprintf(`"role":%d,"online_duration"`, 4+random.IntN(3))
		}
		rows = append(rows, `{`+all+fmt.Sprintf(`%s:%d,"live_type":%d,"device_type":%q,"client_type":%q,"clientType":"WEB","auth_type":"%d","whitelist_type":0,"prize_num":%d,"question_num":%d,"share_num":%s,"sign_num":0,"vote_num":0,"envelope_num":0}`,
			duration, random.IntN(3600), random.IntN(2), pick("IOS", "PC", "Android", "MAC"), pick("WEB", "CLIENT", "APPLET"), random.IntN(5), random.IntN(3), random.IntN(4), pick("null", "0", "2")))
	}
	return []byte(strings.Join(rows, ","))
}

// newQuanshiBigReport makes a function that gives an answer from its beginning, and its size: the report of 200 000
// lives, 50 000 interactions and 200 000 viewers, of which no more is held than a few hundred rows of each list.
func newQuanshiBigReport() (open func() io.Reader, size int64) {
	const perChunk = 500
	chunks := make(map[string][]byte)
	for _, list := range []string{"lives", "interactions", "viewerDetails"} {
		chunks[list] = quanshiRows(list, perChunk)
	}
	open = func() io.Reader {
		parts := []io.Reader{strings.NewReader(`{"timeStamp":1666948293682,"code":200,"msg":"ok","data":{"eventId":1,"report":{`)}
		for i, list := range []string{"lives", "interactions", "viewerDetails"} {
			rows := 200_000
			if list == "interactions" {
				rows = 50_000
			}
			parts = append(parts, strings.NewReader([]string{"", "],", "],"}[i]+`"`+list+`":[`))
			for chunk := range rows / perChunk {
				if chunk > 0 {
					parts = append(parts, strings.NewReader(","))
				}
				parts = append(parts, bytes.NewReader(chunks[list]))
			}
		}
		return io.MultiReader(append(parts, strings.NewReader(`]}},"requestId":"r"}`))...)
	}
	size, _ = io.Copy(io.Discard, open())
	return open, size
}

type quanshiStream func() io.Reader

func (s quanshiStream) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: make(http.Header), ContentLength: -1, Body: io.NopCloser(s()), Request: r}, nil
}

// A scrape that reads the report of a large event, some 450 MB, and sums it up. It is to be read at 240 MB/s at least
// on one processor.
func BenchmarkQuanshiReport(b *testing.B) {
	open, size := newQuanshiBigReport()
	for _, regions := range []bool{false, true} {
		b.Run(fmt.Sprintf("regions=%v", regions), func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				set := newBenchSet(b, quanshiStream(open), fmt.Sprintf("quanshi: [{account: a, app_key: K, app_secret: S, token: T, event_ids: [1], regions: %v}]", regions))
				if page := scrapeOnce(b, set, time.Minute); page < 10_000 {
					b.Fatalf("the page has %d bytes: the report is not in it", page)
				}
				set.Close()
			}
		})
	}
}
