package sensorsdata_test

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/sensorsdata"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

// manyTags is a vendor with tags of so many bytes of rules each, in pages; it writes them as
// they are read. watch is called for each tag.
func manyTags(total, ruleBytes int, sent *atomic.Int64, watch func()) vendortest.RoundTripper {
	const rule = `{"type":"event_rule","measure":{"aggregator":"general","field":"","type":"event_measure","event_name":"buy"},"time_function":"relative_time","time_params":["1 day"],"params":[1],"function":"least","filters":[]}`
	rules := strings.TrimSuffix(strings.Repeat(rule+",", ruleBytes/2/len(rule)), ",") // half of them in each place
	tree := `"rule_content_list":[{"value":"分层1","type":"rules_relation","relation":"and","rules":[` + rules + `]}]`
	return func(r *http.Request) (*http.Response, error) {
		query := r.URL.Query()
		start, _ := strconv.Atoi(query.Get("start"))
		count, _ := strconv.Atoi(query.Get("count"))
		page := &tagPage{next: start, end: min(start+count, total), tree: tree, sent: sent, watch: watch}
		page.rest = []string{"["}
		return vendortest.Response(r, 200, nil, page, -1), nil
	}
}

type tagPage struct {
	next, end int
	tree      string
	rest      []string
	closed    bool
	sent      *atomic.Int64
	watch     func()
}

func (p *tagPage) Read(b []byte) (int, error) {
	for len(p.rest) == 0 {
		switch {
		case p.next < p.end:
			p.watch()
			separator := ","
			if p.next+1 == p.end {
				separator = ""
			}
			p.rest = []string{
				fmt.Sprintf(`{"id":%d,"dir_id":%d,"name":"user_tag_%d","cname":"标签%d","data_type":"STRING","unit":"DAY","source_type":1,"is_routine":true,"status":"RUNNING",`, p.next, p.next%50, p.next, p.next),
				p.tree, `,"failed_partition_count":0,"last_succeed_partition":{"base_time":"2019-12-18 00:00:00","user_count":5,"status":"SUCCEED",`, p.tree, "}}" + separator,
			}
			p.next++
		case !p.closed:
			p.closed = true
			p.rest = []string{"]"}
		default:
			return 0, io.EOF
		}
	}
	n := copy(b, p.rest[0])
	p.sent.Add(int64(n))
	if p.rest[0] = p.rest[0][n:]; p.rest[0] == "" {
		p.rest = p.rest[1:]
	}
	return n, nil
}

// heapGrowth reads all of so many tags and returns by how many bytes the heap is larger
// meanwhile than before: the most of looks at it, each after a garbage collection.
func heapGrowth(tb testing.TB, total, ruleBytes int) (growth, sent int64) {
	tb.Helper()
	var bytes atomic.Int64
	read, most, before := 0, int64(0), int64(0)
	rt := manyTags(total, ruleBytes, &bytes, func() {
		if read%(total/10) == 0 {
			most = max(most, vendortest.Heap()-before)
		}
		read++
	})
	c := client(rt)
	before = vendortest.Heap()
	list, err := c.Tags(tb.Context())
	tags := list.Tags
	most = max(most, vendortest.Heap()-before)
	if err != nil || len(tags) != total || tags[total-1].DisplayName != fmt.Sprintf("标签%d", total-1) {
		tb.Fatalf("%d tags, %v, want %d", len(tags), err, total)
	}
	return most, bytes.Load()
}

// TestRulesAreNotHeld reads tags with and without large rules: the memory is the same but for
// the decoder's buffer.
func TestRulesAreNotHeld(t *testing.T) {
	small, _ := heapGrowth(t, 100, 2_000)
	large, sent := heapGrowth(t, 100, 200_000)
	if large > small+1<<20 {
		t.Errorf("%d bytes of heap for tags with small rules, %d for those with large ones", small, large)
	}
	if sent < 19_000_000 {
		t.Errorf("only %d bytes were read", sent)
	}
}

// TestAnswersMayBeLargerThanWhatIsKept reads a list beyond the bound of answers that are held whole.
func TestAnswersMayBeLargerThanWhatIsKept(t *testing.T) {
	var sent atomic.Int64
	c := client(nil, func(o *sensorsdata.Options) {
		o.Transport = transport.New(transport.Options{
			Vendor: "sensorsdata", RoundTripper: manyTags(20, 200_000, &sent, func() {}), MaxResponseBytes: 1 << 20,
		})
	})
	if got, err := c.Tags(t.Context()); err != nil || len(got.Tags) != 20 {
		t.Errorf("got %d tags, %v", len(got.Tags), err)
	}
}

// BenchmarkTags reads 5 000 tags with 200 kB of rules each, a gigabyte, through the client.
// It fails if that grows the heap by more than 8 MiB, of which the tags take most.
func BenchmarkTags(b *testing.B) {
	b.ReportAllocs()
	var sent atomic.Int64
	c := client(manyTags(5000, 200_000, &sent, func() {}))
	for b.Loop() {
		list, err := c.Tags(transport.WithLimits(b.Context(), transport.Limits{Timeout: 1e12}))
		if err != nil || len(list.Tags) != 5000 {
			b.Fatal(len(list.Tags), err)
		}
	}
	b.SetBytes(sent.Load() / int64(b.N))
	growth, _ := heapGrowth(b, 5000, 200_000)
	b.ReportMetric(float64(growth), "heap-growth-B")
	if growth > 8<<20 {
		b.Errorf("the heap grows by %d bytes, want at most 8 MiB", growth)
	}
}
