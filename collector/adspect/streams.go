package adspect

import (
	"context"
	"slices"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/adspect"
)

var streams = &metric.Spec{
	Name: "streams", Source: "GET /streams", Families: []*metric.Family{streamCount, streamInfo, streamTag},
	Note: "The list must have as many streams as Adspect's own total. If it does not, it is read once more; if it still " +
		"does not, the endpoint fails as malformed.",
}

var (
	streamCount = metric.NewFamily("adspect_streams", "Number of streams of the account by mode.", "mode")
	streamInfo  = metric.NewFamily("adspect_stream_info",
		"Properties of a stream, as labels; always 1.", "stream_id", "stream", "mode", "filter_level")
	streamTag = metric.NewFamily("adspect_stream_tag_info", "A tag of a stream; always 1.", "stream_id", "tag")
)

// streamModes are the modes that the vendor's document lists. Each is counted, also if no stream has it.
var streamModes = []string{"Filter", "Review", "Money", "White"}

func (r *reader) streams(ctx context.Context, _ metric.Day, b *metric.Batch) error {
	list, err := r.client.Streams(ctx)
	if err != nil {
		return err
	}
	fillStreamCounts(b, list.Streams) // first, so that the limit on samples does not leave them out
	for _, s := range list.Streams {
		b.Value(streamInfo, 1, s.ID, s.Name, s.Mode, s.FilterLevel)
		for _, tag := range s.Tags {
			b.Value(streamTag, 1, s.ID, tag)
		}
		for _, u := range s.Unusable {
			if u.Field == "tags" {
				b.Drop(streamTag, u.Text, s.ID)
			} else {
				b.Drop(streamInfo, u.Text, s.ID, s.Name, s.Mode, s.FilterLevel)
			}
		}
	}
	b.Duplicates(list.Repeated, "stream_id")
	b.AddMissing(len(list.Absent))
	return nil
}

// fillStreamCounts counts the streams by mode. A documented mode that no stream has is 0, unless there are streams
// whose mode is not known: those have mode="".
func fillStreamCounts(b *metric.Batch, streams []adspect.Stream) {
	count := make(map[string]int)
	var modes []string
	for _, s := range streams {
		if count[s.Mode] == 0 && !slices.Contains(streamModes, s.Mode) {
			modes = append(modes, s.Mode)
		}
		count[s.Mode]++
	}
	for _, mode := range slices.Concat(streamModes, modes) {
		if count[mode] > 0 || count[""] == 0 {
			b.Value(streamCount, float64(count[mode]), mode)
		}
	}
}
