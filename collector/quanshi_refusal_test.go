package collector_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// quanshiExcept answers for one event alone with h, and with reports for all others.
func quanshiExcept(event int, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			EventID int `json:"eventId"`
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			panic(err)
		}
		if body.EventID == event {
			h(w, r)
			return
		}
		answering(200, fmt.Sprintf(`{"code":200,"data":{"eventId":%d,"report":{"viewerDetails":[{"live_type":"直播"}]}}}`, body.EventID))(w, r)
	}
}

// One event of fifty whose answer speaks of logins costs its own values alone: no other event waits, no endpoint
// backs off, and there are no repeated logins.
func TestQuanshiEventRefusedInWordsOfLogins(t *testing.T) {
	const hours = 2
	for _, refusal := range []struct {
		name   string
		answer http.HandlerFunc
	}{
		{"a session", answering(200, `{"requestId":"r","code":40302,"msg":"会话不存在"}`)},
		{"a viewer's login", answering(200, `{"requestId":"r","code":40302,"msg":"no login record for this event"}`)},
		{"a right", answering(200, `{"requestId":"r","code":40302,"msg":"鉴权失败: 无权查看该会议"}`)},
		{"a token", answering(200, `{"requestId":"r","code":40302,"msg":"token无效"}`)},
		{"a code", answering(200, `{"requestId":"r","code":401,"msg":"Unauthorized"}`)},
		{"a status", answering(401, ``)},
	} {
		for _, user := range []struct {
			name, keys string
			logins     int
		}{
			{"with logins", "    user_id: 1\n", 1 + 6*hours},
			{"with a ready token", "    token: t0ken-planted\n", 0},
		} {
			t.Run(refusal.name+", "+user.name, func(t *testing.T) {
				at(t, quanshiNoon, func(t *testing.T) {
					a := quanshiAPI()
					ids := make([]string, 50)
					for i := range ids {
						ids[i] = fmt.Sprint(609700 + i)
					}
					a.handle(pathEvent, quanshiExcept(609725, refusal.answer))
					e := newQuanshi(t, a, user.keys+"    requests_per_minute: 600\n    max_concurrent_requests: 1\n    event_ids: ["+strings.Join(ids, ", ")+"]\n    discover: {}\n")
					var p page
					for range hours * 12 {
						p = e.scrape(50 * time.Second)
						p.want(t, 1, "engage_endpoint_up", "api_endpoint", "event_list")
						p.want(t, 1, "engage_endpoint_failing", "api_endpoint", "event_report", "reason", "rejected")
						time.Sleep(5 * time.Minute)
					}
					for _, id := range ids {
						if id == "609725" {
							p.wantNone(t, "quanshi_event_viewers", "event_id", id)
							continue
						}
						p.want(t, 1, "quanshi_event_viewers", "event_id", id, "audience", "live")
					}
					if reads, _ := p.value("engage_endpoint_reads_total", "api_endpoint", "event_report", "result", "success"); reads < 49*hours*12 {
						t.Errorf("%v good reports in %d hours, want about %d", reads, hours, 49*hours*12)
					}
					if n := a.count(pathToken); n > user.logins {
						t.Errorf("%d logins", n)
					}
				})
			})
		}
	}
}

