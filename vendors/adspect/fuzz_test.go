package adspect_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/adspect"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// checkError lets an answer do no more harm than to fail.
func checkError(t *testing.T, err error) {
	t.Helper()
	vendortest.ExpectKind(t, err, transport.Malformed, transport.TooLarge)
}

// FuzzReports uses any bytes as a report. Whatever the rows are that come out, they must
// be those that encoding/json finds.
func FuzzReports(f *testing.F) {
	for _, seed := range []string{
		funnelByStream, funnelByDay, "[\n" + `["a","1",0.5],` + "\n" + `["b","2",0]` + "\n]", `[]`, ``, " \n", `[[]]`, `[[`, `["a","1",0.5]` + "\n[[",
		`[null,null,"NaN"]`, "[\"\xff\\ud800\\n\\\"],[\",\" 5 \",9007199254740993]", `["a","5","0.12"]["b",1e3,-0]`, `["a",{"b":[1]},2]`,
		`["2024-04-01 00:00:00","s",0,1]` + "\n" + `[1711929600,null,"255",null]`, `["a","1",0.5]<html>`, `[["a","1",0.5]]null`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		var slow, fast []adspect.Row
		for i, to := range []*[]adspect.Row{&slow, &fast} {
			got, err := collect(t.Context(), client(vendortest.Giving(200, answer, i == 0)), query)
			checkError(t, err)
			if err == nil {
				compare(t, answer, got)
			}
			*to = got
		}
		if len(slow) != len(fast) {
			t.Fatalf("%d rows come of it slowly, %d at once", len(slow), len(fast))
		}
		if len(fast) > len(answer)/len(`[1,1,1]`) {
			t.Fatalf("%d bytes give %d rows", len(answer), len(fast))
		}

		logged, err := events(t.Context(), client(vendortest.Giving(200, answer, false)), adspect.LogQuery{})
		checkError(t, err)
		for _, e := range logged {
			if e.Sequence < -1 || e.Sequence > 255 || e.Target < -1 || e.Target > 255 || e.Time.Year() > 9999 {
				t.Fatalf("got %v", e)
			}
		}
	})
}

// compare compares rows with those that encoding/json reads.
func compare(t *testing.T, answer []byte, rows []adspect.Row) {
	t.Helper()
	var want [][]json.RawMessage
	decoder := json.NewDecoder(bytes.NewReader(answer))
	for {
		var value json.RawMessage
		if err := decoder.Decode(&value); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("%d rows come of what is no JSON: %v", len(rows), err)
		}
		var list [][]json.RawMessage
		if json.Unmarshal(value, &list) == nil {
			want = append(want, list...)
			continue
		}
		var row []json.RawMessage
		if err := json.Unmarshal(value, &row); err != nil {
			t.Fatalf("%s is no row: %v", value, err)
		}
		want = append(want, row)
	}
	if len(rows) != len(want) {
		t.Fatalf("got %d rows, want %d", len(rows), len(want))
	}
	for i, row := range rows {
		if len(want[i]) != 3 || len(row.Dimensions) != 1 || len(row.Metrics) != 2 {
			t.Fatalf("row %d is %v, want %s", i, row, want[i])
		}
		var text string
		if want[i][0][0] == '"' {
			if err := json.Unmarshal(want[i][0], &text); err != nil {
				t.Fatal(err)
			}
		} else if string(want[i][0]) != "null" {
			text = string(want[i][0])
		}
		if row.Dimensions[0] != text {
			t.Fatalf("the dimension of row %d is %q, want %q", i, row.Dimensions[0], text)
		}
		for j, m := range row.Metrics {
			var n wire.Number
			if err := wire.Unmarshal(want[i][1+j], &n); err != nil {
				t.Fatal(err)
			}
			got, ok := m.Float()
			value, valid := n.Float()
			if got != value || ok != valid || m.Absent() != n.Absent() {
				t.Fatalf("the value of %s is %v, want %v", want[i][1+j], m, n)
			}
		}
	}
}

// FuzzAnswers uses any bytes as an answer that is held whole, and for an error.
func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{
		"[" + streamDocument + "]", `[{"stream_id":"a","filter_level":3},{"stream_id":"a"}]`, `[null]`, `{"balance":"12.5","expires":1795305600}`,
		`["date"]`, `[{"id":"date","name":"x"}]`, `{"date":{}}`, `[{"field":"metrics","message":"blank"}]`, `{"error":{"message":"x"}}`, ``, `<html>`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		c := client(vendortest.Giving(200, answer, false))
		list, err := c.Streams(t.Context())
		checkError(t, err)
		_, err = c.Account(t.Context())
		checkError(t, err)
		names, err := c.Collection(t.Context(), adspect.QueryGroupBy)
		checkError(t, err)
		for _, n := range []int{len(list.Streams), len(names)} {
			if n > len(answer)/2 { // [1,1]
				t.Fatalf("%d bytes give %d results", len(answer), n)
			}
		}

		rejected := client(vendortest.RoundTripper(func(r *http.Request) (*http.Response, error) {
			resp, err := vendortest.Giving(200, answer, false)(r)
			resp.StatusCode = 400
			return resp, err
		}))
		e := failure(t, funnel(t.Context(), rejected), transport.Rejected)
		if len([]rune(e.Message)) > 200 {
			t.Fatalf("a message of %d characters", len([]rune(e.Message)))
		}
	})
}

// FuzzCounts takes anything for the counts that stand in headers: of saved queries, and of pages of streams. A list
// ends, whatever number of pages it is said to have.
func FuzzCounts(f *testing.F) {
	for _, seed := range []string{"", "0", "1", "7", " 12 ", "-1", "+5", "1e3", "0x10", "1_000", "4294967295", "4294967296", "NaN", "\xff"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, total, pages string) {
		requests := 0
		c := client(vendortest.RoundTripper(func(r *http.Request) (*http.Response, error) {
			requests++
			header := http.Header{"X-Pagination-Total-Count": {total}, "X-Pagination-Page-Count": {pages}}
			body := "[" + streamDocument + "]"
			if r.Method == http.MethodHead {
				body = ""
			}
			return vendortest.Response(r, 200, header, strings.NewReader(body), -1), nil
		}))
		count, err := c.SavedQueries(t.Context())
		checkError(t, err)
		if n, ok := count.Float(); err == nil && (!ok || n < 0 || n != float64(uint32(n))) {
			t.Errorf("%q is taken for %v", total, count)
		}
		requests = 0
		list, err := c.Streams(t.Context())
		checkError(t, err)
		if err == nil && len(list.Streams) != 1 || requests > 4 { // each page twice, as the list may have changed meanwhile
			t.Errorf("%d requests for %q streams on %q pages give %d streams, %v", requests, total, pages, len(list.Streams), err)
		}
	})
}
