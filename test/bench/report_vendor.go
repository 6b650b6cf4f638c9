package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// report is a large answer. Of its rows, which are of many different values, only a block is held, which is sent
// again and again.
type report struct {
	head, block, separator, tail string
	blocks                       int
	compressed                   []byte      // the whole of it; nil where it is sent as it is
	short                        atomic.Bool // only its first block is sent, as it is
}

// blockRows is how many rows a block has: more than the window of gzip, to which a block must not look like the one
// before.
const blockRows = 2000

func (r *report) size() int64 {
	return int64(len(r.head) + r.blocks*len(r.block) + (r.blocks-1)*len(r.separator) + len(r.tail))
}

// writeTo writes it as it is.
func (r *report) writeTo(w io.Writer) error {
	if _, err := io.WriteString(w, r.head); err != nil {
		return err
	}
	for i := range r.blocks {
		if i > 0 {
			if _, err := io.WriteString(w, r.separator); err != nil {
				return err
			}
		}
		if _, err := io.WriteString(w, r.block); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, r.tail)
	return err
}

// compress lets it be sent compressed.
func (r *report) compress() error {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if err := r.writeTo(w); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	r.compressed = b.Bytes()
	return nil
}

// ServeHTTP answers everything with the report: only it is asked for.
func (r *report) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	_, _ = io.Copy(io.Discard, q.Body)
	if r.short.Load() {
		fmt.Fprint(w, r.head, r.block, r.tail)
		return
	}
	if r.compressed != nil {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(r.compressed) // whoever asked finds out what is missing
		return
	}
	_ = r.writeTo(w) // likewise
}

// eventReport is what Quanshi says of an event with so many viewers: rows of sessions with all that it knows of a
// person, which nobody needs.
func eventReport(rows int) *report {
	random := rand.New(rand.NewPCG(1, 2))
	n := random.IntN
	pick := func(words ...string) string { return words[n(len(words))] }
	block := make([]string, blockRows)
	for i := range block {
		at := time.Now().Unix() - 3600 - int64(n(10_000)) // an event that ended long ago is read less often
		block[i] = fmt.Sprintf(`{"live_type":%d,"prize_num":%d,"device_type":"%s","client_type":"%s","call_duration":%d,"raise_hand_num":0,"praise_num":%d,"sign_num":%d,"online_time":%d,"offline_time":%d,`+
			`"online_date":"2025-11-28 04:27:03","offline_date":"2025-11-28 04:28:00","share_num":%s,"auth_type":"%d","hostId":"88589655","billingCode":"95469279","conferenceId":"239790940",`+
			`"whitelist_type":0,"viewerId":"%016x%016x","distinctId":"nobody-%08d","mobile":"nobody-%08d","email":"","name":"网友%d","ip":"192.0.2.%d","extId":null,"group":null,"company":null,`+
			`"watch_duration":%d,"goods_sum_hits":null,"chat_num":%d,"question_num":%d,"quiz_num":null,"envelope_num":0,"location":"%s","vote_num":%d,"countryCode":"+86","phoneNumber":"nobody-%08d"}`,
			n(2), n(3), pick("IOS", "PC", "Android", "MAC"), pick("WEB", "CLIENT", "APPLET"), n(60), n(30), n(2), at, at+int64(n(3600)), pick("null", "0", "2"), n(5), random.Uint64(), random.Uint64(),
			n(1e8), n(1e8), n(1e5), n(256), n(3600), n(9), n(4), pick("中国-陕西-西安", "本地局域网", "-", "中国-广东-深圳", "中国-浙江-杭州"), n(3), n(1e8))
	}
	return &report{
		head:  `{"timeStamp":1764316800000,"code":200,"msg":"ok","data":{"eventId":609768,"report":{"lives":[`,
		block: strings.Join(block, ","), separator: ",", blocks: max(1, rows/blockRows),
		tail: `],"interactions":[],"viewerDetails":[]},"startTime":null,"endTime":null},"requestId":"192.0.2.1_1"}`,
	}
}

// funnelReport is what Adspect says of a funnel with so many rows, one a line.
func funnelReport(rows int) *report {
	random := rand.New(rand.NewPCG(1, 2))
	n := random.IntN
	block := make([]string, blockRows)
	for i := range block {
		block[i] = fmt.Sprintf(`["%08x-fe75-431e-8be6-9ea9b56b1e4a", "%c%c", "%d", "%d", "%d", "%d", "%d", "%d", "%d", "%d", "%d", %v, "%d", "%d.%02d", "%d.%02d"]`,
			random.Uint32(), 'A'+n(26), 'A'+n(26), n(1e5), n(1e5), n(1e4), n(1e4), n(1e4), n(1e4), n(1e4), n(1e3), n(1e3),
			random.Float64(), n(100), n(1e3), n(100), n(1e3), n(100))
	}
	return &report{block: strings.Join(block, "\n"), separator: "\n", blocks: max(1, rows/blockRows), tail: "\n"}
}
