package sensorsdata_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/sensorsdata"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

var update = flag.Bool("update", false, "write the errors of testdata/config/bad to its .txt files")

func TestMistakes(t *testing.T) {
	testkit.ConfigMistakes(t, filepath.Join("testdata", "config", "bad"), *update, sensorsdata.Vendor{}.Config())
}

func TestSensorsdata(t *testing.T) {
	dir := filepath.Join("testdata", "config", "good")
	c := testkit.LoadConfig(t, filepath.Join(dir, "accounts.yml"), sensorsdata.Vendor{}.Config())
	if len(testkit.Accounts[sensorsdata.Config](t, c, "sensorsdata")) != 3 {
		t.Fatalf("got %d accounts, want 3", len(testkit.Accounts[sensorsdata.Config](t, c, "sensorsdata")))
	}

	a := testkit.Accounts[sensorsdata.Config](t, c, "sensorsdata")[0]
	testkit.Equal(t, "account", a.Name, "ebiz")
	testkit.Equal(t, "base_url", a.BaseURL, "https://ebiz.cloud.sensorsdata.cn")
	testkit.Equal(t, "project", a.Project, "default")
	testkit.Equal(t, "api_secret", testkit.Secret(t, a.APISecret), "s3cret")
	testkit.Equal(t, "secret_in", a.SecretInHeader, false)
	testkit.Equal(t, "tags", a.Tags, nil)
	testkit.Equal(t, "tag_value_limit", a.TagValueLimit, 50)
	testkit.Equal(t, "partition_window", a.PartitionWindow, 168*time.Hour)
	testkit.Equal(t, "segments", len(a.Segments), 0)
	testkit.Equal(t, "time_zone", a.Location.String(), "Asia/Shanghai")
	testkit.Equal(t, "timeout", a.Timeout, 10*time.Second)
	testkit.Equal(t, "max_concurrent_requests", a.MaxConcurrentRequests, 4)
	testkit.Equal(t, "requests_per_minute", a.RequestsPerMinute, 60)
	testkit.Equal(t, "endpoints", a.Endpoints, map[string]config.Endpoint{
		"tags":            {Enabled: true, MinInterval: 10 * time.Minute, MaxStale: 6 * time.Hour, Timeout: 10 * time.Second},
		"tag_directories": {Enabled: true, MinInterval: time.Hour, MaxStale: 24 * time.Hour, Timeout: 10 * time.Second},
		"tag_values":      {Enabled: false, MinInterval: time.Hour, MaxStale: 24 * time.Hour, Timeout: time.Minute},
		"tag_partitions":  {Enabled: false, MinInterval: time.Hour, MaxStale: 24 * time.Hour, Timeout: 10 * time.Second},
		"segments":        {Enabled: false, MinInterval: time.Hour, MaxStale: 24 * time.Hour, Timeout: time.Minute},
	})

	b := testkit.Accounts[sensorsdata.Config](t, c, "sensorsdata")[1]
	testkit.Equal(t, "base_url", b.BaseURL, "http://gateway.example:8107/sensors")
	testkit.Equal(t, "project", b.Project, "production")
	testkit.Equal(t, "api_secret_file", b.APISecret.File(), filepath.Join(dir, "secrets", "shop"))
	testkit.Equal(t, "secret of the file", testkit.Secret(t, b.APISecret), "s3cret-file")
	testkit.Equal(t, "secret_in header", b.SecretInHeader, true)
	testkit.Equal(t, "secret_in query", testkit.Accounts[sensorsdata.Config](t, c, "sensorsdata")[2].SecretInHeader,
		false)
	testkit.Equal(t, "time_zone", b.Location.String(), "Asia/Tokyo")
	testkit.Equal(t, "tags", b.Tags, []string{"21", "19", "9223372036854775807"})
	testkit.Equal(t, "tag_value_limit", b.TagValueLimit, 200)
	testkit.Equal(t, "partition_window", b.PartitionWindow, 30*24*time.Hour)
	testkit.Equal(t, "endpoints", b.Endpoints, map[string]config.Endpoint{
		"tags":            {Enabled: true, MinInterval: 10 * time.Minute, MaxStale: 6 * time.Hour, Timeout: 2 * time.Minute},
		"tag_directories": {Enabled: false, MinInterval: time.Hour, MaxStale: 24 * time.Hour, Timeout: 2 * time.Minute},
		"tag_values":      {Enabled: true, MinInterval: time.Hour, MaxStale: 24 * time.Hour, Timeout: time.Minute},
		"tag_partitions":  {Enabled: true, MinInterval: time.Hour, MaxStale: 24 * time.Hour, Timeout: 5 * time.Second},
		"segments":        {Enabled: true, MinInterval: time.Hour, MaxStale: 24 * time.Hour, Timeout: time.Minute},
	})

	testkit.Equal(t, "tags without a value", testkit.Accounts[sensorsdata.Config](t, c, "sensorsdata")[2].Tags, nil)
	testkit.Equal(t, "an empty list of segments",
		len(testkit.Accounts[sensorsdata.Config](t, c, "sensorsdata")[2].Segments), 0)
	for _, name := range []string{"tag_values", "tag_partitions", "segments"} {
		testkit.Equal(t, name, testkit.Accounts[sensorsdata.Config](t, c, "sensorsdata")[2].Endpoints[name].Enabled,
			false)
	}
}

