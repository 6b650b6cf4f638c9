package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/chromedp"
)

const (
	// work is where all pictures of the dashboards go, and the histories that they are of.
	work = ".bin/pictures"
	// fresh is how old a history may be: it goes an hour beyond the time at which it was made.
	fresh = 50 * time.Minute
	// ahead is how far a history goes beyond now: so long it is of use for pictures.
	ahead = time.Hour
)

// situation is what dashboards are shown of.
type situation struct {
	name string
	// length is that of the history; without one Prometheus is empty.
	length time.Duration
	// scraped is the time between two scrapes, and lookback is a little more.
	scraped, lookback time.Duration
	// evaluated is for how long rules have been evaluated.
	evaluated time.Duration
}

// The history of many accounts is short, because a month of it takes an hour.
var states = []situation{
	{"healthy", 31 * 24 * time.Hour, 10 * time.Minute, 15 * time.Minute, 26 * time.Hour},
	{"failing", 52 * time.Hour, 10 * time.Minute, 15 * time.Minute, 26 * time.Hour},
	{"many", 6 * 24 * time.Hour, 20 * time.Minute, 25 * time.Minute, 6 * time.Hour},
	{"nodata", 0, 10 * time.Minute, 15 * time.Minute, 0},
}

// timezone is that of the browser, and of most simulated accounts.
const timezone = "Asia/Shanghai"

// view is one picture of a dashboard.
type view struct {
	state, dashboard, mode string
	width                  int64
	open                   bool // closed rows are open
}

func (v view) file() string {
	name := strings.Join([]string{v.state, strings.ReplaceAll(v.dashboard, "/", "-"), v.mode, strconv.FormatInt(v.width, 10)}, "-")
	if v.open {
		name += "-open"
	}
	return name + ".png"
}

// shown are the pictures that docs/dashboards.md and its translation show, by their names there.
var shown = map[string]struct {
	view
	// The picture is cut: it shows the rows from this one on and before that one, or to the end.
	from, to int
}{
	"dashboard-overview.png":          {view{state: "failing", dashboard: "overview", mode: "light", width: 1600}, 0, 3},
	"dashboard-overview-zh.png":       {view{state: "failing", dashboard: "zh/overview", mode: "light", width: 1600}, 0, 3},
	"dashboard-getui.png":             {view{state: "healthy", dashboard: "getui", mode: "dark", width: 1600}, 0, 3},
	"dashboard-getui-zh.png":          {view{state: "healthy", dashboard: "zh/getui", mode: "dark", width: 1600}, 0, 3},
	"dashboard-trends.png":            {view{state: "healthy", dashboard: "trends", mode: "light", width: 1600}, 0, end},
	"dashboard-trends-zh.png":         {view{state: "healthy", dashboard: "zh/trends", mode: "light", width: 1600}, 0, end},
	"dashboard-overview-phone.png":    {view{state: "failing", dashboard: "overview", mode: "light", width: 414}, 2, 3},
	"dashboard-overview-phone-zh.png": {view{state: "failing", dashboard: "zh/overview", mode: "light", width: 414}, 2, 3},
}

// end is beyond the last row of a dashboard.
const end = 99

// photographDashboards takes pictures of all dashboards in each of the states, and puts the best into the docs.
func photographDashboards(ctx context.Context, only *regexp.Regexp) error {
	if err := command(ctx, "scripts/screenshots/page/node_modules/.bin/esbuild",
		"scripts/screenshots/page/page.jsx", "--bundle", "--minify",
		"--outfile="+work+"/site/page.js", "--loader:.svg=text", "--loader:.ttf=dataurl", "--loader:.woff2=dataurl",
		`--define:process.env.NODE_ENV="production"`, "--define:global=window", "--log-level=error"); err != nil {
		return err
	}
	const page = `<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="page.css"><body style="margin:0"><div id="page"></div><script src="page.js"></script>`
	if err := os.WriteFile(work+"/site/index.html", []byte(page), 0o600); err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir(work+"/site")))
	mux.Handle("/public/fonts/inter/", http.StripPrefix("/public/fonts/inter",
		http.FileServer(http.Dir("scripts/screenshots/page/node_modules/inter-ui/web"))))
	mux.Handle("/dashboards/", http.StripPrefix("/dashboards", http.FileServer(http.Dir("dashboards"))))
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	site := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go site.Serve(listener) //nolint:errcheck // it ends with the program
	defer site.Close()

	browser, leave := openBrowser(ctx, chromedp.Env("TZ="+timezone))
	defer leave()
	var failed []error
	for _, s := range states {
		views := slices.DeleteFunc(views(s.name), func(v view) bool { return !only.MatchString(v.file()) })
		if len(views) == 0 {
			continue
		}
		began := time.Now()
		prometheus, stop, err := startPrometheus(ctx, s)
		if err != nil {
			return fmt.Errorf("the history of what is %s: %w", s.name, err)
		}
		made := time.Now()
		// One picture that fails does not cost the others. A picture is compressed while the next one is taken.
		errs := make([]error, len(views))
		var saving sync.WaitGroup
		for i, v := range views {
			save, err := photographView(browser, "http://"+listener.Addr().String(), prometheus, s, v)
			if err != nil {
				errs[i] = fmt.Errorf("%s: %w", v.file(), err)
				continue
			}
			saving.Go(func() { errs[i] = save() })
		}
		saving.Wait()
		failed = append(failed, errs...)
		stop()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		fmt.Fprintf(os.Stderr, "%s: the history took %s, %d pictures %s\n",
			s.name, made.Sub(began).Round(time.Second), len(views), time.Since(made).Round(time.Second))
	}
	return errors.Join(failed...)
}

