package e2e

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/url"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// silent are the queries from which no data can come here, as patterns of dashboard/panel/query. One that gives data
// after all is an error, so that the list stays true.
var silent = []struct{ query, reason string }{
	{"overview/Alerts that fire or are pending/[AB]", "no rules are loaded"},
	{"trends/[MANPT]*, day by day/B", "no vendor of the demo has more than ten accounts; Adspect has more streams"},
	{"getui/Users online/B", "asks for the day before; the series are seconds old"},
	{"quanshi/Hours watched/A", "shows events whose hours grow; reports are read every few minutes"},
	{"getui/Channels/C", "the simulator counts the deliverable messages of a day in the total only"},
	{"getui/Brands of devices/C", "likewise"},
}

// silentAtNight are the queries that compare hours of today which ended two hours ago or earlier: before 3 o'clock in
// China there are none.
var silentAtNight = []string{"polyv/Accounts today/A", "polyv/Plays against yesterday/A"}

// Every query of every dashboard gives data in a Prometheus that scrapes a healthy exporter and one that has all its
// accounts too, one with used-up quotas, and accounts that fail: two replicas disturb no query.
func TestDashboardsShowData(t *testing.T) {
	demo := testkit.Start(t, binary, "demo", "--no-faults", "--web.listen-address=127.0.0.1:0")
	file := simulated(t, t.TempDir(), "--fault=getui/SimNewsAndroid0002/push_quota=exhausted")
	replica := testkit.Start(t, binary, "--config.file="+withTroubledAccounts(t, file), "--web.listen-address=127.0.0.1:0")
	api := scraping(t, demo.Printed(`Open http://([^/]+)/`), replica.Listening())

	// A query that two replicas disturb would be well while there is one.
	testkit.Await(t, "values of all accounts from both exporters", func() error {
		exporters, err := query(api, `count by (instance) (engage_endpoint_up)`)
		if err != nil {
			return err
		}
		unread, err := query(api, `engage_endpoint_up{account!~"refused-.*"} == 0`)
		if err == nil && (len(exporters) != 2 || len(unread) > 0) {
			err = fmt.Errorf("%d exporters, endpoints not read: %v", len(exporters), unread)
		}
		return err
	})

	boards := dashboards(t)
	pending := make(map[string]shownQuery)
	for name, board := range boards {
		for _, q := range board.queries(name) {
			pending[q.id] = q
		}
	}
	vars := make(map[string]map[string]string)
	testkit.Await(t, "values of all variables", func() error {
		for name, board := range boards {
			values, err := resolve(api, board)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			vars[name] = values
		}
		return nil
	})

	var expected []shownQuery
	for id, q := range pending {
		if reason(id) != "" {
			expected = append(expected, q)
			delete(pending, id)
		}
	}
	if time.Now().UTC().Add(8*time.Hour).Hour() < 3 {
		for _, id := range silentAtNight {
			if _, found := pending[id]; !found {
				t.Errorf("no dashboard has the query %s", id)
			}
			delete(pending, id)
		}
	}
	testkit.Await(t, "data of every query", func() error {
		for id, q := range pending {
			n, err := q.ask(api, vars[q.board])
			if err != nil {
				t.Fatalf("%s: %v", id, err)
			}
			if n > 0 {
				delete(pending, id)
			}
		}
		if len(pending) > 0 {
			return fmt.Errorf("no data from %d queries:\n%s", len(pending), strings.Join(described(pending, vars), "\n"))
		}
		return nil
	})
	for _, q := range expected {
		n, err := q.ask(api, vars[q.board])
		if err != nil {
			t.Errorf("%s: %v", q.id, err)
		}
		if n > 0 {
			t.Errorf("%s gives data and is listed as silent: %s", q.id, reason(q.id))
		}
	}
	for _, s := range silent {
		if !slices.ContainsFunc(expected, func(q shownQuery) bool { ok, _ := path.Match(s.query, q.id); return ok }) {
			t.Errorf("no dashboard has the silent query %s", s.query)
		}
	}

	// What is well is said, too: nothing that the first row counts is absent because there is none of it.
	for name, accounts := range healthy {
		vars[name]["account"] = accounts
		for _, q := range boards[name].queries(name) {
			if !q.firstRow {
				continue
			}
			if n, err := q.ask(api, vars[name]); err != nil || n == 0 {
				t.Errorf("%s gives %d series for accounts that are well (%v):\n%s", q.id, n, err, q.interpolated(vars[name]))
			}
		}
	}
}