// TestSegmentFilters compares the JSON byte by byte: keys keep their order, and
// numbers their digits.
func TestSegmentFilters(t *testing.T) {
	c := testkit.LoadConfig(t, filepath.Join("testdata", "config", "good", "accounts.yml"),
		sensorsdata.Vendor{}.Config())
	const list = `[1,-1.5,2e6,0,-0,0.10,1.0,-5568802382350089752,12345678901234567890123,true,false,null,null]`
	every := strings.Join([]string{
		`{"conditions":[{"field":"user.user_tag_tag24@2019-12-18 00:00:00","function":"isSet"}]`,
		`"z first":` + list,
		`"a second":["1","-1.5","010","true","null",""," a ","~","<<","=","yes","2019-12-18","12:30","分层1","😀","<a ` +
			`href=\"&\">\\"]`,
		`"control":"a\u0000b\tc\nd\re\u001b` + "\x7f\u0085" + `\u2028` + "\ufeff\ufffe" + `"`,
		`"block":"one\n two\n"`,
		`"nothing":null`,
		`"":"empty key"`,
		`"1":"number key"`,
		`"true":"boolean key"`,
		`"<<":"key of a merge"`,
		`"x: #":{}`,
		`"list again":` + list,
		`"deep":[[[]],[{}],{"a":{"b":[{"c":[]}]}}]}`,
	}, ",")
	want := []struct{ name, filter string }{
		{"上海 VIP", `{"conditions":[{"field":"user.viplevel","function":"equal","params":["gold"]}]}`},
		{"everyone", `{}`},
		{"every kind of value", every},
		{"merged", `{"conditions":[],"relation":"and","more":1}`},
		{"the same filter", every},
	}
	segments := testkit.Accounts[sensorsdata.Config](t, c, "sensorsdata")[1].Segments
	testkit.Equal(t, "segments", len(segments), len(want))
	for i, s := range segments {
		testkit.Equal(t, "name", s.Name, want[i].name)
		testkit.Equal(t, s.Name, string(s.Filter), want[i].filter)
		testkit.Equal(t, s.Name+" is JSON", json.Valid(s.Filter), true)
	}
}

func TestSegmentFilterWrittenAsJSON(t *testing.T) {
	const filter = `{"conditions":[{"field":"user.viplevel","function":"equal","params":["gold",10,true,null]}],` +
		`"relation":"and"}`
	got := testkit.ParseConfig(t, "sensorsdata: [{account: a, base_url: http://s.example, api_secret: b, segments: "+
		"[{name: c, filter: "+filter+"}]}]", sensorsdata.Vendor{}.Config())
	testkit.Equal(t, "filter", string(testkit.Accounts[sensorsdata.Config](t, got,
		"sensorsdata")[0].Segments[0].Filter), filter)
}