// views returns what is photographed of a state.
func views(state string) []view {
	var views []view
	for _, dashboard := range []string{"overview", "trends", "getui", "polyv", "adspect", "sensorsdata", "quanshi", "exporter"} {
		for _, mode := range []string{"light", "dark"} {
			for _, width := range []int64{1600, 414} {
				views = append(views, view{state: state, dashboard: dashboard, mode: mode, width: width})
			}
		}
		views = append(views,
			view{state: state, dashboard: dashboard, mode: "light", width: 1600, open: true},
			view{state: state, dashboard: "zh/" + dashboard, mode: "light", width: 1600, open: true})
	}
	for _, name := range slices.Sorted(maps.Keys(shown)) {
		if v := shown[name].view; v.state == state && !slices.Contains(views, v) {
			views = append(views, v)
		}
	}
	return views
}

// startPrometheus starts one with the history of a state, which is made unless there is a fresh one, and returns its address.
func startPrometheus(ctx context.Context, s situation) (address string, stop func(), err error) {
	folder := filepath.Join(work, s.name)
	if info, err := os.Stat(filepath.Join(folder, "prometheus.yml")); err != nil || time.Since(info.ModTime()) > fresh {
		if err := makeHistory(ctx, s, folder); err != nil {
			return "", nil, err
		}
	}
	address, stop, err = runPrometheus(ctx, folder, s.lookback)
	if err != nil {
		return "", nil, err
	}
	// Alerts get their state with the third evaluation of their group.
	if err := wait(ctx, 45*time.Second); err != nil {
		stop()
		return "", nil, err
	}
	return address, stop, nil
}

// runPrometheus starts one with the configuration and the data in a folder, and returns its address.
func runPrometheus(ctx context.Context, folder string, lookback time.Duration) (address string, stop func(), err error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	address = listener.Addr().String()
	if err := listener.Close(); err != nil {
		return "", nil, err
	}
	// Without the grace period, an alert that has been active for long enough fires at once.
	prometheus := exec.CommandContext(ctx, "prometheus", "--config.file="+folder+"/prometheus.yml", "--storage.tsdb.path="+folder+"/data",
		"--storage.tsdb.retention.time=90d", "--query.lookback-delta="+lookback.String(), "--rules.alert.for-grace-period=0s",
		"--web.listen-address="+address, "--log.level=error")
	prometheus.Stderr = os.Stderr
	prometheus.Cancel = func() error { return prometheus.Process.Signal(os.Interrupt) }
	if err := prometheus.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		prometheus.Process.Signal(os.Interrupt) //nolint:errcheck // it may have ended
		prometheus.Wait()                       //nolint:errcheck // likewise
	}
	for range 300 {
		if err := request(ctx, http.MethodGet, "http://"+address+"/-/ready", ""); err == nil {
			return "http://" + address, stop, nil
		}
		if err := wait(ctx, 200*time.Millisecond); err != nil {
			break
		}
	}
	stop()
	return "", nil, fmt.Errorf("Prometheus does not become ready") //nolint:staticcheck // a name
}

// makeHistory makes the data of a Prometheus.
func makeHistory(ctx context.Context, s situation, folder string) error {
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.MkdirAll(folder+"/data", 0o750); err != nil {
		return err
	}
	// Alerts are out of order, since the history goes beyond now.
	const config = "storage: {tsdb: {out_of_order_time_window: 3h}}\n"
	file := folder + "/prometheus.yml"
	if s.length > 0 {
		text, err := filepath.Abs(folder + "/history.txt")
		if err != nil {
			return err
		}
		if err := command(ctx, "go", "test", "./scripts/screenshots", "-run=^TestHistory$", "-count=1", "-timeout=30m", "-args",
			"-history.state="+s.name, "-history.file="+text, "-history.length="+s.length.String()); err != nil {
			return err
		}
		if err := createBlocks(ctx, text, folder); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
			return err
		}
		if err := evaluateRules(ctx, s, folder); err != nil {
			// Otherwise it would be taken for a whole history.
			return errors.Join(err, os.Remove(file))
		}
	}
	if err := copyRules(folder); err != nil {
		return err
	}
	return os.WriteFile(file, []byte("global: {evaluation_interval: 10s}\nrule_files: [rules/*.yml]\n"+config), 0o600)
}

