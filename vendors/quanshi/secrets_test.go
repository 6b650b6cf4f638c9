package quanshi_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/quanshi"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

// TestPlantedSecrets lets each failure happen that could carry a secret and looks for it in all
// that the error says.
func TestPlantedSecrets(t *testing.T) {
	serving := func(h http.HandlerFunc) func(*testing.T) string { return vendortest.Serving(h) }
	// echo answers with all that it was sent, as a careless vendor does.
	echo := func(status, code int, about string) func(*testing.T) string {
		return serving(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			all := fmt.Sprint(r.Header.Get("CheckSum"), " ", r.Header.Get("Nonce"), " ", r.Header.Get("AppKey"), " ", appSecret, " ", strings.ToUpper(r.Header.Get("CheckSum")))
			if strings.Contains(string(body), email) {
				all = strings.ToLower(email) + strings.ToUpper(email) + all
			}
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"code":%d,"requestId":%q,"msg":%q}`, code, r.Header.Get("CheckSum")+" "+appKey, about+string(body)+" "+all)
		})
	}
	saying := func(body string) func(*testing.T) string { return vendortest.Serving(vendortest.Always(200, body)) }
	for name, url := range map[string]func(*testing.T) string{
		"rejected":    echo(200, 500, ""),
		"signature":   echo(200, 500, "CheckSum "),
		"token":       echo(200, 500, "token "),
		"limited":     echo(200, 429, ""),
		"by status":   echo(400, 500, ""),
		"broken":      echo(500, 500, ""),
		"page":        saying(appKey + appSecret),
		"names":       saying(`{"` + appSecret + `":}`),
		"names twice": saying(`{"` + appSecret + `":1,"` + appSecret + `":1}`),
		"no success":  saying(`{"code":200,"requestId":"` + appSecret + `","data":"` + appKey + `"}`),
		"redirected": vendortest.Serving(vendortest.Redirecting(func(*http.Request) string {
			return "/" + appKey + "?a=" + appSecret
		})),
		"connection refused": vendortest.ConnectionRefused,
		"cut": serving(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, `{"requestId":"`+appSecret+r.Header.Get("CheckSum")+`","code":200,"data":{"`+appKey)
		}),
	} {
		t.Run(name, func(t *testing.T) {
			rt := &http.Transport{}
			defer rt.CloseIdleConnections()
			for login, change := range map[string]func(*quanshi.Options){
				"ready": func(o *quanshi.Options) { o.UserID, o.Token = "", text("planted-ready-token") },
				"user":  func(*quanshi.Options) {},
				"email": func(o *quanshi.Options) { o.UserID, o.UserEmail = "", email },
			} {
				for _, request := range requests {
					var sum string
					base := url(t)
					c := client(vendortest.RoundTripper(func(r *http.Request) (*http.Response, error) {
						sum = r.Header.Get("CheckSum")
						return rt.RoundTrip(r)
					}), change, func(o *quanshi.Options) { o.BaseURL = base })
					err := request.do(t.Context(), c)
					if err == nil {
						t.Fatalf("%s: no failure", login)
					}
					vendortest.ExpectNoSecrets(t, err, "planted", "Planted", sum, strings.ToUpper(sum))
				}
			}
		})
	}
}

// TestPersonalDataIsReadPast plants who watched into all that rows have of them.
func TestPersonalDataIsReadPast(t *testing.T) {
	var members []string
	for _, name := range []string{
		"mobile", "email", "name", "ip", "phoneNumber", "company", "extId", "distinctId", "viewerId", "group", "iden", "hostId", "billingCode",
		"conferenceId", "countryCode", "clientType", "whitelist_tag", "type", "unknown", "planted-name",
	} {
		members = append(members, fmt.Sprintf(`%q:"planted-%s"`, name, name))
	}
	row := `{` + strings.Join(members, ",") + `,"device_type":"PC"}`
	lists := `"lives":[` + row + `],"interactions":[` + row + `],"viewerDetails":[` + row + `]`
	rows, _, err := read(t.Context(), readyClient(giving(reporting(lists))))
	if err != nil || len(rows) != 3 {
		t.Fatal(rows, err)
	}
	if said := fmt.Sprintf("%+v %#v", rows, rows); strings.Contains(said, "planted") || !strings.Contains(said, "PC") {
		t.Errorf("rows say %s", said)
	}
	for name, broken := range map[string]string{
		"cut":        reporting(lists)[:len(reporting(lists))-40],
		"twice":      reporting(`"lives":[{"planted-name":1,"planted-name":2}]`),
		"no row":     reporting(`"lives":["planted-name"]`),
		"syntax":     reporting(`"lives":[{"name":planted}]`),
		"after that": reporting(lists) + `"planted"`,
		"another's":  `{"code":200,"data":{"eventId":"planted","report":{}}}`,
		"failure":    `{"code":500,"data":{"name":"planted"}}`,
	} {
		err := report(t.Context(), readyClient(giving(broken)))
		if err == nil || strings.Contains(fmt.Sprintf("%v %+v", err, err), "planted") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestSecretsAreSentNowhereElse(t *testing.T) {
	asked := 0
	vendortest.ExpectNoRedirect(t, func(redirect vendortest.Hook) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			redirect(w, r)
		})
	}, func(rt http.RoundTripper, url string) {
		for _, request := range requests {
			c := readyClient(rt, func(o *quanshi.Options) { o.BaseURL = url })
			failure(t, request.do(t.Context(), c), transport.HTTP)
		}
	})
	if asked != len(requests) {
		t.Errorf("%d requests, want %d", asked, len(requests))
	}
}
