package getui_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/getui"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

// saying is a vendor that takes any login and gives one answer to all else.
func saying(answer string) vendortest.RoundTripper {
	return func(r *http.Request) (*http.Response, error) {
		body := answer
		if strings.HasSuffix(r.URL.Path, "/auth") {
			body = `{"code":0,"data":{"token":"t"}}`
		}
		return vendortest.TextResponse(r, body), nil
	}
}

// FuzzAnswers uses any bytes as an answer to all that the client asks for: no answer may
// do more harm than to fail, and none may grow.
func FuzzAnswers(f *testing.F) {
	for _, data := range []string{
		taskDocument, taskGroupDocument, taskDetailDocument, pushCountDocument,
		strings.ReplaceAll(pushDayDocument, "$date", "2026-11-20"),
		strings.ReplaceAll(userDayDocument, "$date", "2026-11-20"),
		strings.ReplaceAll(onlineUserDocument, "$date", "1700000000000"),
		`{"$taskid":{"gt":{"hw":{"click_num":"-1"}},"gt.hw":{}}}`,
	} {
		f.Add([]byte(`{"code":0,"msg":"success","data":` + data + `}`))
	}
	f.Add([]byte(`{"code":301,"data":{"hosts":["cncrestapi.getui.com"]}}`))
	f.Add([]byte(`{"code":"10005","msg":"请求过于频繁"}`))
	f.Add([]byte(`{"code":10001}`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		c := client(saying(string(answer)))
		rows := 0
		count := func(r getui.Report) { rows += len(r.Channels) + len(r.Brands) + len(r.Actions) }
		check := func(err error) {
			vendortest.ExpectKind(t, err, transport.Malformed, transport.TooLarge, transport.Rejected, transport.RateLimited, transport.Auth)
		}

		quotas, _, err := c.PushQuota(t.Context())
		check(err)
		points, _, err := c.OnlineUsers(t.Context())
		check(err)
		reported, _, err := c.Tasks(t.Context(), []string{"$taskid"}, getui.TaskOptions{Brands: true})
		check(err)
		lost, _, err := c.TaskLosses(t.Context(), []string{"$taskid"})
		check(err)
		ofDay, _, err := c.PushDay(t.Context(), day, true)
		check(err)
		ofGroup, _, err := c.TaskGroup(t.Context(), "$group_name", getui.TaskGroupOptions{Brands: true})
		check(err)
		_, _, err = c.UserDay(t.Context(), day)
		check(err)

		for _, n := range []int{len(quotas), len(points), len(reported), len(lost)} {
			if n > len(answer)/4 { // "":{} with a comma is more
				t.Fatalf("%d bytes give %d results", len(answer), n)
			}
		}
		for _, r := range reported {
			count(r.Report)
		}
		count(ofDay)
		count(ofGroup)
		for _, task := range lost {
			rows += len(task.Losses)
		}
		if rows > len(answer) {
			t.Fatalf("%d bytes give %d rows", len(answer), rows)
		}
	})
}

// BenchmarkTasks reads a full answer: 200 tasks with eleven channels and custom events each.
func BenchmarkTasks(b *testing.B) {
	const values = `{"msg_num":120000,"target_num":110000,"receive_num":"90000","display_num":-1,"click_num":777}`
	channels := []string{"total", "gt", "ios", "hw", "ho", "xm", "vv", "mz", "op", "opg", "wx", "st"}
	ids := make([]string, getui.MaxTaskIDs)
	var body strings.Builder
	body.WriteString(`{"code":0,"msg":"success","data":{`)
	for i := range ids {
		ids[i] = fmt.Sprintf("RASL_1120_%032d", i)
		if i > 0 {
			body.WriteByte(',')
		}
		fmt.Fprintf(&body, "%q:{", ids[i])
		for _, channel := range channels {
			fmt.Fprintf(&body, "%q:%s,", channel, values)
		}
		body.WriteString(`"actionCntMap":{"90001":5,"90002":"6"}}`)
	}
	body.WriteString(`}}`)
	answer := body.String()
	c := client(saying(answer))

	b.SetBytes(int64(len(answer)))
	b.ReportAllocs()
	for b.Loop() {
		tasks, _, err := c.Tasks(b.Context(), ids, getui.TaskOptions{ActionIDs: []string{"90001", "90002"}})
		if err != nil || len(tasks) != len(ids) || len(tasks[0].Channels) != 11 {
			b.Fatal(len(tasks), err)
		}
	}
}
