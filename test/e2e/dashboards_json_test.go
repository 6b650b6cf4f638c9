package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// uids are the dashboards' files and their addresses, which never change: people keep them.
var uids = map[string]string{
	"overview":    "engage-overview",
	"trends":      "engage-trends",
	"getui":       "engage-getui",
	"polyv":       "engage-polyv",
	"adspect":     "engage-adspect",
	"sensorsdata": "engage-sensorsdata",
	"quanshi":     "engage-quanshi",
	"exporter":    "engage-exporter",
}

type dashboard struct {
	ID          *int
	UID         string
	Title       string
	Description string
	Tags        []string
	Panels      []panel
	Templating  struct{ List []templateVariable }
	Annotations struct {
		List []struct{ Name, Expr string }
	}
	Links []struct {
		Title, URL            string
		KeepTime, IncludeVars bool
	}
	raw string
}

type templateVariable struct {
	Name, Type, Query, Regex, AllValue string
	Multi, IncludeAll                  bool
	Current                            struct{ Value any }
}

type panel struct {
	ID          *int
	Type        string
	Title       string
	Description string
	GridPos     struct{ X, Y, W, H int }
	Panels      []panel
	Interval    string
	Targets     []struct {
		RefID, Expr    string
		Instant, Range bool
	}
	FieldConfig struct {
		Defaults struct {
			Unit       string
			Thresholds *struct{}
			Custom     struct{ SpanNulls any }
		}
	}
	raw json.RawMessage
}

// UnmarshalJSON keeps the text, in which colours are looked for.
func (p *panel) UnmarshalJSON(b []byte) error {
	type plain panel
	p.raw = slices.Clone(b)
	raw := p.raw
	err := json.Unmarshal(b, (*plain)(p))
	p.raw = raw
	return err
}

// dashboards are the committed files by name.
func dashboards(t *testing.T) map[string]dashboard {
	t.Helper()
	return dashboardsIn(t, "")
}

// dashboardsIn are those of a language's folder.
func dashboardsIn(t *testing.T, folder string) map[string]dashboard {
	t.Helper()
	files, err := filepath.Glob("../../dashboards/" + folder + "*.json")
	if err != nil {
		t.Fatal(err)
	}
	boards := make(map[string]dashboard)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		board := dashboard{raw: string(text)}
		if err := json.Unmarshal(text, &board); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		boards[strings.TrimSuffix(filepath.Base(file), ".json")] = board
	}
	if len(boards) != len(uids) {
		t.Fatalf("%d dashboards found, want %d", len(boards), len(uids))
	}
	return boards
}

// all are the panels, those of collapsed rows too, without the rows.
func (d dashboard) all() []panel {
	var panels []panel
	for _, p := range d.Panels {
		if p.Type != "row" {
			panels = append(panels, p)
		}
		panels = append(panels, p.Panels...)
	}
	return panels
}

// queries are those of all panels and annotations.
func (d dashboard) queries(name string) []shownQuery {
	var queries []shownQuery
	for _, p := range d.all() {
		for _, q := range p.Targets {
			queries = append(queries, shownQuery{
				id: name + "/" + p.Title + "/" + q.RefID, board: name, expr: q.Expr, instant: q.Instant, firstRow: p.GridPos.Y == 1,
				daily: p.Interval == "1d",
			})
		}
	}
	for _, a := range d.Annotations.List {
		queries = append(queries, shownQuery{id: name + "/" + a.Name + "/annotation", board: name, expr: a.Expr})
	}
	return queries
}

// Every dashboard can be imported and provisioned anywhere, and says what it shows.
func TestDashboardsAreSound(t *testing.T) {
	for _, language := range []string{"", "zh/"} {
		for name, board := range dashboardsIn(t, language) {
			t.Run(language+name, func(t *testing.T) { checkDashboard(t, name, board, language) })
		}
	}
}

