package status_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/collector/polyv"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
	"github.com/engage-exporter/engage_exporter/web"
	"github.com/engage-exporter/engage_exporter/web/webtest"
)

// groups is the configuration of an account at GeTui that reads the task groups good and other alone.
const groups = "getui:\n  - {account: shop, app_id: APP, app_key: app-key-planted, master_secret: master-secret-planted, task_groups: [good, other], requests_per_minute: 600,\n" +
	"     endpoints: {push_quota: {enabled: false}, online_users: {enabled: false}, push_day: {enabled: false}, user_day: {enabled: false}}}\n"

const goodGroup = `{"code":0,"msg":"success","data":{"good":{"gt":{"target_num":1,"receive_num":1,"display_num":1,"click_num":1,"msg_num":1}}}}`

// answering answers what is asked of the group good, and lets other do the rest.
func answeringGood(other http.HandlerFunc) webtest.GeTui {
	return func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/good") {
			io.WriteString(w, goodGroup)
			return
		}
		other(w, r)
	}
}

// One of several things fails: what is served of the others is not old.
func TestStatusShowsThatSomeFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := webtest.NewSite(t, answeringGood(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }), groups, nil)
		webtest.Scrape(t, h)
		time.Sleep(time.Second)
		page := webtest.StatusPage(t, h, "")
		webtest.WantWords(t, page, "1 of 1 endpoint fails, at 1 of 1 account", "task_groups GET /report/push/task_group/NAME some fail for ", "1 of 2 reads fail", "1 account, those that need attention first")
		if strings.Contains(webtest.Words(page), "old values") {
			t.Errorf("nothing that is served is old:\n%s", webtest.Words(page))
		}
	})
}

// The first refresh is long: what it has read already is served.
func TestStatusShowsThatTheFirstReadIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := webtest.NewSite(t, answeringGood(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), groups, nil)
		webtest.Get(h, "/metrics", "X-Prometheus-Scrape-Timeout-Seconds", "2")
		webtest.WantWords(t, webtest.StatusPage(t, h, ""), "Being read for the first time", "task_groups GET /report/push/task_group/NAME being read for the first time, some values are served 2 s ago")
	})
}

// After midnight nothing of the day before is served, and nothing has failed: the page must not say that all is well.
func TestStatusAfterMidnight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rows := make([]string, 24)
		for hour := range rows {
			rows[hour] = fmt.Sprintf(`{"currentHour":"%02d","pcPlayDuration":1,"pcFlowSize":1,"pcVideoView":1,"pcUniqueViewer":1,"mobilePlayDuration":1,"mobileFlowSize":1,"mobileVideoView":1,"mobileUniqueViewer":1}`, hour)
		}
		day := webtest.Answer(`{"code":200,"status":"success","message":"","data":[` + strings.Join(rows, ",") + `]}`)
		h := webtest.NewSite(t, webtest.RoundTripper(func(r *http.Request) (*http.Response, error) {
			return webtest.GeTui(day).RoundTrip(r)
		}), "polyv:\n  - {account: academy, user_id: U, secret_key: secret-key-planted, endpoints: "+
			testkit.OnlyEndpoints(polyv.Vendor{}.Config(), map[string]string{"playback_today": "max_stale: 3h"})+"}\n", nil)
		time.Sleep(15*time.Hour + 50*time.Minute) // it is 23:50 in Shanghai
		webtest.Scrape(t, h)
		webtest.WantWords(t, webtest.StatusPage(t, h, ""), "Nothing fails")
		time.Sleep(30 * time.Minute)
		webtest.WantWords(t, webtest.StatusPage(t, h, ""), "No read fails, but 1 account needs attention", "polyv/academy playback_today: no values of this day yet", "1 endpoint without values: ", "academy no values of this day yet ", "no values of this day yet nothing last 30 min ago")
	})
}

// A list that is empty is an answer: there are no values that could be too old.
func TestStatusOfAnEmptyList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		yaml := "quanshi:\n  - {account: cn, app_key: app-key-planted, app_secret: app-secret-planted, user_id: '1', discover: {}, endpoints: {event_list: {enabled: false}}}\n"
		h := webtest.NewSite(t, webtest.RoundTripper(func(r *http.Request) (*http.Response, error) {
			body := `{"code":"0","success":true,"data":{"list":[],"total":0,"hasNextPage":false}}`
			if strings.Contains(r.URL.Path, "oken") {
				body = `{"code":"0","success":true,"data":{"token":"t0ken-planted","expireTime":7200}}`
			}
			return webtest.GeTui(webtest.Answer(body)).RoundTrip(r)
		}), yaml, nil)
		webtest.Scrape(t, h)
		time.Sleep(3 * time.Hour)
		page := webtest.Words(webtest.StatusPage(t, h, ""))
		if strings.Contains(page, "too old") || strings.Contains(page, "of this day yet") {
			t.Errorf("got %s", page)
		}
	})
}

func TestStatusShowsTheShard(t *testing.T) {
	shard := func(name string) func(*web.Options, *collector.Options) {
		return func(o *web.Options, _ *collector.Options) { o.Shard = name }
	}
	webtest.WantWords(t, webtest.StatusPage(t, webtest.NewSite(t, webtest.GeTui(webtest.Working), webtest.Shops("shop"), shard("2/4")), ""), "This is shard 2/4: the accounts of other shards are on other exporters.")
	if page := webtest.Words(webtest.StatusPage(t, webtest.NewSite(t, webtest.GeTui(webtest.Working), webtest.Shops("shop"), shard("")), "")); strings.Contains(page, "shard") {
		t.Errorf("there is no shard:\n%s", page)
	}
}