// healthy are accounts of which nothing fails, as each dashboard's variable has them. Adspect's two have different
// midnights: one of them has clicks today.
var healthy = map[string]string{
	"overview":    "(shop-android|academy|media-buying|affiliate|ebiz|lectures)",
	"getui":       "shop-android",
	"polyv":       "academy",
	"adspect":     "(media-buying|affiliate)",
	"sensorsdata": "ebiz",
	"quanshi":     "lectures",
	"exporter":    "academy",
}

// reason says why a query is silent; nothing if it is not.
func reason(id string) string {
	for _, s := range silent {
		if ok, _ := path.Match(s.query, id); ok {
			return s.reason
		}
	}
	return ""
}

func described(queries map[string]shownQuery, vars map[string]map[string]string) []string {
	var lines []string
	for id, q := range queries {
		lines = append(lines, id+": "+q.interpolated(vars[q.board]))
	}
	slices.Sort(lines)
	return lines
}

// scraping starts a Prometheus that scrapes the targets every second.
func scraping(t *testing.T, targets ...string) string {
	t.Helper()
	return scrapingWithRules(t, "", targets...)
}

// scrapingWithRules also evaluates the rules of a file every second; "" is none.
func scrapingWithRules(t *testing.T, rules string, targets ...string) string {
	t.Helper()
	dir := t.TempDir()
	file := testkit.WriteFile(t, dir, "prometheus.yml", fmt.Sprintf(`global: {evaluation_interval: 1s}
rule_files: ['%s']
scrape_configs:
  - job_name: engage
    scrape_interval: 1s
    scrape_timeout: 1s
    static_configs:
      - targets: ['%s']
`, rules, strings.Join(targets, "', '")))
	address := freeAddress(t)
	testkit.Start(t, "prometheus", "--config.file="+file, "--storage.tsdb.path="+dir+"/data", "--web.listen-address="+address)
	testkit.Await(t, "Prometheus", func() error {
		_, err := get(http.DefaultClient, "http://"+address+"/-/ready")
		return err
	})
	return "http://" + address
}

var (
	firstAccount = regexp.MustCompile(`(?m)^[a-z]+:\n(  - account: .*\n(?:    .*\n)*)`)
	secretFile   = regexp.MustCompile(`(?m)^(    [a-z_]+)_file: secret-\d+$`)
	baseURL      = regexp.MustCompile(`(?m)^(    base_url: ).*$`)
	accountName  = regexp.MustCompile(`(?m)^  - account: (.*)$`)
)

