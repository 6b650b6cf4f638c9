package getui_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/getui"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

// elsewhere is a vendor that serves on one host and sends all others there.
func elsewhere(home, answer string) *vendor {
	v := reporting()
	send := func(w http.ResponseWriter, r *http.Request) bool {
		if r.Host == home {
			return false
		}
		return vendortest.Always(301, answer)(w, r)
	}
	v.onLogin, v.onCall = send, send
	return v
}

func TestWrongRegion(t *testing.T) {
	for _, test := range []struct {
		name, answer string
		moves        bool
	}{
		{"host", `{"code":301,"msg":"wrong region","data":{"hosts":["cncrestapi.getui.com"]}}`, true},
		{"code as a string", `{"code":"301","data":{"hosts":["cncrestapi.getui.com"]}}`, true},
		{"URL", `{"code":301,"data":["https://cncrestapi.getui.com/v2"]}`, true},
		{"upper case, with the port", `{"code":301,"data":["https://CNCRESTAPI.getui.com:443"]}`, true},
		{"list in a string", `{"code":301,"data":"evil.test, cncrestapi.getui.com"}`, true},
		{"after a foreign host", `{"code":301,"data":{"hosts":["evil.test","https://cncrestapi.getui.com"]}}`, true},
		{"after the host that said so", `{"code":301,"data":{"hosts":["restapi.getui.com","cncrestapi.getui.com"]}}`, true},
		{"foreign host", `{"code":301,"data":{"hosts":["evil.test"]}}`, false},
		{"host that looks like one", `{"code":301,"data":["cncrestapi.getui.com.evil.test","https://cncrestapi.getui.com@evil.test","evil.test/cncrestapi.getui.com"]}`, false},
		{"plain HTTP", `{"code":301,"data":["http://cncrestapi.getui.com"]}`, false},
		{"other port", `{"code":301,"data":["https://cncrestapi.getui.com:8443"]}`, false},
		{"name of a member", `{"code":301,"data":{"cncrestapi.getui.com":1}}`, false},
		{"no host", `{"code":301,"msg":"wrong region"}`, false},
		{"itself", `{"code":301,"data":["restapi.getui.com"]}`, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := elsewhere("cncrestapi.getui.com", test.answer)
			v.reports[pushQuotaPath] = pushCountDocument
			c := client(v)
			err := users(t.Context(), c)
			if !test.moves {
				e := failure(t, err, transport.Rejected)
				if e.Code != "301" || !strings.Contains(e.Advice, "base_url") {
					t.Errorf("got %v, want an advice to set base_url", e)
				}
				if strings.Contains(test.answer, "evil.test") && !strings.Contains(e.Message, "evil.test") {
					t.Errorf("%v does not tell the hosts", e)
				}
				v.expect(t, 1, 0)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			// The new base is kept.
			if _, _, err := c.PushQuota(t.Context()); err != nil {
				t.Fatal(err)
			}
			want := []string{
				"GET cncrestapi.getui.com/v2/A1b2C3/report/online_user",
				"GET cncrestapi.getui.com/v2/A1b2C3/report/push/count",
			}
			if len(v.logins) != 2 || !slices.Equal(v.Calls, want) {
				t.Errorf("%d logins and %q", len(v.logins), v.Calls)
			}
		})
	}
}

func TestRegionChangesUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := reporting()
		v.Delay = time.Second
		c := client(v)
		if err := users(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		moved := elsewhere("nzrestapi.getui.com", `{"code":301,"data":["nzrestapi.getui.com"]}`)
		v.With(func() { v.onLogin, v.onCall = moved.onLogin, moved.onCall; clear(v.tokens) })
		for _, err := range together(t.Context(), 20, c) {
			if err != nil {
				t.Error(err)
			}
		}
		v.expect(t, 2, 1+20+20) // one new token, each request once more
	})
}

func TestRegionChangesDuringALogin(t *testing.T) {
	// One caller logs in again where the app lived, while another learns that it has moved:
	// the token that comes is of no use.
	synctest.Test(t, func(t *testing.T) {
		const home = "nzrestapi.getui.com"
		v := reporting()
		v.reports[pushQuotaPath] = pushCountDocument
		moved := false
		slow := vendortest.RoundTripper(func(r *http.Request) (*http.Response, error) {
			if moved && r.Host != home {
				switch r.URL.Path {
				case "/v2/A1b2C3/auth":
					time.Sleep(5 * time.Second)
				case "/v2/A1b2C3/report/push/count":
					time.Sleep(time.Second)
				}
			}
			return v.RoundTrip(r)
		})
		c := client(slow)
		users(t.Context(), c)
		moved = true
		v.With(func() {
			v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
				switch {
				case r.Host == home:
					return false
				case r.URL.Path == "/v2/A1b2C3/report/push/count":
					return vendortest.Always(301, `{"code":301,"data":["`+home+`"]}`)(w, r)
				}
				return vendortest.Always(401, `{"code":10001}`)(w, r)
			}
		})
		var callers sync.WaitGroup
		callers.Go(func() {
			if _, _, err := c.PushQuota(t.Context()); err != nil {
				t.Error(err)
			}
		})
		callers.Go(func() {
			if err := users(t.Context(), c); err != nil {
				t.Error(err)
			}
		})
		callers.Wait()
		for _, call := range v.Calls[len(v.Calls)-2:] {
			if !strings.Contains(call, home) {
				t.Errorf("the last calls went to %q", v.Calls)
			}
		}
	})
}

func TestRegionsThatSendEachOther(t *testing.T) {
	v := reporting()
	send := func(w http.ResponseWriter, r *http.Request) bool {
		other := "restapi.getui.com"
		if r.Host == other {
			other = "nzrestapi.getui.com"
		}
		return vendortest.Always(301, `{"code":301,"data":["`+other+`"]}`)(w, r)
	}
	v.onLogin, v.onCall = send, send
	c := client(v)
	failure(t, users(t.Context(), c), transport.Rejected)
	v.expect(t, 2, 0)
	v.onLogin = nil
	failure(t, users(t.Context(), c), transport.Rejected)
	v.expect(t, 4, 2)
}

func TestBaseURL(t *testing.T) {
	v := reporting()
	c := client(v, func(o *getui.Options) {
		o.BaseURL = "http://proxy.test:8080/v2/"
		o.RegionHosts = []string{"eu.test:8443"}
	})
	if err := users(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	v.onCall = elsewhere("eu.test:8443", `{"code":301,"data":["restapi.getui.com","https://eu.test:8443"]}`).onCall
	if err := users(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"GET proxy.test:8080/v2/A1b2C3/report/online_user",
		"GET proxy.test:8080/v2/A1b2C3/report/online_user",
		"GET eu.test:8443/v2/A1b2C3/report/online_user",
	}
	if !slices.Equal(v.Calls, want) {
		t.Errorf("got %q, want %q", v.Calls, want)
	}
}
