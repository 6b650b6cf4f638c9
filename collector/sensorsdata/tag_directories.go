package sensorsdata

import (
	"context"

	"github.com/engage-exporter/engage_exporter/collector/metric"
)

var directories = &metric.Spec{
	Name: "tag_directories", Source: "GET /v2/user_tags/dirs", Families: []*metric.Family{tagDirectory},
	Note: "Tags without a directory are counted with empty labels. If the answer does not list the tags of a directory, the " +
		"directory has no sample and counts as missing.",
}

var tagDirectory = metric.NewFamily("sensorsdata_tag_directory_tags",
	"Number of tags in the directory, without subdirectories.", "directory_id", "directory")

func (s *reader) directories(ctx context.Context, _ metric.Day, b *metric.Batch) error {
	list, err := s.client.TagDirectories(ctx)
	if err != nil {
		return err
	}
	for _, id := range list.WithoutID {
		b.DropTextAt("id", id)
	}
	for _, id := range list.Repeated {
		b.DropTextAt("id, a second time", id)
	}
	for _, text := range list.Unusable {
		b.DropTextAt("type or cname", text)
	}
	b.AddMissing(len(list.Missing))
	for _, d := range list.Directories {
		if !d.HasItems {
			b.AddMissing(1)
			continue
		}
		b.Value(tagDirectory, float64(d.Tags), d.ID, d.Name)
	}
	return nil
}
