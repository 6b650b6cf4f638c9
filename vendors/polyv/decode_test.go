package polyv_test

import (
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/polyv"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

// FuzzAnswers uses any bytes as an answer: none may do more harm than to fail, and none
// may grow.
func FuzzAnswers(f *testing.F) {
	for _, answer := range []string{
		`{"code":200,"status":"success","message":"success","data":[{"currentHour":9,"pcPlayDuration":731,"mobileUniqueViewer":2}]}`,
		`{"code":"200","data":[{"currentHour":"7","pcVideoView":"9","mobileFlowSize":null},{"currentHour":7}]}`,
		`{"code":200,"data":[{"currentHour":24}]}`,
		`{"code":200,"data":[null]}`,
		`{"code":401,"message":"start and end illegal."}`,
		`{"code":400,"message":"接口调用过于频繁"}`,
		failureDocument,
	} {
		f.Add([]byte(answer))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		hours, err := client(vendortest.Saying(string(answer))).Hourly(t.Context(), polyv.Today)
		if err != nil {
			if kind := transport.KindOf(err); kind == transport.Network || kind == transport.HTTP {
				t.Fatalf("the answer is taken for %s: %v", kind, err)
			}
			if len(err.Error()) > 4000 {
				t.Fatalf("an error of %d bytes", len(err.Error()))
			}
			if hours != nil {
				t.Fatalf("%d hours beside an error", len(hours))
			}
		}
		if len(hours) > len(answer)/len(`{"currentHour":0}`) {
			t.Fatalf("%d bytes give %d hours", len(answer), len(hours))
		}
		for _, h := range hours {
			if h.Hour < 0 || h.Hour > 23 {
				t.Fatalf("hour %d", h.Hour)
			}
		}
	})
}

// BenchmarkHourly reads a full answer.
func BenchmarkHourly(b *testing.B) {
	answer := `{"code":200,"status":"success","message":"success","data":` + hourlyDocument + `}`
	c := client(vendortest.Saying(answer))
	b.SetBytes(int64(len(answer)))
	b.ReportAllocs()
	for b.Loop() {
		hours, err := c.Hourly(b.Context(), polyv.Today)
		if err != nil || len(hours) != 24 {
			b.Fatal(len(hours), err)
		}
	}
}
