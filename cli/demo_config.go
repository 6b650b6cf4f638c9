package cli

import (
	"fmt"
	"net"
	"strings"
	"text/template"

	"github.com/engage-exporter/engage_exporter/simulator/adspect"
	"github.com/engage-exporter/engage_exporter/simulator/getui"
	"github.com/engage-exporter/engage_exporter/simulator/polyv"
	"github.com/engage-exporter/engage_exporter/simulator/quanshi"
	"github.com/engage-exporter/engage_exporter/simulator/sensorsdata"
)

// demoTemplate is a configuration for the simulator's accounts, with every key that makes a family appear. Its readers
// are people too: simulate prints it.
var demoTemplate = template.Must(template.New("demo").Funcs(template.FuncMap{
	"list": func(values []string) string { return "[" + strings.Join(values, ", ") + "]" },
}).Parse(`getui:
{{- range $i, $a := .Getui}}
  - account: {{index $.Names.Getui $i}}
    base_url: http://{{$.Address}}/getui/v2
    app_id: {{$a.AppID}}
    app_key: {{$a.AppKey}}
    master_secret: {{$a.MasterSecret}}
    task_ids: {{list $a.TaskIDs}}
    task_groups: {{list $a.TaskGroups}}
    action_ids: {{list $a.ActionIDs}}
    brands: true
    requests_per_minute: 120
{{- end}}
polyv:
{{- range $i, $a := .Polyv}}
  - account: {{index $.Names.Polyv $i}}
    base_url: http://{{$.Address}}/polyv
    user_id: {{$a.UserID}}
    secret_key: {{$a.SecretKey}}
{{- end}}
adspect:
{{- range $i, $a := .Adspect}}
  - account: {{index $.Names.Adspect $i}}
    base_url: http://{{$.Address}}/adspect/v1
    api_key: {{$a.APIKey}}
    time_zone: {{if $a.Location}}{{$a.Location}}{{else}}UTC{{end}}
    requests_per_minute: 120
    funnels:
      - {name: stream, group_by: [stream_id]}
      - {name: country, group_by: [country_code, os], metrics: [clicks, quality, conversions, profit, roi]}
      - {name: total, group_by: [], metrics: [clicks, money_hits, safe_hits], windows: [today]}
    endpoints:
      click_log: {enabled: true}
      account: {enabled: true}
{{- end}}
sensorsdata:
{{- range $i, $a := .Sensorsdata}}
  - account: {{index $.Names.Sensorsdata $i}}
    base_url: http://{{$.Address}}/sensorsdata
    project: {{$a.Project}}
    api_secret: {{$a.APISecret}}
{{- if eq $i 1}}
    secret_in: header
{{- end}}
    tags: {{index $.Names.Tags $i}}
    segments:
      - name: gold
        filter: {conditions: [{field: user.viplevel, function: equal, params: [gold]}]}
{{- end}}
quanshi:
{{- range $i, $a := .Quanshi}}
  - account: {{index $.Names.Quanshi $i}}
    base_url: http://{{$.Address}}/quanshi
    app_key: {{$a.AppKey}}
    app_secret: {{$a.AppSecret}}
{{- if eq $i 0}}
    user_id: {{$a.UserID}}
{{- else}}
    user_email: {{$a.UserEmail}}
{{- end}}
    event_ids: {{index $.Names.Events $i}}
    discover: {past: 3h, ahead: 1h}
    regions: true
    requests_per_minute: 120
    endpoints:
      event_stats: {enabled: true}
{{- end}}
`))

// demoNames are the account names that the simulator's default accounts get, in their order.
type demoNames struct {
	Getui, Polyv, Adspect, Sensorsdata, Quanshi []string

	Tags   []string // of the accounts at Sensors Data, as lists
	Events []string // of the accounts at Quanshi, as lists
}

// demoConfig is a configuration for the simulator's default accounts, served at the address.
func demoConfig(vendors net.Addr) string {
	var b strings.Builder
	err := demoTemplate.Execute(&b, struct {
		Address net.Addr
		Names   demoNames
		Getui   []getui.App
		Polyv   []polyv.User
		Adspect []adspect.Account

		Sensorsdata []sensorsdata.Project
		Quanshi     []quanshi.App
	}{
		Address: vendors,
		Names: demoNames{
			Getui:   []string{"shop-android", "news-android"},
			Polyv:   []string{"academy", "onboarding"},
			Adspect: []string{"media-buying", "affiliate"},

			Sensorsdata: []string{"ebiz", "school"},
			Quanshi:     []string{"lectures", "sales-shows"},

			Tags:   []string{"[21, 19, 20]", "[2, 4]"},
			Events: []string{"[609768, 600114]", "[731002, 700520]"},
		},
		Getui:   getui.DefaultApps(),
		Polyv:   polyv.DefaultUsers(),
		Adspect: adspect.DefaultAccounts(),

		Sensorsdata: sensorsdata.DefaultProjects(),
		Quanshi:     quanshi.DefaultApps(),
	})
	if err != nil {
		panic(fmt.Sprintf("the demo's configuration: %v", err)) // the template and its data are both constants
	}
	return b.String()
}
