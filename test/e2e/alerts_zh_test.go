package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// chats are the APIs of WeCom, DingTalk and Feishu that a message goes to, as far as their documents describe them.
type chats struct {
	*httptest.Server
	mu       sync.Mutex
	messages map[string][]string // the texts, by chat
}

func newChats(t *testing.T) *chats {
	c := &chats{messages: make(map[string][]string)}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

func (c *chats) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var message struct {
		MsgType   string `json:"msgtype"`
		MessageOf string `json:"msg_type"`
		ToParty   string `json:"toparty"`
		AgentID   string `json:"agentid"`
		Text      struct{ Content string }
		Content   struct{ Text string }
	}
	query := r.URL.Query()
	if r.Method == http.MethodPost {
		if err := json.Unmarshal(body, &message); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	switch {
	case r.URL.Path == "/cgi-bin/gettoken" && query.Get("corpsecret") == "wecom-secret" && query.Get("corpid") != "":
		fmt.Fprint(w, `{"errcode":0,"errmsg":"ok","access_token":"token","expires_in":7200}`)
	case r.URL.Path == "/cgi-bin/message/send" && query.Get("access_token") == "token" && message.MsgType == "text" &&
		message.ToParty != "" && message.AgentID != "":
		c.add("WeCom", message.Text.Content)
		fmt.Fprint(w, `{"errcode":0,"errmsg":"ok"}`)
	case r.URL.Path == "/robot/send" && query.Get("access_token") == "robot" && message.MsgType == "text":
		c.add("DingTalk", message.Text.Content)
		fmt.Fprint(w, `{"errcode":0,"errmsg":"ok"}`)
	case r.URL.Path == "/open-apis/bot/v2/hook/robot" && message.MessageOf == "text":
		c.add("Feishu", message.Content.Text)
		fmt.Fprint(w, `{"code":0,"msg":"success","data":{}}`)
	default:
		http.Error(w, r.Method+" "+r.URL.String()+": "+string(body), http.StatusBadRequest)
	}
}

func (c *chats) add(chat, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.messages[chat] = append(c.messages[chat], text)
}

func (c *chats) of(chat string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.messages[chat]...)
}

