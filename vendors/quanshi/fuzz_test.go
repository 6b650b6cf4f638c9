package quanshi_test

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"
	"testing/iotest"

	"github.com/engage-exporter/engage_exporter/vendors/quanshi"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// FuzzReport uses any bytes as a report. Whatever comes of it slowly must come of it at once,
// and what is read must be what encoding/json reads.
func FuzzReport(f *testing.F) {
	for _, seed := range []string{
		reportDocument, reporting(`"lives":[{},{"chat_num":"5","location":"\u00e4\xff"}]`), reporting(`"lives":null,"viewerDetails":[{"live_type":"回放","device_type":1}]`),
		`{"data":{"report":{"interactions":[{"role":4,"a":[{}],"b":-0.5e-1}]}},"code":"200"}`, `{"code":500,"msg":"token"}`, `{"code":200,"data":null}`, `{"code":200,"code":1}`,
		reporting(`"lives":[{"a":1,"b":2},{"a":1,"b":2},{"b":1,"a":2},{"a":1,"a":1}]`), ``, `<html>`, `{"code":200,"data":{}} x`, reporting(`"lives":[{"offline_time":9007199254740993}]`),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		var rows [2][]quanshi.Row
		var sections [2]quanshi.Sections
		var errs [2]error
		for i := range rows {
			rows[i], sections[i], errs[i] = read(t.Context(), readyClient(vendortest.Streaming(nil, func() io.Reader {
				if i == 0 {
					return iotest.OneByteReader(bytes.NewReader(answer))
				}
				return bytes.NewReader(answer)
			})))
			if err := errs[i]; err != nil && len(err.Error()) > 4000 {
				t.Fatalf("an error of %d bytes", len(err.Error()))
			}
		}
		if (errs[0] == nil) != (errs[1] == nil) || len(rows[0]) != len(rows[1]) || sections[0] != sections[1] {
			t.Fatalf("slowly come %d rows, %v; at once %d, %v", len(rows[0]), errs[0], len(rows[1]), errs[1])
		}
		if errs[0] == nil {
			compare(t, answer, rows[0], sections[0])
		}
	})
}

// compare compares a report with what encoding/json reads.
func compare(t *testing.T, answer []byte, rows []quanshi.Row, sections quanshi.Sections) {
	t.Helper()
	if !json.Valid(answer) {
		t.Fatalf("%d rows come of what is no JSON", len(rows))
	}
	member := func(of json.RawMessage, name string) json.RawMessage {
		var all map[string]json.RawMessage
		if json.Unmarshal(of, &all) != nil {
			return nil
		}
		return all[name]
	}
	report := member(member(answer, "data"), "report")
	at := map[quanshi.Section][]quanshi.Row{}
	for _, r := range rows {
		at[r.Section] = append(at[r.Section], r)
	}
	for section, there := range map[quanshi.Section]bool{
		quanshi.Lives: sections.Lives, quanshi.Interactions: sections.Interactions, quanshi.ViewerDetails: sections.Viewers,
	} {
		var want []json.RawMessage
		if err := json.Unmarshal(member(report, section.String()), &want); (err == nil && want != nil) != there {
			t.Fatalf("%s are there: %v, %v", section, there, err)
		}
		if len(at[section]) != len(want) {
			t.Fatalf("%d rows of %s, want %d", len(at[section]), section, len(want))
		}
		for i, r := range at[section] {
			for name, got := range map[string]wire.Number{
				"offline_time": r.Offline, "online_time": r.Online, "call_duration": r.CallDuration,
				"chat_num": r.Actions[quanshi.ActionChat], "goods_sum_hits": r.Actions[quanshi.ActionGoods],
			} {
				var n wire.Number
				if sent := member(want[i], name); sent != nil {
					if err := wire.Unmarshal(sent, &n); err != nil {
						t.Fatal(err)
					}
				}
				if g, _ := got.Float(); got.Absent() != n.Absent() || got.Valid() != n.Valid() || func() bool { w, _ := n.Float(); return g != w }() {
					t.Fatalf("%s of %s is %v, want %v", name, want[i], got, n)
				}
			}
			var device any
			if sent := member(want[i], "device_type"); sent != nil && section != quanshi.ViewerDetails && json.Unmarshal(sent, &device) == nil {
				if says, ok := device.(string); ok && len(sent) <= 258 && says != r.Device {
					t.Fatalf("the device of %s is %q", want[i], r.Device)
				}
			}
		}
	}
}

// FuzzEvents uses any bytes as a list of events.
func FuzzEvents(f *testing.F) {
	for _, seed := range []string{
		`{"code":200,"data":{"count":1,"list":[{"eventId":609768,"title":"x","startTime":1666772400,"length":"1"}]}}`, `{"code":200,"data":[{"eventId":"1"}]}`,
		`{"code":200,"data":{"list":null}}`, `{"code":401,"msg":"x"}`, ``, `<html>`, `{"code":200,"data":{"list":[{"eventId":1,"startTime":1e300}]}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		list, err := readyClient(giving(string(answer))).Events(t.Context(), quanshi.EventsQuery{})
		if err != nil {
			if transport.KindOf(err) == transport.Network || len(err.Error()) > 4000 {
				t.Fatalf("got %v", err)
			}
			return
		}
		known := map[string]bool{}
		for _, e := range list.Events {
			if e.ID == "" || known[e.ID] || e.Start.Year() > 9999 {
				t.Fatalf("got %+v", e)
			}
			known[e.ID] = true
		}
	})
}
