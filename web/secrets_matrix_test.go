package web_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-kit/log"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
	"github.com/engage-exporter/engage_exporter/web"
	"github.com/engage-exporter/engage_exporter/web/webtest"
)

// plantedAccounts is an account of each vendor with secrets, and with filters that hold what may be a person's.
const plantedAccounts = `
getui: [{account: shop, app_id: APP, app_key: k3y-planted, master_secret: m4ster-planted, task_ids: [RASL_1], task_groups: [g], requests_per_minute: 6000}]
polyv: [{account: academy, user_id: U123456, secret_key: p0lyv-planted}]
adspect: [{account: media, api_key: adsp3ct-planted, requests_per_minute: 6000, endpoints: {click_log: {enabled: true}, account: {enabled: true}},
  funnels: [{name: f, group_by: [], metrics: [clicks], windows: [today], filters: {ip_address: [192.0.2.7], click_id: [click-planted], sub_id: [subid-planted]}}]}]
sensorsdata:
  - {account: ebiz, base_url: 'http://s.example', api_secret: s3nsors-planted, tags: [21], requests_per_minute: 6000,
     segments: [{name: v, filter: {conditions: [{field: user.phone, function: equal, params: ["13800000000", 13900000000, {deep: [deep-planted]}]}]}}]}
  - {account: header, base_url: 'http://s.example', project: second, api_secret: s3nsors-planted, secret_in: header, tags: [21], requests_per_minute: 6000}
quanshi:
  - {account: login, app_key: qk3y-planted, app_secret: qs3cret-planted, user_email: Someone@planted.example, event_ids: [609768], discover: {}, requests_per_minute: 6000}
  - {account: token, app_key: qk3y-planted, app_secret: qs3cret-planted, token: qt0ken-planted, event_ids: [609768], requests_per_minute: 6000}
global: {http_client: {http_headers: {X-Gate: {values: [gat3-planted], secrets: [gat4-planted]}}}}
`

// targetsOf returns the accounts of a configuration as /probe names them.
func targetsOf(cfg *config.Config) []string {
	var targets []string
	for _, v := range collector.ConfigVendors() {
		for _, a := range cfg.Accounts(v.Name) {
			targets = append(targets, v.Name+"/"+a.Common().Name)
		}
	}
	return targets
}

var plantedText = regexp.MustCompile(`\w+-planted|\w+@planted\.example`)

// plantedTexts are those that may stand nowhere, in the ways in which they are sent.
func plantedTexts() []string {
	texts := []string{"192.0.2.7", "13800000000", "13900000000"}
	for _, secret := range append(plantedText.FindAllString(plantedAccounts, -1), "t0ken-planted-by-vendor") {
		texts = append(texts, secret, url.QueryEscape(secret), strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(secret)), "="))
	}
	return texts
}

// hostileAnswers are what a vendor may answer, with all that it was sent in every place that a client may look at.
var hostileAnswers = []struct {
	name   string
	answer func(w *httptest.ResponseRecorder, sent, quoted string)
}{
	{"as garbage", func(w *httptest.ResponseRecorder, sent, _ string) { w.WriteString(sent) }},
	{"refused", func(w *httptest.ResponseRecorder, _, q string) {
		w.WriteHeader(http.StatusUnauthorized)
		w.WriteString(`{"code":10002,"msg":` + q + `,"status":"error","message":` + q + `,"error":` + q + `,"error_msg":` + q + `}`)
	}},
	{"broken", func(w *httptest.ResponseRecorder, sent, _ string) {
		w.WriteHeader(http.StatusInternalServerError)
		w.WriteString(sent)
	}},
	{"as code and message", func(w *httptest.ResponseRecorder, _, q string) {
		w.WriteString(`{"code":` + q + `,"msg":` + q + `,"status":` + q + `,"message":` + q + `,"error":` + q + `,"data":` + q + `,"requestId":` + q + `}`)
	}},
	{"in headers", func(w *httptest.ResponseRecorder, sent, q string) {
		w.Header().Set("X-Request-Id", sent)
		w.Header().Set("Content-Type", sent)
		w.Header().Set("Retry-After", sent)
		w.WriteHeader(http.StatusTooManyRequests)
		w.WriteString(`{"error":{"code":` + q + `,"message":` + q + `},"request_id":` + q + `}`)
	}},
	{"as numbers", func(w *httptest.ResponseRecorder, _, q string) {
		w.WriteString(`{"code":0,"success":true,"data":{"gt":{"app":{"total_num":` + q + `,"remain_num":` + q + `,"limit":` + q + `}},"list":[{"eventId":` + q + `}]}}`)
	}},
	{"in a list", func(w *httptest.ResponseRecorder, _, q string) {
		w.WriteString(`[` + q + `,{"id":` + q + `,"name":{"x":` + q + `}}]`)
	}},
	{"forbidden", func(w *httptest.ResponseRecorder, _, q string) {
		w.WriteHeader(http.StatusForbidden)
		w.WriteString(`{"status":403,"title":` + q + `,"detail":` + q + `,"call_id":` + q + `}`)
	}},
}

