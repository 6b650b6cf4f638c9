package deploy_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/cli"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// Whatever runs the exporter gives it the time to end by itself: what was read meanwhile is stored then.
func TestTimeToStop(t *testing.T) {
	seconds := regexp.MustCompile(`(?m)^ *(?:TimeoutStopSec=|terminationGracePeriodSeconds: |stop_grace_period: )(\d+)s?$`)
	for _, file := range []string{
		"systemd/engage_exporter.service", "compose/compose.yml", "kubernetes/engage-exporter.yaml", "kubernetes/sharded.yaml",
		"helm/engage-exporter/templates/workload.yaml",
	} {
		t.Run(file, func(t *testing.T) {
			found := seconds.FindStringSubmatch(testkit.ReadFile(t, file))
			if found == nil {
				t.Fatal("no time to stop")
			}
			given, err := time.ParseDuration(found[1] + "s")
			if err != nil || given <= cli.ExitTimeout {
				t.Errorf("%s to stop, want more than the %s that the exporter may take: %v", given, cli.ExitTimeout, err)
			}
		})
	}
}
