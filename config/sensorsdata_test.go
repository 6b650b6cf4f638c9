package config_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/config"
)

func TestSensorsdata(t *testing.T) {
	dir := filepath.Join("testdata", "good")
	c := load(t, filepath.Join(dir, "sensorsdata.yml"))
	if len(accounts[config.Sensorsdata](c, "sensorsdata")) != 3 {
		t.Fatalf("got %d accounts, want 3", len(accounts[config.Sensorsdata](c, "sensorsdata")))
	}

	a := accounts[config.Sensorsdata](c, "sensorsdata")[0]
	equal(t, "account", a.Name, "ebiz")
	equal(t, "base_url", a.BaseURL, "https://ebiz.cloud.sensorsdata.cn")
	equal(t, "project", a.Project, "default")
	equal(t, "api_secret", secret(t, a.APISecret), "s3cret")
	equal(t, "secret_in", a.SecretInHeader, false)
	equal(t, "tags", a.Tags, nil)
	equal(t, "tag_value_limit", a.TagValueLimit, 50)
	equal(t, "partition_window", a.PartitionWindow, 168*time.Hour)
	equal(t, "segments", len(a.Segments), 0)
	equal(t, "time_zone", a.Location.String(), "Asia/Shanghai")
	equal(t, "timeout", a.Timeout, 10*time.Second)
	equal(t, "max_concurrent_requests", a.MaxConcurrentRequests, 4)
	equal(t, "requests_per_minute", a.RequestsPerMinute, 60)
	equal(t, "endpoints", a.Endpoints, map[string]config.Endpoint{
		"tags":            {Enabled: true, MinInterval: 10 * time.Minute, MaxStale: 6 * time.Hour, Timeout: 10 * time.Second},
		"tag_directories": {Enabled: true, MinInterval: time.Hour, MaxStale: 24 * time.Hour, Timeout: 10 * time.Second},
		"tag_values":      {Enabled: false, MinInterval: time.Hour, MaxStale: 24 * time.Hour, Timeout: time.Minute},
		"tag_partitions":  {Enabled: false, MinInterval: time.Hour, MaxStale: 24 * time.Hour, Timeout: 10 * time.Second},
		"segments":        {Enabled: false, MinInterval: time.Hour, MaxStale: 24 * time.Hour, Timeout: time.Minute},
	})

	b := accounts[config.Sensorsdata](c, "sensorsdata")[1]
	equal(t, "base_url", b.BaseURL, "http://gateway.example:8107/sensors")
	equal(t, "project", b.Project, "production")
	equal(t, "api_secret_file", b.APISecret.File(), filepath.Join(dir, "secrets", "shop"))
	equal(t, "secret of the file", secret(t, b.APISecret), "s3cret-file")
	equal(t, "secret_in header", b.SecretInHeader, true)
	equal(t, "secret_in query", accounts[config.Sensorsdata](c, "sensorsdata")[2].SecretInHeader, false)
	equal(t, "time_zone", b.Location.String(), "Asia/Tokyo")
	equal(t, "tags", b.Tags, []string{"21", "19", "9223372036854775807"})
	equal(t, "tag_value_limit", b.TagValueLimit, 200)
	equal(t, "partition_window", b.PartitionWindow, 30*24*time.Hour)
	equal(t, "endpoints", b.Endpoints, map[string]config.Endpoint{
		"tags":            {Enabled: true, MinInterval: 10 * time.Minute, MaxStale: 6 * time.Hour, Timeout: 2 * time.Minute},
		"tag_directories": {Enabled: false, MinInterval: time.Hour, MaxStale: 24 * time.Hour, Timeout: 2 * time.Minute},
		"tag_values":      {Enabled: true, MinInterval: time.Hour, MaxStale: 24 * time.Hour, Timeout: time.Minute},
		"tag_partitions":  {Enabled: true, MinInterval: time.Hour, MaxStale: 24 * time.Hour, Timeout: 5 * time.Second},
		"segments":        {Enabled: true, MinInterval: time.Hour, MaxStale: 24 * time.Hour, Timeout: time.Minute},
	})

	equal(t, "tags without a value", accounts[config.Sensorsdata](c, "sensorsdata")[2].Tags, nil)
	equal(t, "an empty list of segments", len(accounts[config.Sensorsdata](c, "sensorsdata")[2].Segments), 0)
	for _, name := range []string{"tag_values", "tag_partitions", "segments"} {
		equal(t, name, accounts[config.Sensorsdata](c, "sensorsdata")[2].Endpoints[name].Enabled, false)
	}
}

