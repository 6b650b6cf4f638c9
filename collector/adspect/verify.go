package adspect

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/engage-exporter/engage_exporter/vendors/adspect"
)

// Verify asks Adspect which columns and metrics it has, and returns those of the funnels that it does not know: its
// document may be older than its API.
func (r *reader) Verify(ctx context.Context) []error {
	funnels := r.customFunnels
	if len(funnels) == 0 {
		return nil
	}
	var problems []error
	for _, set := range []struct {
		key, collection string
		used            func(Funnel) []string
	}{
		{"group_by", adspect.QueryGroupBy, func(f Funnel) []string { return f.GroupBy }},
		{"metrics", adspect.QueryFunnelMetrics, func(f Funnel) []string { return f.Metrics }},
	} {
		known, err := r.client.Collection(ctx, set.collection)
		if err != nil {
			problems = append(problems, fmt.Errorf("cannot ask which %s there are: %w", set.key, err))
			continue
		}
		for _, f := range funnels {
			for _, name := range set.used(f) {
				if !slices.Contains(known, name) {
					problems = append(problems, fmt.Errorf("funnel %s: the vendor does not know %q of %s; it has %s",
						f.Name, name, set.key, strings.Join(plainNames(known), ", ")))
				}
			}
		}
	}
	return problems
}

// plainName matches the names of columns and metrics at Adspect.
var plainName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,49}$`)

// plainNames returns the vendor's names that look like names: an answer may quote the request instead. It returns as
// many as a message has room for.
func plainNames(names []string) []string {
	const most = 100
	var plain []string
	for _, name := range names {
		if plainName.MatchString(name) && len(plain) < most {
			plain = append(plain, name)
		}
	}
	return plain
}
