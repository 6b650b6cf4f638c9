package config

import (
	"fmt"
	"strings"

	"github.com/agext/levenshtein"
)

// nearest returns the known name that a wrong one most likely stands for, "" if
// none is near. Up to a third of its characters may differ, where case and '-'
// for '_' do not count; or it begins or ends this known name alone, as
// interval does min_interval.
func nearest(name string, known []string) string {
	typed := foldName(name)
	best, bestDistance := "", max(1, len(typed)/3)+1
	for _, candidate := range known {
		d := levenshtein.Distance(typed, foldName(candidate), nil)
		if d < bestDistance {
			best, bestDistance = candidate, d
		}
	}
	if best != "" {
		return best
	}
	for _, candidate := range known {
		if !strings.HasPrefix(candidate, typed+"_") && !strings.HasSuffix(candidate, "_"+typed) {
			continue
		}
		if best != "" {
			return ""
		}
		best = candidate
	}
	return best
}

// knownHere ends the error about a wrong name.
func knownHere(name string, known []string) string {
	hint := ";"
	if near := nearest(name, known); near != "" {
		hint = fmt.Sprintf(", did you mean %q?", near)
	}
	return hint + " known here: " + strings.Join(known, ", ")
}

func foldName(name string) string {
	return strings.ReplaceAll(strings.ToLower(name), "-", "_")
}