// A token that is over is replaced, also where the vendor says no more than 401.
func TestQuanshiTokenThatEnds(t *testing.T) {
	for name, refusal := range map[string]http.HandlerFunc{
		"in words":    answering(200, `{"requestId":"r","code":4010,"msg":"token已过期"}`),
		"by a status": answering(401, `{"timestamp":"x","status":401,"error":"Unauthorized"}`),
	} {
		t.Run(name, func(t *testing.T) {
			at(t, quanshiNoon, func(t *testing.T) {
				a := quanshiAPI()
				logins := 0
				a.handle(pathToken, func(w http.ResponseWriter, r *http.Request) {
					logins++
					answering(200, fmt.Sprintf(`{"code":200,"data":{"token":"t0ken-%d","expire":86400}}`, logins))(w, r)
				})
				valid := "t0ken-1"
				a.handle(pathEvent, func(w http.ResponseWriter, r *http.Request) {
					var body struct {
						Token   string
						EventID int `json:"eventId"`
					}
					if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
						panic(err)
					}
					if body.Token != valid {
						refusal(w, r)
						return
					}
					answering(200, fmt.Sprintf(`{"code":200,"data":{"eventId":%d,"report":%s}}`, body.EventID, quanshiReport))(w, r)
				})
				e := newQuanshi(t, a, "    user_id: 1\n    event_ids: [1, 2, 3]\n")
				e.scrape(time.Minute).want(t, 1, "engage_endpoint_up", "api_endpoint", "event_report")
				valid = "t0ken-2"
				for range 6 * 60 {
					time.Sleep(time.Minute)
					e.scrape(50*time.Second).want(t, 1, "engage_endpoint_up", "api_endpoint", "event_report")
				}
				if logins != 2 {
					t.Errorf("%d logins, want two", logins)
				}
			})
		})
	}
}

// A ready token that is over is reported as such. The list of events is not asked for any more until there is another
// token; what the events are refused for may be about them.
func TestQuanshiReadyTokenThatEnds(t *testing.T) {
	at(t, quanshiNoon, func(t *testing.T) {
		a := quanshiAPI()
		e := newQuanshi(t, a, "    token: t0ken-planted\n    event_ids: [1, 2, 3]\n    discover: {}\n")
		e.scrape(time.Minute).want(t, 1, "engage_endpoint_up", "api_endpoint", "event_report")
		for _, path := range []string{pathEvents, pathEvent} {
			a.answer(path, `{"requestId":"r","code":4010,"msg":"token已过期"}`)
		}
		time.Sleep(10 * time.Minute)
		before := a.count(pathEvent) + a.count(pathEvents)
		var p page
		for range 60 {
			p = e.scrape(50 * time.Second)
			time.Sleep(time.Minute)
		}
		p.want(t, 1, "engage_endpoint_failing", "api_endpoint", "event_list", "reason", "auth")
		if n := a.count(pathEvent) + a.count(pathEvents) - before; n > 20 {
			t.Errorf("%d requests in an hour", n)
		}
		if !strings.Contains(e.log.String(), "token_file") {
			t.Errorf("the log does not say what to do: %s", e.log)
		}
	})
}

// A failure of the list that the reports hear of later asks them to wait no longer than the vendor asked for when it
// failed.
func TestQuanshiReportsWaitForTheListNoLongerThanAsked(t *testing.T) {
	for name, failure := range map[string]http.HandlerFunc{
		"too often": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "600")
			w.WriteHeader(http.StatusTooManyRequests)
		},
		"refused": answering(200, `{"requestId":"r","code":40104,"msg":"CheckSum verification failed"}`),
	} {
		t.Run(name, func(t *testing.T) {
			at(t, quanshiNoon, func(t *testing.T) {
				a := quanshiAPI()
				list := quanshiEventList(quanshiEvent(609770, "2022-10-27T11:00:00+08:00", "2022-10-27T13:00:00+08:00"))
				a.handle(pathEvents, list)
				e := newQuanshi(t, a, "    user_id: 1\n    discover: {}\n    endpoints: {event_list: {min_interval: 1m}}\n")
				e.scrape(time.Minute).want(t, 1, "engage_endpoint_up", "api_endpoint", "event_report")
				time.Sleep(time.Minute)
				a.handle(pathEvents, failure)
				e.scrape(time.Minute).want(t, 0, "engage_endpoint_up", "api_endpoint", "event_list")
				a.handle(pathEvents, list)
				for range 12 { // ten minutes, their jitter, and the next refresh
					time.Sleep(time.Minute)
					e.scrape(time.Minute)
				}
				p := e.scrape(time.Minute)
				p.want(t, 1, "engage_endpoint_up", "api_endpoint", "event_list")
				p.want(t, 1, "engage_endpoint_up", "api_endpoint", "event_report")
			})
		})
	}
}
