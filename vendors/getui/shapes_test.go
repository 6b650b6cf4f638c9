//go:build !race

// The race detector takes memory of its own, and all of the time that there is for tests.

package getui_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/getui"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

// places are those in the answers of all endpoints where a list may stand.
func places() (all []vendortest.Place) {
	day := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	ids := []string{"T1", "T2"}
	type read = func(context.Context, *getui.Client) error
	add := func(name, before, after string, do read, units ...string) {
		all = append(all, vendortest.Place{
			Name: name, Before: before, After: after, Units: units,
			Read: func(ctx context.Context, o transport.Options) error {
				o.Vendor, o.RoundTripper = "getui", loggedIn{o.RoundTripper}
				return do(ctx, client(o.RoundTripper, func(account *getui.Options) {
					account.Transport = vendortest.Transport(o)
				}))
			},
		})
	}
	pushDay := func(ctx context.Context, c *getui.Client) error { _, _, err := c.PushDay(ctx, day, true); return err }
	userDay := func(ctx context.Context, c *getui.Client) error { _, _, err := c.UserDay(ctx, day); return err }
	quota := func(ctx context.Context, c *getui.Client) error { _, _, err := c.PushQuota(ctx); return err }
	tasks := func(ctx context.Context, c *getui.Client) error {
		_, _, err := c.Tasks(ctx, ids, getui.TaskOptions{Brands: true, ActionIDs: []string{"a"}})
		return err
	}
	losses := func(ctx context.Context, c *getui.Client) error { _, _, err := c.TaskLosses(ctx, ids); return err }
	group := func(ctx context.Context, c *getui.Client) error {
		_, _, err := c.TaskGroup(ctx, "g", getui.TaskGroupOptions{Brands: true})
		return err
	}
	const open = `{"code":0,"msg":"success","data":`
	add("answer", "", "", users)
	add("code", `{"code":`, `}`, users)
	add("message", `{"code":1,"msg":`, `}`, users)
	add("hosts", `{"code":301,"msg":"x","data":`, `}`, users)
	add("online_user", open, "}", users)
	add("online_user points", open+`{"online_statics":`, "}}", users, `"#":1`, `"170000000000#":null`)
	add("push_count", open, "}", quota, `"#":{"app":{"total_num":1}}`)
	add("push_count channel", open+`{"gt":`, "}}", quota, `"#":{"total_num":1}`, `"app":{"total_num":"x"}`)
	add("user_day", open, "}", userDay, `"2026-11-20":{}`, `"2026-11-20":{"active_num":1}`)
	add("user_day values", open+`{"2026-11-20":`, "}}", userDay, `"active_num":1`)
	add("push_day", open, "}", pushDay, `"2026-11-20":{}`, `"2026-11-20":{"total":{}}`)
	add("push_day channels", open+`{"2026-11-20":`, "}}", pushDay, `"#":{"target_num":1}`, `"hw":{"target_num":1}`, `"gt.#":{"target_num":1}`)
	add("push_day brands", open+`{"2026-11-20":{"gt":`, "}}}", pushDay, `"#":{"target_num":1}`)
	add("tasks", open, "}", tasks, `"T1":{}`, `"T#":{"total":{"msg_num":1}}`)
	add("tasks actions", open+`{"T1":{"actionCntMap":`, "}}}", tasks, `"a":1`)
	add("tasks total", open+`{"T1":{"total":`, "}}}", tasks, `"msg_num":1`, `"msg_num":"`+strings.Repeat("x", 90)+`"`)
	add("losses", open+`{"T1":{"failed_detail":`, "}}}", losses, `"#":{"gt":{"6":{"6001":1}}}`)
	add("losses reasons", open+`{"T1":{"failed_detail":{"ts":{"gt":{"6":`, "}}}}}}", losses, `"#":1`, `"":1`)
	add("task_group", open+`{"g":`, "}}", group, `"#":{"target_num":1}`)
	for _, field := range []string{"token", "expire_time"} {
		all = append(all, vendortest.Place{
			Name: "auth " + field, Before: open + `{"` + field + `":`, After: "}}",
			Read: func(ctx context.Context, o transport.Options) error {
				o.Vendor = "getui"
				return users(ctx, client(o.RoundTripper, func(account *getui.Options) {
					account.Transport = vendortest.Transport(o)
				}))
			},
		})
	}
	return all
}

// loggedIn is a vendor that takes each login, and leaves other requests to another one.
type loggedIn struct{ http.RoundTripper }

func (l loggedIn) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/auth") {
		return vendortest.TextResponse(r, `{"code":0,"msg":"success","data":{"expire_time":"4102444800000","token":"t"}}`), nil
	}
	return l.RoundTripper.RoundTrip(r)
}

func TestEveryEndpointIsInTheLists(t *testing.T) {
	vendortest.ExpectEveryEndpoint(t, "places", vendortest.EndpointsOfPlaces(t, places()))
}

func TestMemoryForAnyAnswer(t *testing.T) { vendortest.RunShapes(t, places()) }

func FuzzMemory(f *testing.F) { vendortest.FuzzShapes(f, places()) }