// createBlocks adds the samples in a file to the data in a folder, and removes the file.
func createBlocks(ctx context.Context, text, folder string) error {
	// The usual blocks of two hours would have promtool read the whole history for each of them.
	if err := command(ctx, "promtool", "tsdb", "create-blocks-from", "--max-block-duration=1000h",
		"openmetrics", "--quiet", text, folder+"/data"); err != nil {
		return err
	}
	return os.Remove(text)
}

var groupInterval = regexp.MustCompile(`(?m)^ {4}interval: .*\n`)

// copyRules copies the rules into a folder, without the intervals of groups: nobody waits for minutes.
func copyRules(folder string) error {
	if err := os.MkdirAll(folder+"/rules", 0o750); err != nil {
		return err
	}
	files, err := filepath.Glob("rules/*.yml")
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		text = groupInterval.ReplaceAll(text, nil)
		if err := os.WriteFile(filepath.Join(folder, file), text, 0o600); err != nil { //nolint:gosec // the paths are our own
			return err
		}
	}
	return nil
}

// photographView takes a picture of a whole dashboard, and returns what writes it and what the docs show of it.
func photographView(browser context.Context, site, prometheus string, s situation, v view) (save func() error, err error) {
	query := url.Values{
		"dashboard": {v.dashboard}, "mode": {v.mode}, "width": {strconv.FormatInt(v.width, 10)}, "prometheus": {prometheus},
		"scraped": {strconv.FormatFloat(s.scraped.Seconds(), 'f', -1, 64)},
	}
	if v.open {
		query.Set("open", "")
	}
	// Tables draw only what can be seen: at first, the window is higher than any dashboard.
	if err := chromedp.Do(browser, chromedp.EmulateViewport(v.width, 6000), chromedp.Navigate(site+"/?"+query.Encode())); err != nil {
		return nil, err
	}
	title, err := chromedp.Run(
		browser,
		chromedp.Poll[string](`/^(drawn|failed)/.test(document.title) && document.title`, chromedp.WithPollingTimeout(10*time.Minute)),
	)
	if err != nil || title != "drawn" {
		return nil, fmt.Errorf("the page says %q: %w", title, err)
	}
	height, err := chromedp.Run(browser, chromedp.Evaluate[int64](`document.getElementById("page").offsetHeight`))
	if err != nil {
		return nil, err
	}
	if err := chromedp.Do(browser, chromedp.EmulateViewport(v.width, height)); err != nil {
		return nil, err
	}
	picture, err := chromedp.Run(browser, chromedp.CaptureScreenshot())
	if err != nil {
		return nil, err
	}
	rows, err := chromedp.Run(browser, chromedp.Evaluate[[]float64](
		`[...document.querySelectorAll("[data-row]")].map((row) => row.getBoundingClientRect().top + scrollY)`))
	if err != nil {
		return nil, err
	}
	return func() error {
		if err := savePicture(filepath.Join(work, v.file()), picture); err != nil {
			return err
		}
		for name, part := range shown {
			if part.view != v {
				continue
			}
			above, below := 0, int(height)
			if part.from > 0 && part.from < len(rows) {
				above = int(rows[part.from]) - 8
			}
			if part.to < len(rows) {
				below = int(rows[part.to]) - 8
			}
			cut, err := cutOut(picture, above, below)
			if err != nil {
				return err
			}
			if err := savePicture(filepath.Join(directory, name), cut); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// savePicture writes a picture in few colours.
func savePicture(file string, picture []byte) error {
	picture, err := smaller(picture)
	if err != nil {
		return err
	}
	return os.WriteFile(file, picture, 0o644) //nolint:gosec // a picture is for everyone
}

// cutOut returns what a picture shows between two heights.
func cutOut(picture []byte, above, below int) ([]byte, error) {
	full, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, err
	}
	bounds := full.Bounds()
	part := image.NewRGBA(image.Rect(0, 0, bounds.Dx(), below-above))
	draw.Draw(part, part.Bounds(), full, image.Pt(0, above), draw.Src)
	var b bytes.Buffer
	if err := png.Encode(&b, part); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// command runs a program, whose output is of interest only if it fails.
func command(ctx context.Context, name string, arguments ...string) error {
	var output bytes.Buffer
	cmd := exec.CommandContext(ctx, name, arguments...)
	cmd.Stdout, cmd.Stderr = io.Writer(&output), &output
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, output.String())
	}
	return nil
}