// encodings are the ways in which a vendor, a proxy or a gateway may write what it was sent.
var encodings = []struct {
	name   string
	encode func(string) string
}{
	{"as it is", func(s string) string { return s }},
	{"upper case", strings.ToUpper},
	{"hex", func(s string) string { return hex.EncodeToString([]byte(s)) }},
	{"base64", func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }},
	{"base64 for URLs", func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }},
	{"base64 after one byte", func(s string) string { return base64.StdEncoding.EncodeToString([]byte(":" + s)) }},
	{"base64 after two bytes", func(s string) string { return base64.StdEncoding.EncodeToString([]byte("u:" + s)) }},
	{"query", url.QueryEscape},
	{"each byte of a query", percent},
	{"JSON in JSON", func(s string) string { return strings.ReplaceAll(fmt.Sprintf("%+q", s), "-", `\u002d`) }},
	{"page", func(s string) string { return strings.ReplaceAll(html.EscapeString(s), "-", "&#45;") }},
	{"a long part", func(s string) string { return s[1 : len(s)-1] }},
}

// percent escapes each byte as URLs do.
func percent(s string) string {
	var out strings.Builder
	for _, b := range []byte(s) {
		fmt.Fprintf(&out, "%%%02x", b)
	}
	return out.String()
}

// TestEncodedSecretsAreSaidNowhere lets each vendor quote what it, or a proxy before it, was sent, in each encoding and in
// each place that a client may look at, and looks for it in all that the exporter says.
func TestEncodedSecretsAreSaidNowhere(t *testing.T) {
	secretsOf := map[string][]string{ // by a part of the host
		"getui": {"k3y-planted", "m4ster-planted"}, "polyv": {"p0lyv-planted"}, "adspect": {"adsp3ct-planted", "click-planted"},
		"s.example": {"s3nsors-planted"}, "quanshi": {"qk3y-planted", "qs3cret-planted"},
		"": {"gat3-planted", "gat4-planted", "pr0xy-planted"},
	}
	t.Setenv("HTTPS_PROXY", "http://corp:pr0xy-planted@proxy.example")
	yaml := strings.Replace(plantedAccounts, "http_client: {", "http_client: {proxy_from_environment: true, ", 1)
	for _, e := range encodings {
		for _, h := range hostileAnswers {
			t.Run(e.name+", "+h.name, func(t *testing.T) {
				quote := webtest.RoundTripper(func(r *http.Request) (*http.Response, error) {
					var encoded []string
					for host, secrets := range secretsOf {
						for _, secret := range secrets {
							if strings.Contains(r.URL.Host, host) {
								encoded = append(encoded, e.encode(secret))
							}
						}
					}
					sent := strings.Join(encoded, " ")
					quoted, err := json.Marshal(sent)
					if err != nil {
						return nil, err
					}
					return plantedVendors{logins: true, answer: func(w *httptest.ResponseRecorder, _, _ string) {
						h.answer(w, sent, string(quoted))
					}}.RoundTrip(r)
				})
				all := said(t, quote, yaml)
				if quotesWords := h.name == "refused" || h.name == "as code and message"; quotesWords && !strings.Contains(all["the log"], "<secret>") {
					t.Errorf("the log quotes no vendor:\n%s", all["the log"])
				}
				for where, text := range all {
					for _, secrets := range secretsOf {
						for _, secret := range secrets {
							planted := e.encode(secret)
							if i := strings.Index(strings.ToLower(text), strings.ToLower(planted)); i >= 0 {
								t.Errorf("%s has %q: …%s…", where, planted, text[max(0, i-200):min(len(text), i+60)])
							}
						}
					}
				}
			})
		}
	}
}

