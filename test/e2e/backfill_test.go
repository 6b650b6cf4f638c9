package e2e

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
	"github.com/engage-exporter/engage_exporter/simulator/adspect"
	"github.com/engage-exporter/engage_exporter/simulator/getui"
	"github.com/engage-exporter/engage_exporter/simulator/polyv"
)

// queryAt is query at a time of the past.
func queryAt(api, expr string, at time.Time) ([]series, error) {
	text, err := get(http.DefaultClient, fmt.Sprintf("%s/api/v1/query?query=%s&time=%d", api, url.QueryEscape(expr), at.Unix()))
	if err != nil {
		return nil, err
	}
	var answer struct {
		Data struct{ Result []series }
	}
	return answer.Data.Result, decode(text, &answer)
}

// daysAgo is midnight of a day in a zone.
func daysAgo(zone string, days int) time.Time {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		panic(err) // the zones are constants
	}
	year, month, day := time.Now().In(loc).Date()
	return time.Date(year, month, day-days, 0, 0, 0, 0, loc)
}

// backfillArgs are those of an account's history, for a Prometheus whose job engage scrapes the instance.
func backfillArgs(file, target, output, instance string, from, to time.Time) []string {
	return []string{
		"backfill", "--config.file=" + file, "--target=" + target, "--output=" + output, "--job=engage", "--instance=" + instance,
		"--from=" + from.Format(time.DateOnly), "--to=" + to.Format(time.DateOnly),
	}
}

// value is what a query must give on the day after one of the past.
type value struct {
	expr string
	day  time.Time // its midnight
	want int64
}

// unwritten is how long before now the samples of a backfill end (--recent): what is later Prometheus has scraped.
const unwritten = 3 * time.Hour

// What a vendor knows of the past is in a real Prometheus as if it had been scraped: the values of the days, and then
// the live scrape of the same series.
func TestBackfillIntoPrometheus(t *testing.T) {
	dir := t.TempDir()
	file := simulated(t, dir)
	exporterAddress := freeAddress(t)
	data := filepath.Join(dir, "data")
	const first, last = 12, 3

	var values []value
	shop := getui.Data{Seed: 1, App: getui.DefaultApps()[0]}
	academy := polyv.Data{Seed: 1, User: polyv.DefaultUsers()[0]}
	affiliate := adspect.Data{Seed: 1, Account: adspect.DefaultAccounts()[1]}
	for _, days := range []int{first, 7, last} {
		day := daysAgo("Asia/Shanghai", days)
		push, users := shop.PushDay(day), shop.UserDay(day)
		hours := academy.Hourly(day, day, time.Now())
		values = append(values,
			value{`getui_yesterday_push_sent{account="shop-android"}`, day, push.Total.Sent},
			value{`getui_yesterday_push_clicked{account="shop-android"}`, day, push.Total.Clicked},
			value{fmt.Sprintf(`getui_yesterday_channel_push_received{account="shop-android",channel=%q}`, push.Channels[1].Name), day, push.Channels[1].Received},
			value{`getui_yesterday_active_users{account="shop-android"}`, day, users.Active},
			value{`getui_yesterday_start_timestamp_seconds{account="shop-android"}`, day, day.Unix()},
			value{`polyv_yesterday_plays{account="academy",platform="pc",hour="10"}`, day, hours[10].PC.Plays},
			value{`polyv_yesterday_viewers{account="academy",platform="mobile",hour="21"}`, day, hours[21].Mobile.Viewers},
			value{`polyv_settled_traffic_bytes{account="academy",platform="mobile",hour="20"}`,
				day.AddDate(0, 0, 1), hours[20].Mobile.TrafficBytes},
		)
		utc := daysAgo("UTC", days)
		clicks := make(map[string]int64)
		for event := range affiliate.Events(utc, utc.AddDate(0, 0, 1), nil) {
			if event.Stage == 0 {
				clicks[event.Visit.StreamID]++
			}
		}
		for stream, n := range clicks {
			values = append(values, value{fmt.Sprintf(`adspect_yesterday_stream_clicks{account="affiliate",stream_id=%q}`, stream), utc, n})
		}
	}

	end := time.Now().Add(-unwritten)
	for target, zone := range map[string]string{"getui/shop-android": "Asia/Shanghai", "polyv/academy": "Asia/Shanghai", "adspect/affiliate": "UTC"} {
		output := filepath.Join(dir, strings.ReplaceAll(target, "/", "-")+".om")
		out, err := run(t, "", binary, backfillArgs(file, target, output, exporterAddress, daysAgo(zone, first), daysAgo(zone, last))...)
		if err != nil || !strings.Contains(out, "10/10 days") || !strings.Contains(out, "no gaps") {
			t.Fatalf("%s: %v\n%s", target, err, out)
		}
		if out, err := run(t, "", "promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=744h", output, data); err != nil {
			t.Fatalf("promtool: %v\n%s", err, out)
		}
	}

	testkit.Start(t, binary, "--config.file="+file, "--web.listen-address="+exporterAddress).Printed(`msg="Listening on" address=(\S+)`)
	address := freeAddress(t)
	testkit.Start(t, "prometheus", "--storage.tsdb.path="+data, "--storage.tsdb.retention.time=1y", "--web.listen-address="+address,
		"--config.file="+testkit.WriteFile(t, dir, "prometheus.yml", fmt.Sprintf("scrape_configs:\n  - {job_name: engage, scrape_interval: 1s, static_configs: [{targets: ['%s']}]}\n", exporterAddress)))
	api := "http://" + address
	testkit.Await(t, "Prometheus", func() error {
		_, err := get(http.DefaultClient, api+"/-/ready")
		return err
	})

	for _, f := range values {
		// A day's values are shown on the day after, from its first minute to its last.
		for _, at := range []time.Time{f.day.AddDate(0, 0, 1), f.day.AddDate(0, 0, 1).Add(12*time.Hour + time.Second), f.day.AddDate(0, 0, 2).Add(-time.Second)} {
			if at.After(end) { // the last second of yesterday, in the first hours of a day
				continue
			}
			got, err := queryAt(api, f.expr, at)
			if err != nil {
				t.Fatal(err)
			}
			if want := strconv.FormatInt(f.want, 10); len(got) != 1 || got[0].Value[1] != want {
				t.Errorf("%s at %s: %v, want %s", f.expr, at, got, want)
			}
		}
	}

	// The live scrape goes on with the same series: there are as many over all the time as there are now.
	for _, selector := range []string{
		`getui_yesterday_push_sent{account="shop-android"}`, `getui_yesterday_channel_push_sent{account="shop-android"}`, `getui_yesterday_brand_push_sent{account="shop-android"}`,
		`getui_yesterday_users{account="shop-android"}`, `getui_yesterday_start_timestamp_seconds{account="shop-android"}`,
		`polyv_yesterday_plays{account="academy"}`, `polyv_settled_traffic_bytes{account="academy"}`, `polyv_settled_start_timestamp_seconds{account="academy"}`,
		`adspect_yesterday_stream_clicks{account="affiliate"}`, `adspect_yesterday_start_timestamp_seconds{account="affiliate"}`,
	} {
		testkit.Await(t, selector, func() error {
			now, err := query(api, "count("+selector+")")
			if err != nil {
				return err
			}
			// A series that has samples of both sides of the last day is one that goes on.
			both, err := query(api, fmt.Sprintf("count(count_over_time(%s[1h]) and count_over_time(%[1]s[3d] offset 1d))", selector))
			if err != nil {
				return err
			}
			all, err := query(api, "count(count_over_time("+selector+"[30d]))")
			if err != nil {
				return err
			}
			if len(now) != 1 || len(both) != 1 || len(all) != 1 || now[0].Value[1] != all[0].Value[1] || now[0].Value[1] != both[0].Value[1] {
				return fmt.Errorf("now %v, on both sides %v, at any time %v: want the same number", now, both, all)
			}
			return nil
		})
	}
}

