//go:build !race

// The race detector takes time of its own.

package quanshi_test

import (
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

func TestTimeForAnyAnswer(t *testing.T) { vendortest.RunTimes(t, places()) }
