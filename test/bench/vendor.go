package main

import (
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// vendor answers as GeTui does, the same at once to all: what is measured is the exporter.
type vendor struct {
	delay  time.Duration // before each answer but that to a login
	quotas string        // the answer about quotas

	url    string // where it is served
	global string // what the exporter's global settings need for that; "" = nothing

	mu      sync.Mutex
	slowest time.Duration // of the answers since it was last asked for
}

const (
	// fewQuotas makes 8 samples, four for each of two kinds of push.
	fewQuotas = `{"code":0,"data":{"gt":{"app":{"total_num":3000,"push_num":1200,"limit":false,"remain_num":1800},"list":{"total_num":3000,"push_num":17,"limit":false,"remain_num":2983}}}}`
	// Of the day that is asked for.
	pushDay = `{"code":0,"data":{"%s":{"total":{"msg_num":50000,"target_num":48000,"receive_num":41000,"display_num":39000,"click_num":900},"gt":{"msg_num":50000,"target_num":48000,"receive_num":41000,"display_num":39000,"click_num":900}}}}`
	userDay = `{"code":0,"data":{"%s":{"accumulative_num":99000,"register_num":120,"active_num":23000,"online_num":15900}}}`
	login   = `{"code":0,"data":{"expire_time":"4102444800000","token":"tokenNotReal"}}`
)

// online is the answer about users online: three points, the last of the present.
func online(now time.Time) string {
	ms := func(ago time.Duration) int64 { return now.Add(-ago).UnixMilli() }
	return fmt.Sprintf(`{"code":0,"data":{"online_statics":{"%d":15002,"%d":15310,"%d":14987}}}`,
		ms(20*time.Minute), ms(10*time.Minute), ms(0))
}

func newVendor() *vendor { return &vendor{quotas: fewQuotas} }

// listen lets the vendor answer, over HTTP or HTTPS, until closed is called.
func (v *vendor) listen(l *lab, secure bool) (closed func(), err error) {
	v.url, v.global, closed, err = serve(l, v, secure)
	return closed, err
}

// serve serves a vendor over HTTP, or over HTTPS with HTTP/2. global is what the exporter's global settings must have
// for that.
func serve(l *lab, vendor http.Handler, secure bool) (url, global string, closed func(), err error) {
	server := httptest.NewUnstartedServer(vendor)
	if secure {
		server.EnableHTTP2 = true
		server.TLS = &tls.Config{MinVersion: tls.VersionTLS13}
		server.StartTLS()
		file := filepath.Join(l.dir, "vendor.pem")
		certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
		global, err = "http_client: {tls_config: {ca_file: "+file+"}}", os.WriteFile(file, certificate, 0o600)
	} else {
		server.Start()
	}
	return server.URL, global, func() {
		server.CloseClientConnections()
		server.Close()
	}, err
}

// ServeHTTP implements http.Handler.
func (v *vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/auth") {
		fmt.Fprint(w, login)
		return
	}
	began := time.Now()
	time.Sleep(v.delay)
	switch asked := r.URL.Path; {
	case strings.HasSuffix(asked, "/report/push/count"):
		fmt.Fprint(w, v.quotas)
	case strings.HasSuffix(asked, "/report/online_user"):
		fmt.Fprint(w, online(time.Now()))
	case strings.Contains(asked, "/report/push/date/"):
		fmt.Fprintf(w, pushDay, path.Base(asked)) //nolint:gosec // no browser asks
	case strings.Contains(asked, "/report/user/date/"):
		fmt.Fprintf(w, userDay, path.Base(asked)) //nolint:gosec // likewise
	}
	took := time.Since(began)
	v.mu.Lock()
	v.slowest = max(v.slowest, took)
	v.mu.Unlock()
}

// takeSlowest is how long the slowest answer took since this was last asked for.
func (v *vendor) takeSlowest() time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	slowest := v.slowest
	v.slowest = 0
	return slowest
}

// usualInterval leaves each endpoint's min_interval as it is without a configuration.
const usualInterval time.Duration = -1

// accounts is a configuration of n accounts. global are its global settings, interval the min_interval of the
// endpoints named; all others are off.
func (v *vendor) accounts(n int, global string, interval time.Duration, endpoints ...string) string {
	var each []string
	for _, name := range []string{"push_quota", "online_users", "push_day", "user_day"} {
		settings := "{enabled: false}"
		for _, e := range endpoints {
			if e == name {
				settings = "{}"
				if interval != usualInterval {
					settings = fmt.Sprintf("{min_interval: %s, max_stale: 26h}", interval)
				}
			}
		}
		each = append(each, name+": "+settings)
	}
	var b strings.Builder
	if v.global != "" {
		global += ", " + v.global
	}
	fmt.Fprintf(&b, "global: {%s}\ngetui:\n", global)
	for i := range n {
		fmt.Fprintf(&b, "  - {account: shop-%05d, app_id: App%05d, app_key: KeyNotReal, master_secret: SecretNotReal, base_url: '%s/v2', requests_per_minute: 1000000, endpoints: {%s}}\n",
			i, i, v.url, strings.Join(each, ", "))
	}
	return b.String()
}

// manyQuotas is an answer about quotas with four samples for each of n kinds of push.
func manyQuotas(n int) string {
	kinds := make([]string, n)
	for i := range kinds {
		kinds[i] = fmt.Sprintf(`"kind-%04d":{"total_num":3000,"limit":false,"remain_num":%d,"push_num":1}`, i, i)
	}
	return `{"code":0,"data":{"gt":{` + strings.Join(kinds, ",") + `}}}`
}
