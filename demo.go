package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"text/template"

	"github.com/alecthomas/kingpin/v2"
	"golang.org/x/sync/errgroup"

	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/simulator"
)

func demoCommand(app *kingpin.Application) (string, action) {
	cmd := app.Command("demo", "Serve metrics of simulated accounts: everything works, no account anywhere is needed.")
	flags := addWebFlags(cmd, "127.0.0.1:9787")
	seed := cmd.Flag("seed", "Number from which all data is derived.").Default("1").Uint64()
	return cmd.FullCommand(), func(ctx context.Context, stdout, stderr io.Writer) error {
		sim := simulator.New(simulator.Options{Seed: *seed})
		defer sim.Close()
		vendors, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		cfg, err := config.Parse("demo.yml", []byte(demoConfig(vendors.Addr())), config.Options{})
		if err != nil {
			vendors.Close()
			return fmt.Errorf("the demo's configuration: please report this as a bug: %w", err)
		}

		// The exporter ends first, so that its reads in flight still find the vendors.
		simulating, stopSimulating := context.WithCancel(context.WithoutCancel(ctx))
		defer stopSimulating()
		var group errgroup.Group
		group.Go(func() error { return simulate(simulating, vendors, sim) })
		served := serve(ctx, cfg, flags, stderr, func(addresses []net.Addr) {
			for _, address := range addresses {
				url := flags.url(address)
				fmt.Fprintf(stdout, "\nOpen %s/ in a browser.\nMetrics: %s%s\nSimulated vendors: http://%s/\nCtrl-C ends the demo.\n\n",
					url, url, *flags.telemetryPath, vendors.Addr())
			}
		})
		stopSimulating()
		return errors.Join(served, group.Wait())
	}
}

// demoTemplate is a configuration for the simulator's accounts, with every key that makes a family appear. Its readers are people too: simulate prints it.
var demoTemplate = template.Must(template.New("demo").Funcs(template.FuncMap{
	"list": func(values []string) string { return "[" + strings.Join(values, ", ") + "]" },
}).Parse(`getui:
{{- range .Getui}}
  - account: {{.Name}}
    base_url: http://{{$.Address}}/getui/v2
    app_id: {{.AppID}}
    app_key: {{.AppKey}}
    master_secret: {{.MasterSecret}}
    task_ids: {{list .TaskIDs}}
    task_groups: {{list .TaskGroups}}
    action_ids: {{list .ActionIDs}}
    brands: true
    requests_per_minute: 120
{{- end}}
`))

// demoAccounts are the names that the simulator's default accounts get, in their order.
var demoAccounts = []string{"shop-android", "news-android"}

// demoConfig is a configuration for the simulator's default accounts, served at the address.
func demoConfig(vendors net.Addr) string {
	type getuiAccount struct {
		simulator.GetuiApp
		Name string
	}
	data := struct {
		Address net.Addr
		Getui   []getuiAccount
	}{Address: vendors}
	for i, app := range simulator.DefaultGetuiApps() {
		data.Getui = append(data.Getui, getuiAccount{app, demoAccounts[i]})
	}
	var b strings.Builder
	if err := demoTemplate.Execute(&b, data); err != nil {
		panic(fmt.Sprintf("the demo's configuration: %v", err)) // the template and its data are both constants
	}
	return b.String()
}