// plantedVendors answers all requests with what they carry; logins too, unless they are to succeed. With lost set, no
// answer comes but an error that quotes the request.
type plantedVendors struct {
	answer  func(w *httptest.ResponseRecorder, sent, quoted string)
	logins  bool
	lost    bool
	reports string // of events at Quanshi; "" for hostile ones
}

// RoundTrip implements http.RoundTripper.
func (v plantedVendors) RoundTrip(r *http.Request) (*http.Response, error) {
	sent := r.Method + " " + r.URL.String() + " "
	if query, err := url.QueryUnescape(r.URL.RawQuery); err == nil {
		sent += query + " "
	}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		sent += name + ": " + strings.Join(r.Header[name], ",") + " "
	}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body.Close()
		sent = string(body) + " " + sent // first, for long texts are cut
	}
	quoted, err := json.Marshal(sent)
	if err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	switch path := r.URL.Path; {
	case v.logins && strings.HasSuffix(path, "/auth"):
		w.WriteString(`{"code":0,"data":{"expire_time":"4102444800000","token":"t0ken-planted-by-vendor"}}`)
	case v.logins && strings.HasSuffix(path, "/user/search/email"):
		w.WriteString(`{"code":200,"data":[{"userId":19533553}]}`)
	case v.logins && strings.HasSuffix(path, "/token/create"):
		w.WriteString(`{"code":200,"data":{"token":"t0ken-planted-by-vendor","createTime":1,"expire":86400}}`)
	case v.reports != "" && strings.HasSuffix(path, "/event/report/details"):
		w.WriteString(v.reports)
	case v.lost:
		return nil, &url.Error{Op: "Get", URL: r.URL.String(), Err: errors.New(sent)}
	default:
		v.answer(w, sent, string(quoted))
	}
	answer := w.Result()
	answer.Request = r
	return answer, nil
}