// TestSegmentFilters compares the JSON byte by byte: keys keep their order, and
// numbers their digits.
func TestSegmentFilters(t *testing.T) {
	c := load(t, filepath.Join("testdata", "good", "sensorsdata.yml"))
	const list = `[1,-1.5,2e6,0,-0,0.10,1.0,-5568802382350089752,12345678901234567890123,true,false,null,null]`
	every := strings.Join([]string{
		`{"conditions":[{"field":"user.user_tag_tag24@2019-12-18 00:00:00","function":"isSet"}]`,
		`"z first":` + list,
		`"a second":["1","-1.5","010","true","null",""," a ","~","<<","=","yes","2019-12-18","12:30","分层1","😀","<a href=\"&\">\\"]`,
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
	segments := accounts[config.Sensorsdata](c, "sensorsdata")[1].Segments
	equal(t, "segments", len(segments), len(want))
	for i, s := range segments {
		equal(t, "name", s.Name, want[i].name)
		equal(t, s.Name, string(s.Filter), want[i].filter)
		equal(t, s.Name+" is JSON", json.Valid(s.Filter), true)
	}
}

func TestSegmentFilterWrittenAsJSON(t *testing.T) {
	const filter = `{"conditions":[{"field":"user.viplevel","function":"equal","params":["gold",10,true,null]}],"relation":"and"}`
	got := parse(t, "sensorsdata: [{account: a, base_url: http://s.example, api_secret: b, segments: [{name: c, filter: "+filter+"}]}]")
	equal(t, "filter", string(accounts[config.Sensorsdata](got, "sensorsdata")[0].Segments[0].Filter), filter)
}

// TestSegmentFilterFromEnvironment has variables in strings: whatever they hold,
// a string comes out, and it is escaped.
func TestSegmentFilterFromEnvironment(t *testing.T) {
	src := `sensorsdata: [{account: a, base_url: http://s.example, api_secret: b, segments: [{name: c, filter: {
		a: "${RPM}", b: "${BRANDS}", c: "${TILDE}", d: "${YAML}", e: "$${NAME}", "${NAME}": "x${EMPTY}"}}]}]`
	c, err := config.Parse("engage.yml", []byte(strings.ReplaceAll(src, "\t", " ")), options(true))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "filter", string(accounts[config.Sensorsdata](c, "sensorsdata")[0].Segments[0].Filter),
		`{"a":"90","b":"true","c":"~","d":"x\n    brands: true","e":"${NAME}","${NAME}":"x"}`)
}

// TestSegmentFilterManyMistakes has one mistake that aliases make a million of.
func TestSegmentFilterManyMistakes(t *testing.T) {
	src := "sensorsdata: [{account: a, base_url: http://s.example, api_secret: b, segments: [{name: c, filter: {\nl0: &l0 [010],\n"
	for level := range 6 {
		alias := fmt.Sprintf("*l%d, ", level)
		src += fmt.Sprintf("l%d: &l%d [%s],\n", level+1, level+1, strings.Repeat(alias, 10))
	}
	_, err := config.Parse("engage.yml", []byte(src+"}}]}]"), config.Options{})
	mistakes, _ := errors.AsType[config.Errors](err)
	if len(mistakes) < 100 || len(mistakes) > 110 || mistakes[0].Message != "has more than 100 mistakes, the others are not listed" {
		t.Errorf("got %d mistakes: %.1000v", len(mistakes), err)
	}
}

func TestSensorsdataEqual(t *testing.T) {
	with := func(keys string) config.Sensorsdata {
		return accounts[config.Sensorsdata](parse(t, "sensorsdata: [{account: a, base_url: 'http://s.example', "+keys+"}]"), "sensorsdata")[0]
	}
	account := with("api_secret: b, tags: [21], segments: [{name: c, filter: {d: [e]}}]")
	for _, tc := range []struct {
		name, keys string
		want       bool
	}{
		{"same", "api_secret: b, tags: [21], segments: [{name: c, filter: {d: [e]}}]", true},
		{"same filter in other YAML", `api_secret: b, tags: ["21"], segments: [{name: c, filter: {"d": ['e']}}]`, true},
		{
			"the default written out", "api_secret: b, tags: [21], segments: [{name: c, filter: {d: [e]}}], project: default, tag_value_limit: 50, " +
				"secret_in: query, partition_window: 7d, time_zone: Asia/Shanghai", true,
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
			equal(t, "equal", config.Equal(account, with(tc.keys)), tc.want)
		})
	}
}

// TestMaskedSegments reads back the segments that an effective configuration
// shows.
func TestMaskedSegments(t *testing.T) {
	c := load(t, filepath.Join("testdata", "good", "sensorsdata.yml"))
	masked, err := c.Masked()
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range accounts[config.Sensorsdata](parse(t, string(masked)), "sensorsdata") {
		want := accounts[config.Sensorsdata](c, "sensorsdata")[i]
		for k, s := range want.Segments {
			shown := strings.ReplaceAll(string(s.Filter), `"params":["gold"]`, `"params":["<secret>"]`)
			equal(t, s.Name, string(a.Segments[k].Filter), shown)
		}
		equal(t, "secret_in of "+a.Name, a.SecretInHeader, want.SecretInHeader)
		equal(t, "tags of "+a.Name, a.Tags, want.Tags)
		equal(t, "partition_window of "+a.Name, a.PartitionWindow, want.PartitionWindow)
		equal(t, "endpoints of "+a.Name, a.Endpoints, want.Endpoints)
	}
	if !strings.Contains(string(masked), "params:") {
		t.Errorf("the filters are not shown as YAML:\n%s", masked)
	}
	asJSON, err := json.Marshal(c)
	if err != nil || !strings.Contains(string(asJSON), `{"conditions":[{"field":"user.viplevel","function":"equal","params":["\u003csecret\u003e"]}]}`) {
		t.Errorf("the filters are not shown as JSON: %v in\n%s", err, asJSON)
	}
}

// TestSensorsdataEndpointsAreTheCallers changes what the list holds.
func TestSensorsdataEndpointsAreTheCallers(t *testing.T) {
	before := slices.Clone(config.SensorsdataEndpoints())
	config.SensorsdataEndpoints()[0].Name = "changed"
	equal(t, "endpoints", config.SensorsdataEndpoints(), before)
}
