package metric_test

import (
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/engage-exporter/engage_exporter/collector/metric"
)

// What is packed is unpacked as it was; what is cut off is not unpacked, or as fewer samples.
func TestPacked(t *testing.T) {
	plain := metric.NewFamily("vendor_plain", "Help.")
	labelled := metric.NewFamily("vendor_labelled", "Help.", "kind", "place")
	relabelled := metric.NewFamily("vendor_labelled", "Help.", "kind")
	reordered := metric.NewFamily("vendor_reordered", "Help.", "place", "kind")
	families := []*metric.Family{labelled, plain, reordered}
	var packer metric.Packer
	tests := []struct {
		name string
		add  func(*metric.Batch)
	}{
		{"nothing", func(*metric.Batch) {}},
		{"no label", func(b *metric.Batch) { b.Value(plain, 7) }},
		{"values", func(b *metric.Batch) {
			for i, value := range []float64{0, -1, 0.1, 1e300, -5e-324, 1 << 53, math.Pi} {
				b.Value(labelled, value, string(rune('a'+i)), "")
			}
		}},
		{"shared labels", func(b *metric.Batch) {
			b.Value(labelled, 1, "视频", `quoted " and \ and ,`)
			b.Value(labelled, 2, "", "x")
			b.Value(plain, 3)
		}},
		{"shared labels in another order", func(b *metric.Batch) {
			b.Value(labelled, 1, "video", "top")
			b.Value(reordered, 2, "top", "video")
		}},
		{"many labels", func(b *metric.Batch) {
			for i := range 1000 {
				b.Value(labelled, float64(i), strconv.Itoa(i%500), "")
			}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := metric.NewBatch("shop", 1000)
			test.add(b)
			packed := packer.Append(nil, b.Samples())
			got, err := packed.Unpack("shop", families)
			if err != nil || !slices.Equal(got, b.Samples()) {
				t.Errorf("unpacked %v, %v, want %v", got, err, b.Samples())
			}
			if len(packed) > 1000 {
				return // what follows takes the square of this
			}
			for end := range packed {
				got, err := packed[:end].Unpack("shop", families)
				if err == nil && len(got) >= max(1, len(b.Samples())) {
					t.Errorf("unpacked %d samples of the first %d bytes of %d", len(got), end, len(packed))
				}
			}
			for at := range packed {
				changed := slices.Clone(packed)
				changed[at] ^= 0xff
				_, _ = changed.Unpack("shop", families) // must not panic
			}
		})
	}
	t.Run("a family with other labels", func(t *testing.T) {
		b := metric.NewBatch("shop", 100)
		b.Value(labelled, 1, "a", "b")
		if got, err := packer.Append(nil, b.Samples()).Unpack("shop", []*metric.Family{relabelled}); err == nil {
			t.Errorf("unpacked %v", got)
		}
	})
}