// said is all that the exporter says of itself: each page, the log at debug level, the answer to a reload of a file
// with mistakes, a live check.
func said(t *testing.T, vendors http.RoundTripper, yaml string) map[string]string {
	t.Helper()
	cfg, err := collector.ParseConfig("engage.yml", []byte(yaml), config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, mistakes := collector.ParseConfig("engage.yml", []byte(strings.NewReplacer("account: ", "acount: ", "app_id: ", "app_idd: ", "}]", ", timeout: soon}]").Replace(yaml)), config.Options{})
	if mistakes == nil {
		t.Fatal("the file has no mistakes")
	}
	logged := &testkit.Output{}
	logger := log.NewLogfmtLogger(logged)
	h := webtest.NewSite(t, vendors, yaml, func(o *web.Options, c *collector.Options) {
		o.Logger, c.Logger, o.Config = logger, logger, cfg.Masked
		o.Reload = func() error { return mistakes }
		o.ReloadFailure = func() error { return mistakes }
	})
	all := make(map[string]string)
	paths := []string{"/metrics", "/", "/?failing=1", "/config", "/sd", "/debug/pprof/cmdline", "/nothing", "/-/ready"}
	for _, account := range targetsOf(cfg) {
		paths = append(paths, "/probe?target="+account, "/probe?debug=true&target="+account, "/?account="+account)
	}
	for _, path := range paths {
		w := webtest.Get(h, path)
		all[path] = fmt.Sprint(w.Header()) + w.Body.String()
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/-/reload", http.NoBody))
	all["POST /-/reload"] = w.Body.String()
	all["the log"] = logged.String()

	set, err := collector.New(cfg, collector.Options{RoundTripper: vendors})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	for _, r := range set.Check(t.Context()) {
		all["the check"] += fmt.Sprintln(r, r.Failures())
	}
	return all
}

// Whatever a vendor does with what it was sent, logins or not, nothing of it is said anywhere.
func TestWhatVendorsWereSentIsSaidNowhere(t *testing.T) {
	type hostile struct {
		name    string
		vendors plantedVendors
	}
	cfg, err := collector.ParseConfig("engage.yml", []byte(plantedAccounts), config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range collector.ConfigVendors() {
		if len(cfg.Accounts(v.Name)) == 0 {
			t.Errorf("plantedAccounts has no account of %s: add one, with each of its secrets", v.Name)
		}
	}
	targets := targetsOf(cfg)
	var matrix []hostile
	for _, h := range hostileAnswers {
		matrix = append(matrix, hostile{h.name, plantedVendors{answer: h.answer}}, hostile{h.name + ", after a login", plantedVendors{answer: h.answer, logins: true}})
	}
	matrix = append(matrix, hostile{"lost", plantedVendors{lost: true}}, hostile{"lost after a login", plantedVendors{lost: true, logins: true}})
	for _, tt := range matrix {
		t.Run(tt.name, func(t *testing.T) {
			all := said(t, tt.vendors, plantedAccounts)
			for where, text := range all {
				for _, planted := range plantedTexts() {
					if i := strings.Index(text, planted); i >= 0 {
						t.Errorf("%s has %q: …%s…", where, planted, text[max(0, i-200):min(len(text), i+60)])
					}
				}
			}
			// That nothing is said is no proof where nothing happened.
			for _, want := range targets {
				vendor, account, _ := strings.Cut(want, "/")
				if !strings.Contains(all["the check"], vendor+" "+account) || !strings.Contains(all["/metrics"], fmt.Sprintf(`engage_endpoint_up{account=%q`, account)) {
					t.Errorf("nothing is said of %s", want)
				}
			}
			if !strings.Contains(all["the log"], "endpoint failing") {
				t.Errorf("the log mentions no failure:\n%s", all["the log"])
			}
		})
	}
}

// Rows of a report say who watched. None of it is said anywhere, whether the report comes whole or is cut off in the
// midst of a person.
func TestWhoWatchedIsSaidNowhere(t *testing.T) {
	var members []string
	for _, name := range []string{"mobile", "email", "name", "ip", "phoneNumber", "company", "extId", "distinctId", "viewerId", "group"} {
		members = append(members, fmt.Sprintf(`%q:"person-%s"`, name, name))
	}
	row := `{` + strings.Join(members, ",") + `,"device_type":"PC","live_type":0,"online_duration":60}`
	rows := `"lives":[` + row + `,` + row + `],"interactions":[` + row + `],"viewerDetails":[` + row + `]`
	whole := `{"code":200,"requestId":"request-9","data":{"eventId":609768,"report":{` + rows + `}}}`
	at := func(text string) string {
		i := strings.LastIndex(whole, text)
		return whole[:i+len(text)]
	}
	for _, tt := range []struct {
		name, report string
		up           bool
	}{
		{"whole", whole, true},
		{"cut in a value", at("person-mob"), false},
		{"cut after a value", at(`"person-phoneNumber"`), false},
		{"cut in a key", at(`"viewe`), false},
		{"with a value that is none", strings.Replace(whole, `"person-ip"`, `person-ip`, 1), false},
		{"with a number in place of a value", strings.ReplaceAll(whole, `"online_duration":60`, `"online_duration":"person-name"`), false}, // no duration of any can be used
		{"with a person in place of a device", strings.ReplaceAll(whole, `"live_type":0`, `"live_type":"person-live"`), true},
		{"with a failure", `{"code":500,"msg":"no report","data":{"name":"person-name"}}`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			vendors := plantedVendors{answer: hostileAnswers[1].answer, logins: true, reports: tt.report}
			yaml := "quanshi: [{account: token, app_key: qk3y-planted, app_secret: qs3cret-planted, token: qt0ken-planted, event_ids: [609768]}]\n"
			all := said(t, vendors, yaml)
			for where, text := range all {
				if i := strings.Index(text, "person-"); i >= 0 {
					t.Errorf("%s has a person: …%s…", where, text[max(0, i-200):min(len(text), i+60)])
				}
			}
			up := 0
			if tt.up {
				up = 1
			}
			if want := fmt.Sprintf(`engage_endpoint_up{account="token",api_endpoint="event_report",vendor="quanshi"} %d`, up); !strings.Contains(all["/metrics"], want) {
				t.Errorf("no %s in\n%s", want, all["/metrics"])
			}
		})
	}
}
