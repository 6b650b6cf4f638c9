package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// evaluation is how often the rules are evaluated over a history.
const evaluation = 5 * time.Minute

// rule is a recording rule or an alerting rule.
type rule struct {
	Record, Alert, Expr string
	Labels              map[string]string
}

// metricName also matches other words of an expression.
var metricName = regexp.MustCompile(`[a-zA-Z_:][a-zA-Z0-9_:]*`)

// evaluateRules adds to a history what Prometheus would have recorded: the series of the recording rules, and since when
// alerts have been active, which Prometheus reads when it starts. So an alert fires that has been true for long enough.
func evaluateRules(ctx context.Context, s situation, folder string) error {
	rules, err := readRules()
	if err != nil {
		return err
	}
	batches, err := inOrder(rules)
	if err != nil {
		return err
	}
	for _, batch := range batches {
		if err := evaluateBatch(ctx, s, folder, batch); err != nil {
			return err
		}
	}
	return nil
}

// inOrder returns the rules in batches: a rule comes after all that record what it uses.
func inOrder(rules []rule) ([][]rule, error) {
	var batches [][]rule
	for len(rules) > 0 {
		missing := make(map[string]bool)
		for _, r := range rules {
			if r.Record != "" {
				missing[r.Record] = true
			}
		}
		var batch, later []rule
		for _, r := range rules {
			names := metricName.FindAllString(r.Expr, -1)
			if slices.ContainsFunc(names, func(name string) bool { return missing[name] && name != r.Record }) {
				later = append(later, r)
			} else {
				batch = append(batch, r)
			}
		}
		if len(batch) == 0 {
			return nil, fmt.Errorf("each of these rules uses another: %v", slices.Sorted(maps.Keys(missing)))
		}
		batches, rules = append(batches, batch), later
	}
	return batches, nil
}

// readRules returns the rules in the folder of that name.
func readRules() ([]rule, error) {
	files, err := filepath.Glob("rules/*.yml")
	if err != nil {
		return nil, err
	}
	var rules []rule
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var content struct{ Groups []struct{ Rules []rule } }
		if err := yaml.Unmarshal(text, &content); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for _, g := range content.Groups {
			rules = append(rules, g.Rules...)
		}
	}
	return rules, nil
}

// evaluateBatch adds the series of rules of which none uses another.
func evaluateBatch(ctx context.Context, s situation, folder string, rules []rule) (err error) {
	prometheus, stop, err := runPrometheus(ctx, folder, s.lookback)
	if err != nil {
		return err
	}
	text := folder + "/rules.txt"
	err = func() error {
		defer stop()
		file, err := os.Create(text)
		if err != nil {
			return err
		}
		out := bufio.NewWriter(file)
		for _, r := range rules {
			series, err := queryRange(ctx, prometheus, r.Expr, time.Now().Add(-s.evaluated), time.Now().Add(ahead))
			if err != nil {
				return errors.Join(fmt.Errorf("%s%s: %w", r.Record, r.Alert, err), file.Close())
			}
			for _, one := range series {
				one.write(out, r)
			}
		}
		fmt.Fprintln(out, "# EOF")
		return errors.Join(out.Flush(), file.Close())
	}()
	if err != nil {
		return err
	}
	return createBlocks(ctx, text, folder)
}

// series are the values of one series at the times of an evaluation.
type series struct {
	Metric map[string]string
	Values []sample
}

// sample is a value at a time, which is in seconds.
type sample struct {
	at    float64
	value string
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *sample) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &[]any{&s.at, &s.value})
}

// write writes what a rule makes of the series.
func (s series) write(out io.Writer, r rule) {
	labels := maps.Clone(s.Metric)
	delete(labels, "__name__")
	maps.Copy(labels, r.Labels)
	name := r.Record
	if r.Alert != "" {
		name, labels["alertname"] = "ALERTS_FOR_STATE", r.Alert
	}
	var pairs []string
	for _, label := range slices.Sorted(maps.Keys(labels)) {
		pairs = append(pairs, label+`="`+escaped.Replace(labels[label])+`"`)
	}
	var since, last float64
	for _, v := range s.Values {
		if v.at-last > evaluation.Seconds() {
			since = v.at
		}
		last = v.at
		value := v.value
		if r.Alert != "" {
			value = strconv.FormatFloat(since, 'f', -1, 64)
		}
		fmt.Fprintf(out, "%s{%s} %s %.0f\n", name, strings.Join(pairs, ","), value, v.at)
	}
}

var escaped = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// queryRange returns the values of an expression at each evaluation within a time range.
func queryRange(ctx context.Context, prometheus, expr string, from, to time.Time) ([]series, error) {
	body := url.Values{
		"query": {expr}, "step": {strconv.FormatFloat(evaluation.Seconds(), 'f', -1, 64)},
		"start": {strconv.FormatInt(from.Truncate(evaluation).Unix(), 10)}, "end": {strconv.FormatInt(to.Unix(), 10)},
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, prometheus+"/api/v1/query_range", strings.NewReader(body.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var answer struct {
		Error string
		Data  struct{ Result []series }
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return nil, err
	}
	if answer.Error != "" {
		return nil, errors.New(answer.Error)
	}
	return answer.Data.Result, nil
}