func checkDashboard(t *testing.T, name string, board dashboard, language string) {
	t.Helper()
	documented := metricsPage(t)
	addresses := make(map[string]string)
	for name, uid := range uids {
		if language != "" {
			uid = strings.Replace(uid, "engage-", "engage-"+strings.TrimSuffix(language, "/")+"-", 1)
		}
		addresses[name] = uid
	}
	if board.UID != addresses[name] {
		t.Errorf("uid %q, want %q", board.UID, addresses[name])
	}
	if board.ID != nil || strings.Contains(board.raw, "__inputs") {
		t.Error("an id of a database, or inputs, which provisioning does not fill")
	}
	if board.Title == "" || board.Description == "" || !slices.Contains(board.Tags, "engage") {
		t.Errorf("title %q, description %q, tags %q", board.Title, board.Description, board.Tags)
	}
	checkVariables(t, board)
	checkLinks(t, board, addresses)
	checkDatasources(t, board)
	checkLayout(t, board.Panels)
	ids := make(map[int]string)
	checkIDs(t, board.Panels, ids)
	seen := make(map[string]bool)
	for _, p := range board.all() {
		if seen[p.Title] && p.Title != "" {
			t.Errorf("two panels are called %q", p.Title)
		}
		seen[p.Title] = true
		checkPanel(t, p)
	}
	for _, q := range board.queries(name) {
		for _, metric := range metricsOf(interpolate(q.expr, map[string]string{"funnel": "stream"})) {
			if !documented(metric) {
				t.Errorf("%s uses %s, which docs/metrics.md does not have", q.id, metric)
			}
		}
	}
}

func checkVariables(t *testing.T, board dashboard) {
	t.Helper()
	names := make(map[string]templateVariable)
	for _, v := range board.Templating.List {
		names[v.Name] = v
	}
	// Without a choice of its own, Grafana takes the first Prometheus by name instead of the default one.
	if v := names["datasource"]; v.Type != "datasource" || v.Query != "prometheus" || v.Current.Value != "default" {
		t.Errorf("no variable for the Prometheus: %+v", v)
	}
	if v := names["account"]; v.Type != "query" || !v.Multi || !v.IncludeAll {
		t.Errorf("no variable for any number of accounts: %+v", v)
	}
}

var dashboardAddress = regexp.MustCompile(`/d/([^?/"]+)`)

func checkLinks(t *testing.T, board dashboard, uids map[string]string) {
	t.Helper()
	known := make(map[string]bool)
	for _, uid := range uids {
		known[uid] = true
	}
	for _, m := range dashboardAddress.FindAllStringSubmatch(board.raw, -1) {
		if uid, found := strings.CutSuffix(m[1], "${__data.fields.vendor}"); found {
			for _, vendor := range []string{"getui", "polyv", "adspect", "sensorsdata", "quanshi"} {
				if !known[uid+vendor] {
					t.Errorf("a link to %s%s, which does not exist", uid, vendor)
				}
			}
		} else if !known[m[1]] {
			t.Errorf("a link to %s, which does not exist", m[1])
		}
	}
	if len(board.Links) != len(uids)-1 {
		t.Errorf("%d links to other dashboards, want %d", len(board.Links), len(uids)-1)
	}
	for _, link := range board.Links {
		// Trends shows thirty days, the others one.
		if link.KeepTime == (link.URL == "/d/"+uids["trends"] || board.UID == uids["trends"]) || !link.IncludeVars {
			t.Errorf("the link to %s loses the time range or the variables, or keeps a range that is no use there", link.Title)
		}
	}
}

func checkDatasources(t *testing.T, board dashboard) {
	t.Helper()
	var document any
	if err := json.Unmarshal([]byte(board.raw), &document); err != nil {
		t.Fatal(err)
	}
	n := 0
	eachValue(document, "datasource", func(value any) {
		n++
		if ref, _ := value.(map[string]any); ref["uid"] != "${datasource}" || ref["type"] != "prometheus" {
			t.Errorf("a datasource that nobody chose: %v", value)
		}
	})
	if n < 2*len(board.all()) {
		t.Errorf("%d datasources for %d panels and their queries", n, len(board.all()))
	}
}

