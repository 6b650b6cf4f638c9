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
					t.Errorf("%v does not name the hosts", e)
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
	synctest.Test(t, func(t *testing.T) {
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
		time.Sleep(time.Minute) // nobody logs in just after a login that failed
		failure(t, users(t.Context(), c), transport.Rejected)
		v.expect(t, 4, 2)
	})
}

// A base_url that somebody has chosen is not left, whatever an answer says.
func TestBaseURL(t *testing.T) {
	for _, base := range []string{"http://proxy.test:8080/v2/", "https://cncrestapi.getui.com/v2"} {
		t.Run(base, func(t *testing.T) {
			v := reporting()
			c := client(v, func(o *getui.Options) { o.BaseURL = base })
			if err := users(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			v.onCall = elsewhere("nzrestapi.getui.com", `{"code":301,"data":["https://nzrestapi.getui.com"]}`).onCall
			e := failure(t, users(t.Context(), c), transport.Rejected)
			if !strings.Contains(e.Message, "nzrestapi.getui.com") || !strings.Contains(e.Advice, "base_url") || c.MovedTo() != "" {
				t.Errorf("got %v, moved to %q", e, c.MovedTo())
			}
			host := strings.TrimRight(base[strings.Index(base, "//")+2:], "/")
			for _, call := range v.Calls {
				if !strings.HasPrefix(call, "GET "+host+"/A1b2C3/") {
					t.Errorf("called %s", call)
				}
			}
		})
	}
}

// An answer that sends the app to another data centre by mistake costs two requests: the app returns to the configured
// address as soon as a login fails elsewhere.
func TestStrayWrongRegion(t *testing.T) {
	const away = "cncrestapi.getui.com"
	refused, starting := `{"code":20001,"msg":"sign is invalid"}`, `{"code":2}`
	for _, tt := range []struct {
		name     string
		login    string // the answer to logins elsewhere
		stays    bool   // the configured address sends the app away again and again
		want     transport.Kind
		logins   int
		atOnce   bool // another read sends nothing
		recovers bool
	}{
		{"refused there", refused, false, 0, 3, false, true},
		{"not available there", starting, false, transport.HTTP, 2, false, true},
		{"refused there, and sent there again", refused, true, transport.Auth, 3, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := reporting()
				c := client(v)
				if err := users(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				send := vendortest.Always(301, `{"code":301,"data":["`+away+`"]}`)
				sent := false
				v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
					if sent && !tt.stays {
						return false
					}
					sent = true
					return send(w, r)
				}
				v.onLogin = func(w http.ResponseWriter, r *http.Request) bool {
					if r.Host == away {
						return vendortest.Always(200, tt.login)(w, r)
					}
					return tt.stays && send(w, r)
				}
				err := users(t.Context(), c)
				if tt.want == 0 {
					if err != nil {
						t.Fatal(err)
					}
				} else if e := failure(t, err, tt.want); !strings.Contains(e.Advice, "GeTui has sent this app to https://"+away+"/v2") {
					t.Errorf("%v does not name the address", e)
				}
				if len(v.logins) != tt.logins || c.MovedTo() != "" {
					t.Errorf("%d logins, want %d; moved to %q", len(v.logins), tt.logins, c.MovedTo())
				}
				before := len(v.logins) + len(v.Calls)
				err = users(t.Context(), c)
				if (err == nil) != tt.recovers || tt.atOnce && len(v.logins)+len(v.Calls) != before {
					t.Errorf("then got %v, after %d requests", err, len(v.logins)+len(v.Calls)-before)
				}
			})
		})
	}
}

// An app that lives in another data centre stays there, and its errors say where that is.
func TestErrorsNameTheDataCentre(t *testing.T) {
	v := elsewhere("nzrestapi.getui.com", `{"code":301,"data":["nzrestapi.getui.com"]}`)
	c := client(v)
	if err := users(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if got := c.MovedTo(); got != "https://nzrestapi.getui.com/v2" {
		t.Errorf("moved to %q", got)
	}
	v.onCall = vendortest.Always(503, "")
	e := failure(t, users(t.Context(), c), transport.HTTP)
	if !strings.Contains(e.Advice, "GeTui has sent this app to https://nzrestapi.getui.com/v2") || c.MovedTo() == "" {
		t.Errorf("got %v", e)
	}
}

// GeTui's API is below /v2: where nothing is found, a base_url without that is the likeliest cause.
func TestBaseURLWithoutVersion(t *testing.T) {
	v := newVendor()
	c := client(v, func(o *getui.Options) { o.BaseURL = "https://restapi.getui.com" })
	v.Answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }
	e := failure(t, users(t.Context(), c), transport.HTTP)
	if want := "base_url does not end in /v2, as that of GeTui's API does: https://restapi.getui.com/v2"; e.Advice != want {
		t.Errorf("got %v, want the advice %s", e, want)
	}
}