// withTroubledAccounts adds to each vendor of a configuration an account that the vendor refuses, and to the first one
// an account whose connections are refused, which is tried again within seconds. One account is read all the time.
func withTroubledAccounts(t *testing.T, file string) string {
	t.Helper()
	config, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := firstAccount.ReplaceAllStringFunc(string(config)+"\n", func(section string) string {
		first := firstAccount.FindStringSubmatch(section)[1]
		// Under another name of the host, or it would be one account under two names.
		refused := strings.Replace(first, "//127.0.0.1:", "//localhost:", 1)
		refused = accountName.ReplaceAllString(secretFile.ReplaceAllString(refused, "$1: no-such-secret"), "  - account: refused-$1")
		section += refused
		if strings.Contains(first, "shop-android") {
			section += baseURL.ReplaceAllString(strings.Replace(first, "shop-android", "refused-connections", 1),
				"${1}http://127.0.0.1:1")
		}
		return section
	})
	text = strings.Replace(text, "account: news-android\n",
		"account: news-android\n    endpoints: {online_users: {min_interval: 1s}}\n", 1)
	for _, want := range []string{"//localhost:", "no-such-secret", "http://127.0.0.1:1\n", "min_interval: 1s"} {
		if !strings.Contains(text, want) {
			t.Fatalf("the configuration has another form than expected: %s is missing in\n%s", want, text)
		}
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// resolve returns the values of a dashboard's variables as Grafana puts them into queries when everything is chosen.
func resolve(api string, board dashboard) (map[string]string, error) {
	values := make(map[string]string)
	for _, v := range board.Templating.List {
		if v.Type != "query" {
			continue
		}
		options, err := v.options(api, values)
		if err != nil {
			return nil, err
		}
		switch {
		case len(options) == 0:
			return nil, fmt.Errorf("variable %s has no values", v.Name)
		case v.AllValue != "":
			values[v.Name] = v.AllValue
		case v.IncludeAll:
			values[v.Name] = "(" + strings.Join(options, "|") + ")"
		default:
			values[v.Name] = fmt.Sprint(v.Current.Value)
			if !slices.Contains(options, values[v.Name]) {
				return nil, fmt.Errorf("variable %s: %s is none of %q", v.Name, values[v.Name], options)
			}
		}
	}
	return values, nil
}

var (
	labelValues = regexp.MustCompile(`^label_values\((.+), *(\w+)\)$`)
	metricNames = regexp.MustCompile(`^metrics\((.+)\)$`)
)

// options are the values that a variable has to choose from.
func (v templateVariable) options(api string, others map[string]string) ([]string, error) {
	expr := interpolate(v.Query, others)
	address := api + "/api/v1/label/__name__/values"
	keep := regexp.MustCompile("")
	if m := labelValues.FindStringSubmatch(expr); m != nil {
		address = api + "/api/v1/label/" + m[2] + "/values?match[]=" + url.QueryEscape(m[1])
	} else if m := metricNames.FindStringSubmatch(expr); m != nil {
		var err error
		if keep, err = regexp.Compile(m[1]); err != nil {
			return nil, err
		}
	} else {
		return nil, fmt.Errorf("unknown query of a variable: %s", expr)
	}
	text, err := get(http.DefaultClient, address)
	if err != nil {
		return nil, err
	}
	var answer struct{ Data []string }
	if err := decode(text, &answer); err != nil {
		return nil, err
	}
	filter, err := regexp.Compile(strings.Trim(v.Regex, "/"))
	if err != nil {
		return nil, err
	}
	var options []string
	for _, value := range answer.Data {
		if m := filter.FindStringSubmatch(value); keep.MatchString(value) && m != nil {
			options = append(options, m[len(m)-1])
		}
	}
	if v.Regex == "" {
		options = answer.Data
	}
	return options, nil
}

var reference = regexp.MustCompile(`\$(?:\{(\w+)\}|(\w+))`)

// interpolate puts the values of variables into a query, those of Grafana's own among them. What it does not know
// stays and fails in Prometheus.
func interpolate(expr string, values map[string]string) string {
	own := map[string]string{"__rate_interval": "4s", "__interval": "1s", "__range": "60s"}
	return reference.ReplaceAllStringFunc(expr, func(name string) string {
		m := reference.FindStringSubmatch(name)
		key := m[1] + m[2]
		if value, ok := values[key]; ok {
			return value
		}
		if value, ok := own[key]; ok {
			return value
		}
		return name
	})
}

// shownQuery is one query of a panel.
type shownQuery struct {
	id       string // dashboard/panel/query
	board    string
	expr     string
	instant  bool
	firstRow bool
	daily    bool // one value a day
}

func (q shownQuery) interpolated(values map[string]string) string {
	return interpolate(q.expr, values)
}

// ask counts the series that have a value.
func (q shownQuery) ask(api string, values map[string]string) (int, error) {
	if q.daily {
		values = maps.Clone(values)
		values["__range"], values["__interval"] = "3d", "1d"
	}
	args := url.Values{"query": {q.interpolated(values)}}
	address := api + "/api/v1/query?"
	if !q.instant {
		now := time.Now()
		start, step := now.Add(-30*time.Second), time.Second
		if q.daily {
			step = 24 * time.Hour
			start = now.Truncate(step).Add(-3 * step)
		}
		args.Set("start", strconv.FormatInt(start.Unix(), 10))
		args.Set("end", strconv.FormatInt(now.Unix(), 10))
		args.Set("step", strconv.Itoa(int(step.Seconds())))
		address = api + "/api/v1/query_range?"
	}
	text, err := get(http.DefaultClient, address+args.Encode())
	if err != nil {
		return 0, err
	}
	var answer struct {
		Data struct {
			Result []struct {
				Value  [2]any
				Values [][2]any
			}
		}
	}
	if err := decode(text, &answer); err != nil {
		return 0, err
	}
	n := 0
	for _, s := range answer.Data.Result {
		if slices.ContainsFunc(append(s.Values, s.Value), isNumber) {
			n++
		}
	}
	return n, nil
}

func isNumber(sample [2]any) bool {
	text, _ := sample[1].(string)
	value, err := strconv.ParseFloat(text, 64)
	return err == nil && !math.IsNaN(value) && !math.IsInf(value, 0)
}