// TestSegmentFilterFromEnvironment has variables in strings: whatever they hold,
// a string comes out, and it is escaped.
func TestSegmentFilterFromEnvironment(t *testing.T) {
	src := `sensorsdata: [{account: a, base_url: http://s.example, api_secret: b, segments: [{name: c, filter: {
		a: "${RPM}", b: "${BRANDS}", c: "${TILDE}", d: "${YAML}", e: "$${NAME}", "${NAME}": "x${EMPTY}"}}]}]`
	c, err := config.Parse("engage.yml", []byte(strings.ReplaceAll(src, "\t", " ")), config.Options{
		Vendors: []config.Vendor{sensorsdata.Vendor{}.Config()}, ExpandEnv: true,
		LookupEnv: func(name string) (string, bool) {
			value, set := map[string]string{"RPM": "90", "BRANDS": "true", "TILDE": "~", "YAML": "x\n    brands: true",
				"EMPTY": "", "NAME": "shop"}[name]
			return value, set
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	testkit.Equal(t, "filter", string(testkit.Accounts[sensorsdata.Config](t, c, "sensorsdata")[0].Segments[0].Filter),
		`{"a":"90","b":"true","c":"~","d":"x\n    brands: true","e":"${NAME}","${NAME}":"x"}`)
}

// TestSegmentFilterManyMistakes has one mistake that aliases make a million of.
func TestSegmentFilterManyMistakes(t *testing.T) {
	src := "sensorsdata: [{account: a, base_url: http://s.example, api_secret: b, segments: [{name: c, filter: " +
		"{\nl0: &l0 [010],\n"
	for level := range 6 {
		alias := fmt.Sprintf("*l%d, ", level)
		src += fmt.Sprintf("l%d: &l%d [%s],\n", level+1, level+1, strings.Repeat(alias, 10))
	}
	_, err := config.Parse("engage.yml", []byte(src+"}}]}]"),
		config.Options{Vendors: []config.Vendor{sensorsdata.Vendor{}.Config()}})
	mistakes, _ := errors.AsType[config.Errors](err)
	if len(mistakes) < 100 || len(mistakes) > 110 ||
		mistakes[0].Message != "has more than 100 mistakes, the others are not listed" {
		t.Errorf("got %d mistakes: %.1000v", len(mistakes), err)
	}
}

func TestSensorsdataEqual(t *testing.T) {
	with := func(keys string) *sensorsdata.Config {
		return testkit.Accounts[sensorsdata.Config](t,
			testkit.ParseConfig(t, "sensorsdata: [{account: a, base_url: 'http://s.example', "+keys+"}]",
				sensorsdata.Vendor{}.Config()), "sensorsdata")[0]
	}
	account := with("api_secret: b, tags: [21], segments: [{name: c, filter: {d: [e]}}]")
	for _, tc := range []struct {
		name, keys string
		want       bool
	}{
		{"same", "api_secret: b, tags: [21], segments: [{name: c, filter: {d: [e]}}]", true},
		{"same filter in other YAML", `api_secret: b, tags: ["21"], segments: [{name: c, filter: {"d": ['e']}}]`, true},
		{
			"the default written out", "api_secret: b, tags: [21], segments: [{name: c, filter: {d: [e]}}], project: default, " +
				"tag_value_limit: 50, secret_in: query, partition_window: 7d, time_zone: Asia/Shanghai", true,
		},
		{"secret", "api_secret: other, tags: [21], segments: [{name: c, filter: {d: [e]}}]", false},
		{"secret_in", "api_secret: b, secret_in: header, tags: [21], segments: [{name: c, filter: {d: [e]}}]", false},
		{"project", "api_secret: b, project: other, tags: [21], segments: [{name: c, filter: {d: [e]}}]", false},
		{"tags", "api_secret: b, tags: [19], segments: [{name: c, filter: {d: [e]}}]", false},
		{"tag_value_limit", "api_secret: b, tags: [21], tag_value_limit: 5, segments: [{name: c, filter: {d: [e]}}]", false},
		{"partition_window", "api_secret: b, tags: [21], partition_window: 1d, segments: [{name: c, filter: {d: [e]}}]", false},
		{"filter", "api_secret: b, tags: [21], segments: [{name: c, filter: {d: [f]}}]", false},
		{"name of a segment", "api_secret: b, tags: [21], segments: [{name: d, filter: {d: [e]}}]", false},
		{"no segments", "api_secret: b, tags: [21]", false},
		{"time zone", "api_secret: b, tags: [21], segments: [{name: c, filter: {d: [e]}}], time_zone: UTC", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			testkit.Equal(t, "equal", config.Equal(account, with(tc.keys)), tc.want)
		})
	}
}

// TestMaskedSegments reads back the segments that an effective configuration
// shows.
func TestMaskedSegments(t *testing.T) {
	c := testkit.LoadConfig(t, filepath.Join("testdata", "config", "good", "accounts.yml"),
		sensorsdata.Vendor{}.Config())
	masked, err := c.Masked()
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range testkit.Accounts[sensorsdata.Config](t,
		testkit.ParseConfig(t, testkit.Unmasked(masked), sensorsdata.Vendor{}.Config()), "sensorsdata") {
		want := testkit.Accounts[sensorsdata.Config](t, c, "sensorsdata")[i]
		for k, s := range want.Segments {
			shown := strings.ReplaceAll(string(s.Filter), `"params":["gold"]`, `"params":["`+testkit.MaskedValue+`"]`)
			testkit.Equal(t, s.Name, string(a.Segments[k].Filter), shown)
		}
		testkit.Equal(t, "secret_in of "+a.Name, a.SecretInHeader, want.SecretInHeader)
		testkit.Equal(t, "tags of "+a.Name, a.Tags, want.Tags)
		testkit.Equal(t, "partition_window of "+a.Name, a.PartitionWindow, want.PartitionWindow)
		testkit.Equal(t, "endpoints of "+a.Name, a.Endpoints, want.Endpoints)
	}
	if !strings.Contains(string(masked), "params:") {
		t.Errorf("the filters are not shown as YAML:\n%s", masked)
	}
	asJSON, err := json.Marshal(c)
	if err != nil || !strings.Contains(string(asJSON),
		`{"conditions":[{"field":"user.viplevel","function":"equal","params":["\u003csecret\u003e"]}]}`) {
		t.Errorf("the filters are not shown as JSON: %v in\n%s", err, asJSON)
	}
}

func TestHidden(t *testing.T) {
	c := testkit.ParseConfig(t, `
sensorsdata: [{account: a, base_url: http://s.example, api_secret: b, segments: [
  {name: c, filter: {conditions: [{field: user.phone, function: equal, params: [13800000000123456789, "", true, null, 1.50, {deep: [planted]}]}], relation: and}},
  {name: d, filter: {field: user.level, params: gold, params_of: none}}]}]`, sensorsdata.Vendor{}.Config())
	testkit.Equal(t, "personal", sensorsdata.Vendor{}.Hidden(testkit.Accounts[sensorsdata.Config](t, c,
		"sensorsdata")[0]), []string{"13800000000123456789", "1.50", "planted", "gold"})
}