// What the overview links to in the runbook is there.
func TestDashboardsLinkToTheRunbook(t *testing.T) {
	query := queryOf(t, "overview/What is wrong now")
	links := regexp.MustCompile(`, "runbook", "(\w+)", "", ""\)`).FindAllStringSubmatch(query, -1)
	if len(links) < 10 {
		t.Errorf("%d kinds of what is wrong have a section of the runbook, want 10 or more", len(links))
	}
	links = append(links, regexp.MustCompile(`, "runbook", "(\w+)", "alertname", "\w+"\)`).FindAllStringSubmatch(query, -1)...)
	for _, file := range testkit.Files(t, "../../rules/*.yml") {
		for _, alert := range regexp.MustCompile(`(?m)^      - alert: (\S+)$`).FindAllStringSubmatch(testkit.ReadFile(t, file), -1) {
			section := strings.ToLower(alert[1])
			linked := slices.ContainsFunc(links, func(link []string) bool { return link[1] == section })
			// What it fires for is a line of what EngageEndpointDown fires for.
			if !linked && alert[1] != "EngageHourlyEndpointDown" {
				t.Errorf("nothing says that %s fires", alert[1])
			}
		}
	}
	for _, language := range []string{"", "zh/"} {
		if page := "/docs/" + language + "runbook.md#"; !strings.Contains(dashboardsIn(t, language)["overview"].raw, page) {
			t.Errorf("dashboards/%soverview.json has no link to %s", language, page)
		}
		sections := strings.ToLower(testkit.ReadFile(t, "../../docs/"+language+"runbook.md"))
		for _, link := range links {
			if !strings.Contains(sections, "\n### "+link[1]+"\n") {
				t.Errorf("docs/%srunbook.md has no section %s", language, link[1])
			}
		}
	}
}

// eachValue visits all values of a key, however deep.
func eachValue(node any, key string, visit func(any)) {
	switch node := node.(type) {
	case map[string]any:
		for k, v := range node {
			if k == key {
				visit(v)
			} else {
				eachValue(v, key, visit)
			}
		}
	case []any:
		for _, v := range node {
			eachValue(v, key, visit)
		}
	}
}

// checkLayout looks for panels that overlap, stand outside or leave holes. Panels of a collapsed row are laid out
// among themselves.
func checkLayout(t *testing.T, panels []panel) {
	t.Helper()
	widths, heights := make(map[int]int), make(map[int]int)
	for i, p := range panels {
		widths[p.GridPos.Y] += p.GridPos.W
		if h, ok := heights[p.GridPos.Y]; ok && h != p.GridPos.H {
			t.Errorf("%q is not as high as its neighbours", p.Title)
		}
		heights[p.GridPos.Y] = p.GridPos.H
		if g := p.GridPos; g.W < 1 || g.H < 1 || g.X < 0 || g.X+g.W > 24 {
			t.Errorf("%q is outside of the 24 columns: %+v", p.Title, g)
		}
		for _, q := range panels[:i] {
			a, b := p.GridPos, q.GridPos
			if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				t.Errorf("%q and %q overlap: %+v, %+v", q.Title, p.Title, b, a)
			}
		}
		checkLayout(t, p.Panels)
	}
	for y, width := range widths {
		if width != 24 {
			t.Errorf("the line at %d is %d columns wide, not 24", y, width)
		}
	}
}

// checkIDs looks for panels without an id of their own, which links and alerts name.
func checkIDs(t *testing.T, panels []panel, ids map[int]string) {
	t.Helper()
	for _, p := range panels {
		switch {
		case p.ID == nil || *p.ID == 0:
			t.Errorf("%q has no id", p.Title)
		case ids[*p.ID] != "":
			t.Errorf("%q and %q have the id %d", ids[*p.ID], p.Title, *p.ID)
		default:
			ids[*p.ID] = p.Title
		}
		checkIDs(t, p.Panels, ids)
	}
}

