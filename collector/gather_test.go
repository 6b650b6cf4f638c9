package collector_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/engage-exporter/engage_exporter/collector/poll"
)

// sortedLines are a page's lines, sorted: a registry sorts samples by their labels, Gather by vendors and accounts.
func sortedLines(text string) string {
	lines := slices.Collect(strings.Lines(text))
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// What Gather gives without checks is what a pedantic registry gives with them, for all accounts and for one.
func TestGatherReturnsWhatARegistryDoes(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.answer(pathQuota, quotaAnswer(750))
		a.answer(pathOnline, `{"code":0,"data":{"online_statics":{"946785600000":5}}}`)
		a.answer(pathUserDay, `{"code":0,"data":{"2000-01-01":{"accumulative_num":9,"register_num":2,"active_num":5,"online_num":2}}}`)
		a.handle("/adspect/", answering(503, "busy"))
		yaml := shops("b", only(map[string]string{"push_quota": "", "online_users": "", "user_day": ""}), "a", "", "c\"\\\nd", "") +
			"polyv:\n  - {account: b, user_id: U, secret_key: S3cret-planted}\n  - {account: a, user_id: V, secret_key: S3cret-planted}\n"
		yaml = strings.ReplaceAll(yaml, "c\"\\\nd", "c d")
		e := newExporterOf(t, a, yaml)
		registry := prometheus.NewPedanticRegistry()
		for _, c := range e.set.Collectors() {
			registry.MustRegister(c)
		}
		checked, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		want := page(checked)

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		families := e.set.Gather(ctx).Proto()
		if got, want := sortedLines(page(families).text(t)), sortedLines(want.text(t)); got != want {
			t.Errorf("Gather gives\n%s\na registry\n%s", got, want)
		}
		if !slices.IsSortedFunc(families, func(a, b *dto.MetricFamily) int { return strings.Compare(a.GetName(), b.GetName()) }) {
			t.Error("the families are not in order")
		}
		var openMetrics strings.Builder
		encoder := expfmt.NewEncoder(&openMetrics, expfmt.NewFormat(expfmt.TypeOpenMetrics))
		for _, f := range families {
			if err := encoder.Encode(f); err != nil {
				t.Fatal(err)
			}
		}

		target := poll.Target{Vendor: "getui", Account: "b"}
		one, ok := e.set.GatherTarget(ctx, target)
		if !ok {
			t.Fatal("no such target")
		}
		var lines []string
		for line := range strings.Lines(want.text(t)) {
			if strings.Contains(line, `account="b"`) && (strings.Contains(line, `vendor="getui"`) || strings.HasPrefix(line, "getui_")) {
				lines = append(lines, line)
			}
		}
		slices.Sort(lines)
		got := slices.DeleteFunc(slices.Collect(strings.Lines(sortedLines(page(one.Proto()).text(t)))), func(line string) bool { return strings.HasPrefix(line, "#") })
		if !slices.Equal(got, lines) {
			t.Errorf("of one account Gather gives\n%s\nwant\n%s", strings.Join(got, ""), strings.Join(lines, ""))
		}
		if _, ok := e.set.GatherTarget(ctx, poll.Target{Vendor: "polyv", Account: "c d"}); ok {
			t.Error("there is a target that is not configured")
		}
	})
}