// The example with WeCom, DingTalk and Feishu delivers alerts in Chinese where the rules have it, and in English where
// somebody's own rule has nothing else. It needs a newer Alertmanager than Debian's.
func TestAlertmanagerDeliversChinese(t *testing.T) {
	newest := testkit.Files(t, "../../.bin/prometheus-*/prometheus-alertmanager")[0]
	t.Setenv("TZ", "Asia/Shanghai")
	dir, chats := t.TempDir(), newChats(t)
	secret := func(name, text string) string { return testkit.WriteFile(t, dir, name, text+"\n") }
	routes, _, _ := strings.Cut(replacing(t, "../../alertmanager.yml.example",
		"group_wait: 30s", "group_wait: 1s", "group_interval: 5m", "group_interval: 1s"), "\nreceivers:\n")
	testkit.WriteFile(t, dir, "alertmanager.zh.tmpl", testkit.ReadFile(t, "../../alertmanager.zh.tmpl"))
	config := testkit.WriteFile(t, dir, "alertmanager.yml", routes+"\n"+replacing(t, "../../alertmanager.zh.yml.example",
		"https://qyapi.weixin.qq.com", chats.URL,
		"/etc/alertmanager/wecom-secret", secret("wecom-secret", "wecom-secret"),
		"/etc/alertmanager/dingtalk-url", secret("dingtalk-url", chats.URL+"/robot/send?access_token=robot"),
		"/etc/alertmanager/feishu-url", secret("feishu-url", chats.URL+"/open-apis/bot/v2/hook/robot")))
	address := freeAddress(t)
	testkit.Start(t, newest, "--config.file="+config, "--storage.path="+filepath.Join(dir, "data"),
		"--web.listen-address="+address, "--web.external-url=http://alertmanager", "--cluster.listen-address=")
	testkit.Await(t, "Alertmanager", func() error {
		_, err := get(http.DefaultClient, "http://"+address+"/-/ready")
		return err
	})

	type alert struct {
		Labels      map[string]string `json:"labels"`
		Annotations map[string]string `json:"annotations"`
		StartsAt    string            `json:"startsAt"`
		EndsAt      string            `json:"endsAt,omitempty"`
	}
	post := func(alerts ...alert) {
		t.Helper()
		body, err := json.Marshal(alerts)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.Post("http://"+address+"/api/v2/alerts", "application/json", strings.NewReader(string(body)))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Fatalf("Alertmanager answers %s", res.Status)
		}
	}
	wants := func(chat, text string) {
		t.Helper()
		testkit.Await(t, chat, func() error {
			if got := chats.of(chat); !slices.Contains(got, text) {
				return fmt.Errorf("it got %q, want %q", got, text)
			}
			return nil
		})
	}
	const end = "\nAlertmanager: http://alertmanager"
	const runbook = "https://github.com/engage-exporter/engage_exporter/blob/main/docs/runbook.md#"
	exhausted := alert{
		Labels: labels("alertname=GetuiPushQuotaExhausted severity=critical vendor=getui account=news-android channel=xm kind=general"),
		Annotations: map[string]string{
			"summary": "GeTui news-android: used up", "description": "Account: news-android",
			"summary_zh": "个推 news-android：通道 xm 的 general 推送配额已用尽", "description_zh": "账号 news-android 今日的推送配额（20k 条）已用尽。",
			"runbook_url": runbook + "getuipushquotaexhausted",
		},
		StartsAt: "2026-11-20T08:15:00Z",
	}
	own := alert{
		Labels:      labels("alertname=TrafficOfOurs severity=warning vendor=polyv account=academy"),
		Annotations: map[string]string{"summary": "Polyv academy: much traffic", "description": "Traffic: 75 GB"},
		StartsAt:    "2026-11-20T09:00:00Z",
	}
	post(exhausted, own)
	wants("WeCom", "告警：1 条\n\n个推 news-android：通道 xm 的 general 推送配额已用尽\n账号 news-android 今日的推送配额（20k 条）已用尽。\n"+
		"级别：严重，开始于 11-20 16:15 +08:00\n\n处理手册："+strings.Replace(runbook, "/docs/", "/docs/zh/", 1)+"getuipushquotaexhausted"+end)
	wants("DingTalk", "告警：1 条\n\nPolyv academy: much traffic\nTraffic: 75 GB\n级别：警告，开始于 11-20 17:00 +08:00\n"+end)

	var many []alert
	for _, endpoint := range []string{"funnel_today", "funnel_yesterday", "saved_queries", "streams"} {
		many = append(many, alert{
			Labels: labels("alertname=EngageEndpointDown severity=warning vendor=adspect account=affiliate api_endpoint=" + endpoint),
			Annotations: map[string]string{
				"summary_zh": "adspect affiliate：接口 " + endpoint + " 无法读取", "description_zh": "已连续 15 分钟读取失败。",
				"runbook_url": runbook + "engageendpointdown",
			},
			StartsAt: "2026-11-20T08:00:00Z",
		})
	}
	post(many...)
	down := func(endpoint string) string {
		return "adspect affiliate：接口 " + endpoint + " 无法读取\n已连续 15 分钟读取失败。\n级别：警告，开始于 11-20 16:00 +08:00\n\n"
	}
	wants("Feishu", "告警：4 条，以下列出 3 条\n\n"+down("funnel_today")+down("funnel_yesterday")+
		down("saved_queries")+"处理手册："+strings.Replace(runbook, "/docs/", "/docs/zh/", 1)+"engageendpointdown"+end)

	exhausted.EndsAt = "2026-11-20T16:00:00Z"
	post(exhausted)
	wants("WeCom", "告警恢复：1 条\n\n个推 news-android：通道 xm 的 general 推送配额已用尽\n账号 news-android 今日的推送配额（20k 条）已用尽。\n"+
		"级别：严重，恢复于 11-21 00:00 +08:00\n\n处理手册："+strings.Replace(runbook, "/docs/", "/docs/zh/", 1)+"getuipushquotaexhausted"+end)
}
