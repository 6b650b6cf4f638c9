package quanshi

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/engage-exporter/engage_exporter/collector/metric"
)

// region is where sessions come from.
type region struct{ country, province string }

// maxRegions bounds the regions of one event: the text is the vendor's. The provinces of China and all other countries
// are well below it.
const maxRegions = 2000

// Regions that are none.
var (
	localNetwork  = region{country: "local_network"}
	unknownRegion = region{country: "unknown"}
	otherRegion   = region{metric.Other, metric.Other}
)

// regionOf reads a location as the vendor writes it: country-province-city, or that it is a local network. The city is
// of no use: there are too many.
func regionOf(location string) region {
	country, rest, _ := strings.Cut(location, "-")
	province, _, _ := strings.Cut(rest, "-")
	country, province = strings.TrimSpace(country), strings.TrimSpace(province)
	switch {
	case country == "本地局域网":
		return localNetwork
	case country == "" && province == "":
		return unknownRegion
	}
	return region{country, province}
}

func (s *eventSums) addRegion(location string) {
	r := regionOf(location)
	if _, known := s.regions[r]; !known {
		if len(s.regions) >= maxRegions {
			r = otherRegion
		} else {
			r = region{strings.Clone(r.country), strings.Clone(r.province)}
		}
	}
	s.regions[r]++
}

func (s *eventSums) fillRegions(id string) {
	byName := func(a, b region) int {
		return cmp.Or(strings.Compare(a.country, b.country), strings.Compare(a.province, b.province))
	}
	for _, r := range slices.SortedFunc(maps.Keys(s.regions), byName) {
		s.batch.Value(regionSessions, float64(s.regions[r]), id, r.country, r.province)
	}
}
