package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/web"
	"github.com/engage-exporter/engage_exporter/web/webtest"
)

func location(t *testing.T, externalURL, routePrefix string) web.Location {
	t.Helper()
	l, err := web.NewLocation(externalURL, routePrefix)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLocationIsChecked(t *testing.T) {
	for _, tt := range []struct{ externalURL, routePrefix, want string }{
		{"ftp://a.example", "", "--web.external-url=ftp://a.example: want http(s)://HOST[:PORT][/PATH] without user, query and fragment"},
		{"https://u:passw0rd@a.example", "", "--web.external-url (its value holds a user and is not shown): want http(s)://HOST[:PORT][/PATH] without user, query and fragment"},
		{"a.example/engage", "", "--web.external-url=a.example/engage: want http(s)://HOST[:PORT][/PATH] without user, query and fragment"},
		{"http://a b", "", "--web.external-url=http://a b: invalid character \" \" in host name, want http(s)://HOST[:PORT][/PATH] without user, query and fragment"},
		{"", "/a/../b", `--web.route-prefix=/a/../b: want a plain path, such as /engage`},
		{"", "/{x}", `--web.route-prefix=/{x}: want a plain path, such as /engage`},
	} {
		if _, err := web.NewLocation(tt.externalURL, tt.routePrefix); err == nil || err.Error() != tt.want {
			t.Errorf("%q %q: got %v, want %s", tt.externalURL, tt.routePrefix, err, tt.want)
		}
	}
}

// Behind a reverse proxy that serves the exporter under a path, all works whether or not the proxy removes that path.
func TestBehindAReverseProxy(t *testing.T) {
	for _, tt := range []struct {
		name, routePrefix string
		strip             bool
	}{{"path is passed on", "", false}, {"path is removed", "/", true}} {
		t.Run(tt.name, func(t *testing.T) {
			front := httptest.NewUnstartedServer(nil)
			front.Start()
			defer front.Close()
			exporter := httptest.NewServer(newHandler(t, vendor(t, webtest.Answer(webtest.Quota)).URL, nil, func(o *web.Options) {
				o.Location = location(t, front.URL+"/engage/", tt.routePrefix)
			}))
			defer exporter.Close()
			target, err := url.Parse(exporter.URL)
			if err != nil {
				t.Fatal(err)
			}
			var proxy http.Handler = &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
				r.SetURL(target)
				r.Out.Host = r.In.Host
			}}
			if tt.strip {
				proxy = http.StripPrefix("/engage", proxy)
			}
			front.Config.Handler = proxy
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			for _, c := range []struct {
				method, path string
				has          string
			}{
				{"GET", "/engage/", `href="./metrics"`},
				{"GET", "/engage/metrics", "getui_push_quota_remaining"},
				{"GET", "/engage/probe?target=getui/shop", "getui_push_quota_remaining"},
				{"GET", "/engage/sd", `"__metrics_path__":"/engage/probe"`},
				{"GET", "/engage/debug/pprof/", "goroutine"},
				{"POST", "/engage/-/refresh?failing=1", "<h1>"},
			} {
				r, err := http.NewRequest(c.method, front.URL+c.path, http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Accept", "text/html")
				response, err := client.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				body := new(strings.Builder)
				response.Write(body)
				if response.StatusCode != 200 || !strings.Contains(body.String(), c.has) {
					t.Errorf("%s %s answered %d, want %q in\n%s", c.method, c.path, response.StatusCode, c.has, body)
				}
				if at := response.Request.URL; c.method == "POST" && at.RequestURI() != "/engage/?failing=1" {
					t.Errorf("the browser is sent to %s", at.RequestURI())
				}
			}
		})
	}
}

// Only requests that name this exporter may change something: others may come from a page whose name leads here.
func TestHosts(t *testing.T) {
	h := newHandler(t, vendor(t, webtest.Answer(webtest.Quota)).URL, nil, func(o *web.Options) {
		o.Location = location(t, "https://metrics.example/engage", "/")
		o.ListenAddresses = []string{"exporter.internal:9787", ":9788"}
		o.Reload = func() error { return nil }
	})
	for host, status := range map[string]int{
		"localhost:9787": 200, "127.0.0.1": 200, "[::1]:9787": 200, "192.0.2.7:9787": 200, "metrics.example": 200,
		"exporter.internal:1": 200, "metrics.example:81": 403, "rebound.example": 403, "localhost.rebound.example": 403, "": 403,
	} {
		for _, path := range []string{"/-/reload", "/-/refresh"} {
			r := httptest.NewRequest(http.MethodPost, path, http.NoBody)
			r.Host = host
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != status {
				t.Errorf("%s of host %q answered %d, want %d: %s", path, host, w.Code, status, w.Body)
			}
		}
	}
}