func checkPanel(t *testing.T, p panel) {
	t.Helper()
	if p.Title == "" || p.Description == "" || p.FieldConfig.Defaults.Unit == "" {
		t.Errorf("title %q, description %q, unit %q", p.Title, p.Description, p.FieldConfig.Defaults.Unit)
	}
	if len(p.Targets) == 0 {
		t.Errorf("%q asks for nothing", p.Title)
	}
	if p.FieldConfig.Defaults.Thresholds == nil {
		t.Errorf("%q has no thresholds: Grafana paints it red from 80 on", p.Title)
	}
	for colour, words := range map[string]string{"red": `\bRed\b|红色`, "orange": `\bOrange\b|橙色`} {
		if strings.Contains(string(p.raw), fmt.Sprintf(`"color": %q`, colour)) != regexp.MustCompile(words).MatchString(p.Description) {
			t.Errorf("%q turns %s without saying why, or says so and does not: %s", p.Title, colour, p.Description)
		}
	}
	if nulls := p.FieldConfig.Defaults.Custom.SpanNulls; nulls != nil && nulls != false {
		t.Errorf("%q draws over gaps", p.Title)
	}
	for _, q := range p.Targets {
		// The last point of a range is shown as if it were of now when the series has long ended.
		if p.Type == "stat" && q.Range {
			t.Errorf("%q shows the last point of a range for what is now: %+v", p.Title, q)
		}
		if q.Instant == q.Range {
			t.Errorf("%q asks neither for now nor for a range: %+v", p.Title, q)
		}
		if strings.Count(q.Expr, "(") != strings.Count(q.Expr, ")") {
			t.Errorf("%q: unbalanced %s", p.Title, q.Expr)
		}
	}
}

var (
	notMetrics = regexp.MustCompile(`"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)|\boffset -?\w+|@ end\(\)`)
	function   = regexp.MustCompile(`\b[a-z_]+\s*\(`)
	identifier = regexp.MustCompile(`\b[A-Za-z_][A-Za-z0-9_:]*\b`)
	operators  = []string{"and", "or", "unless", "bool", "by", "on"}
)

// metricsOf are the names of the metrics in a query: the words that are neither functions, labels nor operators.
func metricsOf(expr string) []string {
	expr = notMetrics.ReplaceAllString(expr, " ")
	expr = function.ReplaceAllStringFunc(expr, func(s string) string {
		if word := strings.TrimSpace(strings.TrimSuffix(s, "(")); slices.Contains(operators, word) {
			return s
		}
		return "("
	})
	return slices.DeleteFunc(identifier.FindAllString(expr, -1), func(word string) bool { return slices.Contains(operators, word) })
}

// metricsPage returns a function that reports whether docs/metrics.md or a recording rule has a metric.
func metricsPage(t *testing.T) func(string) bool {
	t.Helper()
	page, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	// Prometheus' own
	known := map[string]bool{"up": true, "scrape_duration_seconds": true, "ALERTS": true, "ALERTS_FOR_STATE": true}
	for _, file := range testkit.Files(t, "../../rules/*.yml") {
		for _, m := range regexp.MustCompile(`(?m)^      - record: (\S+)$`).FindAllStringSubmatch(testkit.ReadFile(t, file), -1) {
			known[m[1]] = true
		}
	}
	var prefixes []string
	for _, m := range regexp.MustCompile("`([a-z_]+)(\\*?)`").FindAllStringSubmatch(string(page), -1) {
		if m[2] == "*" {
			prefixes = append(prefixes, m[1])
		}
		known[m[1]] = true
	}

	return func(metric string) bool {
		return known[metric] || known[strings.TrimSuffix(metric, "_bucket")] ||
			slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(metric, prefix) })
	}
}
