package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/common/config"
)

// measureSingle measures a probe of one endpoint, beside an exporter that does for it what a general exporter of JSON
// does.
func measureSingle(l *lab, p *page) error {
	v := newVendor()
	v.delay = upstream
	closed, err := v.listen(l, false)
	if err != nil {
		return err
	}
	defer closed()
	exporter, err := l.exporter(v.accounts(1, "", 0, "push_quota"))
	if err != nil {
		return err
	}
	defer exporter.stop()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	plain, err := l.start(self, singleArg, v.url+"/v2/App00000"+paths["push_quota"])
	if err != nil {
		return err
	}
	defer plain.stop()
	call, err := l.start(self, callsArg, v.url, "1", "push_quota")
	if err != nil {
		return err
	}
	defer call.stop()
	takes, err := l.beyondVendor(v,
		scraped{exporter, "/probe?target=getui/shop-00000"}, scraped{plain, "/probe"}, scraped{call, "/"})
	if err != nil {
		return err
	}
	if err := l.scraper("").allUp(exporter, 1); err != nil {
		return err
	}
	p.section("One call, beside a plain exporter of JSON",
		fmt.Sprintf("`/probe` of an account with one endpoint, whose vendor answers after %s, beside a program that serves the same samples", upstream),
		"as json_exporter does: each probe has a new HTTP client without kept-alive connections, decodes JSON into maps, and uses a",
		"new registry of client_golang. A third program only makes the call over a kept-alive connection and returns nothing: no",
		"exporter can be faster. The table shows the time beyond the vendor's answer. The three are probed alternately.")
	rows := [][]string{{"this exporter"}, {"plain exporter of JSON"}, {"call alone"}}
	for _, q := range []float64{0.5, 0.95, 0.99} {
		for i := range rows {
			rows[i] = append(rows[i], milliseconds(quantile(takes[i], q)))
		}
	}
	p.table([]string{"program", "p50", "p95", "p99"}, rows...)
	for _, q := range []float64{0.5, 0.95} {
		ours, other, call := quantile(takes[0], q), quantile(takes[1], q), quantile(takes[2], q)
		p.goal(fmt.Sprintf("time of a probe of one endpoint beyond the vendor's answer, beside a plain exporter of JSON: p%.0f", 100*q),
			"≤ 0.6 ×", ratio(ours, other), ours.Seconds() <= 0.6*other.Seconds())
		p.explain(fmt.Sprintf("the program that only makes the call and returns nothing needs %s of the plain exporter's time: to"+
			" wake up for the probe, to send the request, and to wake up for the answer.", ratio(call, other)))
	}
	return nil
}

// singleArg makes this program a plain exporter of one answer in JSON.
const singleArg = "serve-single"

// serveSingle serves /probe, which asks the vendor's endpoint at url for push quotas and answers with its samples. It
// prints where it listens.
func serveSingle(out io.Writer, url string) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Listening on address=%s\n", listener.Addr())
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		registry := prometheus.NewRegistry()
		if err := probeSingle(r, url, registry); err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(w, r)
	})}
	return server.Serve(listener)
}

// probeSingle registers the samples of one answer.
func probeSingle(r *http.Request, url string, registry *prometheus.Registry) error {
	client, err := config.NewClientFromConfig(config.HTTPClientConfig{}, "probe", config.WithKeepAlivesDisabled(), config.WithHTTP2Disabled())
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(r.Context(), http.MethodGet, url, http.NoBody) //nolint:gosec // the parent names the vendor
	if err != nil {
		return err
	}
	answer, err := client.Do(request) //nolint:gosec // likewise
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	var decoded map[string]any
	if err := json.Unmarshal(text, &decoded); err != nil {
		return err
	}
	data, _ := decoded["data"].(map[string]any)
	channels, _ := data["gt"].(map[string]any)
	if len(channels) == 0 {
		return errors.New("no quotas in the answer")
	}
	for _, key := range []string{"total_num", "push_num", "remain_num", "limit"} {
		gauge := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "push_quota_" + key, Help: "Push quota: " + key + "."}, []string{"kind"})
		if err := registry.Register(gauge); err != nil {
			return err
		}
		for kind, quota := range channels {
			values, _ := quota.(map[string]any)
			switch value := values[key].(type) {
			case float64:
				gauge.WithLabelValues(kind).Set(value)
			case bool:
				gauge.WithLabelValues(kind).Set(map[bool]float64{true: 1}[value])
			default:
				return fmt.Errorf("%s of %s is missing", key, kind)
			}
		}
	}
	return nil
}
