// Screenshots makes the pictures in docs/images anew, in a Chromium without a window. Those of the status page are of the
// demo of ./engage_exporter: they take a little more than two minutes, until the most frequent endpoints have been read
// several times. Those of the dashboards are of a real Prometheus with a history that the exporter and the simulator make
// within a test; Grafana's own libraries draw them. All of them, 196, go into .bin/pictures. With two cores that have
// nothing else to do, all this takes about half an hour: a picture 4 to 7 seconds, a history one to five minutes.
package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

const (
	directory = "docs/images"
	// aging is more than twice the shortest interval between reads.
	aging = 135 * time.Second
	// maxWait is long, for a slow machine.
	maxWait = 3 * time.Hour
)

// pictures are what is made.
var pictures = []struct {
	file          string
	width, height int64
	scheme, lang  string
}{
	{"status-light.png", 1440, 1000, "light", "en"},
	{"status-dark.png", 1440, 1000, "dark", "en"},
	{"status-phone.png", 390, 844, "light", "en"},
	{"status-zh.png", 1440, 1000, "light", "zh"},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	status := flag.Bool("status", true, "Take the pictures of the status page.")
	dashboards := flag.Bool("dashboards", true, "Take the pictures of the dashboards.")
	only := regexp.MustCompile("")
	flag.TextVar(only, "only", only, "Of the dashboards, only pictures whose file name matches this regular expression.")
	flag.Parse()
	ctx, cancel := context.WithTimeout(ctx, maxWait)
	err := func() error {
		if *status {
			if err := run(ctx); err != nil {
				return err
			}
		}
		if *dashboards {
			return photographDashboards(ctx, only)
		}
		return nil
	}()
	cancel()
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "screenshots: %v\n", err)
		os.Exit(1) //nolint:forbidigo // it is a command
	}
}

func run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	demo, err := startDemo(ctx)
	if err != nil {
		cancel()
		return err
	}
	return errors.Join(takeAll(ctx, demo), demo.stop(cancel))
}

// demo is a running one.
type demo struct {
	cmd  *exec.Cmd
	site string
}

var address = regexp.MustCompile(`Open (http://\S+)/ `)

func startDemo(ctx context.Context) (*demo, error) {
	cmd := exec.CommandContext(ctx, "./engage_exporter", "demo", "--web.listen-address=127.0.0.1:0")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%w; make build makes it", err)
	}
	var said strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
		if m := address.FindStringSubmatch(said.String()); m != nil {
			return &demo{cmd, m[1]}, nil
		}
	}
	return nil, errors.Join(fmt.Errorf("the demo does not say where it serves: %q", said.String()), cmd.Wait())
}

func (d *demo) stop(cancel context.CancelFunc) error {
	cancel()
	if err := d.cmd.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("the demo: %w", err)
	}
	return nil
}

// request sends a request, and reads the answer.
func request(ctx context.Context, method, url, body string) error {
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", "60")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 1000))
		return fmt.Errorf("%s %s answered %s: %s", method, url, answer.Status, text)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

func takeAll(ctx context.Context, d *demo) error {
	if err := wait(ctx, aging); err != nil {
		return err
	}

	browser, leave := openBrowser(ctx)
	defer leave()
	for _, p := range pictures {
		picture, err := chromedp.Run(browser, take(d.site+"/?refresh=0&lang="+p.lang, p.width, p.height, p.scheme))
		if err != nil {
			return fmt.Errorf("%s: %w", p.file, err)
		}
		if err := savePicture(filepath.Join(directory, p.file), picture); err != nil {
			return fmt.Errorf("%s: %w", p.file, err)
		}
	}
	return nil
}

// openBrowser starts a Chromium without a window.
func openBrowser(ctx context.Context, options ...chromedp.ExecAllocatorOption) (browser context.Context, leave func()) {
	allocator, stop := chromedp.NewExecAllocator(ctx, slices.Concat(chromedp.DefaultExecAllocatorOptions[:],
		[]chromedp.ExecAllocatorOption{
			chromedp.Flag("headless", "new"), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true),
			chromedp.Flag("disable-component-update", true),
		}, options)...)
	browser, closeTab := chromedp.NewContext(allocator)
	return browser, func() { closeTab(); stop() }
}

// take returns a picture of what a window of the size shows first.
func take(url string, width, height int64, scheme string) chromedp.Action[[]byte] {
	return func(ctx context.Context, t *chromedp.Target) ([]byte, error) {
		media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
		if _, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, media); err != nil {
			return nil, err
		}
		if _, err := chromedp.Steps(chromedp.EmulateViewport(width, height), chromedp.Navigate(url))(ctx, t); err != nil {
			return nil, err
		}
		return chromedp.CaptureScreenshot()(ctx, t)
	}
}

// smaller returns the picture in 256 colours, which is all that a page of text needs: the most frequent ones, and of the
// others those that differ enough.
func smaller(picture []byte) ([]byte, error) {
	full, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, err
	}
	bounds := full.Bounds()
	pixels := make(map[color.RGBA]int)
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			pixels[rgba(full, x, y)]++
		}
	}
	frequent := slices.SortedFunc(maps.Keys(pixels), func(a, b color.RGBA) int { return pixels[b] - pixels[a] })
	var chosen []color.RGBA
	for apart := 0; apart == 0 || len(chosen) > 256; apart += 4 {
		chosen = chosen[:0]
		for i, c := range frequent {
			if i < 64 || !slices.ContainsFunc(chosen, func(o color.RGBA) bool { return distance(c, o) <= apart }) {
				chosen = append(chosen, c)
			}
		}
	}
	palette := make(color.Palette, 0, len(chosen))
	for _, c := range chosen {
		palette = append(palette, c)
	}
	nearest := make(map[color.RGBA]uint8, len(pixels))
	for c := range pixels {
		nearest[c] = uint8(palette.Index(c))
	}
	small := image.NewPaletted(bounds, palette)
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			small.SetColorIndex(x, y, nearest[rgba(full, x, y)])
		}
	}
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&b, small); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func rgba(i image.Image, x, y int) color.RGBA {
	r, g, b, a := i.At(x, y).RGBA()
	return color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), uint8(a >> 8)}
}

// distance returns by how much two colours differ in the part in which they differ most.
func distance(a, b color.RGBA) int {
	between := func(a, b uint8) int { return max(int(a)-int(b), int(b)-int(a)) }
	return max(between(a.R, b.R), between(a.G, b.G), between(a.B, b.B))
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