// A run that is killed goes on, and what it writes is what one run writes.
func TestBackfillKilled(t *testing.T) {
	dir := t.TempDir()
	file := simulated(t, dir, "--fault=getui/user_day=slow:150ms")
	from, to := daysAgo("Asia/Shanghai", 24), daysAgo("Asia/Shanghai", 5)
	whole, killed := filepath.Join(dir, "whole.om"), filepath.Join(dir, "killed.om")
	args := backfillArgs(file, "getui/shop-android", killed, "localhost:9787", from, to)

	for _, days := range []int{3, 8} {
		exporter := testkit.Start(t, binary, args...)
		testkit.Await(t, fmt.Sprintf("%d days in the journal", days), func() error {
			journal, err := os.ReadFile(killed + ".state/journal")
			if n := bytes.Count(journal, []byte("\n")) - 1; err == nil && n < days {
				err = fmt.Errorf("%d days", n)
			}
			return err
		})
		exporter.End(os.Kill)
		if _, err := os.Stat(killed); err == nil {
			t.Fatal("there is an output of a run that was killed")
		}
	}
	out, err := run(t, "", binary, args...)
	if err != nil || !strings.Contains(out, "of 20 days are read") {
		t.Fatalf("%v:\n%s", err, out)
	}
	if out, err := run(t, "", binary, backfillArgs(file, "getui/shop-android", whole, "localhost:9787", from, to)...); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	one, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	other, err := os.ReadFile(killed)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one, other) || len(one) < 1<<20 {
		t.Errorf("%d bytes in one run, %d in three: not the same", len(one), len(other))
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.state")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// A reader that goes away, as head does, ends the run with an error, and no temporary folder is left.
func TestBackfillIntoAClosedPipe(t *testing.T) {
	dir := t.TempDir()
	file := simulated(t, dir)
	temporary := filepath.Join(dir, "temporary")
	if err := os.Mkdir(temporary, 0o700); err != nil {
		t.Fatal(err)
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), binary, backfillArgs(file, "getui/shop-android", "-", "localhost:9787", daysAgo("Asia/Shanghai", 5), daysAgo("Asia/Shanghai", 3))...)
	cmd.Env = append(os.Environ(), "TMPDIR="+temporary)
	cmd.Stdout, cmd.Stderr = writer, &stderr
	err = cmd.Run()
	if closeErr := writer.Close(); closeErr != nil {
		t.Fatal(closeErr)
	}
	if cmd.ProcessState.ExitCode() != 1 || !strings.Contains(stderr.String(), "broken pipe") {
		t.Errorf("%v:\n%s", err, stderr.String())
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// Up to the present: the values of yesterday are the same before the first scrape and after it, in all series.
func TestBackfillJoinsTheScrape(t *testing.T) {
	dir := t.TempDir()
	file := simulated(t, dir)
	exporterAddress := freeAddress(t)
	data := filepath.Join(dir, "data")
	zones := map[string]string{"getui/shop-android": "Asia/Shanghai", "polyv/academy": "Asia/Shanghai", "adspect/affiliate": "UTC"}
	// Where a day ends meanwhile, or has only just begun, there is no past of today to join to: the accounts of the
	// other zone tell then, whose midnight is hours away.
	maps.DeleteFunc(zones, func(_, zone string) bool {
		today := time.Since(daysAgo(zone, 0))
		return today < 10*time.Minute || today > 24*time.Hour-10*time.Minute
	})
	for target, zone := range zones {
		output := filepath.Join(dir, strings.ReplaceAll(target, "/", "-")+".om")
		out, err := run(t, "", binary, "backfill", "--config.file="+file, "--target="+target, "--output="+output, "--job=engage", "--instance="+exporterAddress,
			"--from="+daysAgo(zone, 4).Format(time.DateOnly), "--recent=0s", "--step=1m")
		if err != nil || !strings.Contains(out, "no gaps") {
			t.Fatalf("%s: %v\n%s", target, err, out)
		}
		if out, err := run(t, "", "promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=744h", output, data); err != nil {
			t.Fatalf("promtool: %v\n%s", err, out)
		}
	}

	begun := time.Now() // the samples of the past are older
	testkit.Start(t, binary, "--config.file="+file, "--web.listen-address="+exporterAddress).Printed(`msg="Listening on" address=(\S+)`)
	address := freeAddress(t)
	testkit.Start(t, "prometheus", "--storage.tsdb.path="+data, "--storage.tsdb.retention.time=1y", "--web.listen-address="+address,
		"--config.file="+testkit.WriteFile(t, dir, "prometheus.yml", fmt.Sprintf("scrape_configs:\n  - {job_name: engage, scrape_interval: 1s, static_configs: [{targets: ['%s']}]}\n", exporterAddress)))
	api := "http://" + address
	testkit.Await(t, "the first scrape", func() error {
		up, err := query(api, `up{job="engage"} == 1`)
		if err == nil && len(up) != 1 {
			err = fmt.Errorf("up: %v", up)
		}
		return err
	})
	for _, of := range []struct{ target, selector string }{
		{"getui/shop-android", `getui_yesterday_push_sent{account="shop-android"}`},
		{"getui/shop-android", `getui_yesterday_channel_push_sent{account="shop-android"}`},
		{"getui/shop-android", `getui_yesterday_users{account="shop-android"}`},
		{"getui/shop-android", `getui_yesterday_start_timestamp_seconds{account="shop-android"}`},
		{"polyv/academy", `polyv_yesterday_plays{account="academy"}`},
		{"polyv/academy", `polyv_settled_traffic_bytes{account="academy"}`},
		{"adspect/affiliate", `adspect_yesterday_stream_clicks{account="affiliate"}`},
	} {
		zone, ok := zones[of.target]
		if !ok {
			continue
		}
		// At midnight the values change, as they shall.
		today := min(time.Since(daysAgo(zone, 0)), time.Hour)
		testkit.Await(t, of.selector, func() error {
			scraped, err := query(api, fmt.Sprintf("count(timestamp(%s) >= %d)", of.selector, begun.Unix()))
			if err != nil {
				return err
			}
			both, err := query(api, fmt.Sprintf("count(changes(%s[%ds]) == 0)", of.selector, int(today.Seconds())))
			if err != nil {
				return err
			}
			past, err := query(api, fmt.Sprintf("count(last_over_time(%s[1h] offset 2m))", of.selector))
			if err != nil {
				return err
			}
			if len(scraped) != 1 || len(both) != 1 || len(past) != 1 || scraped[0].Value[1] != both[0].Value[1] || scraped[0].Value[1] != past[0].Value[1] {
				return fmt.Errorf("%v series are scraped, %v do not change, %v have a past: want the same number", scraped, both, past)
			}
			return nil
		})
	}
}
