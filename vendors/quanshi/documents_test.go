package quanshi_test

import (
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/quanshi"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// reportDocument is the example of Quanshi's document, shortened to a row of each list; who is
// in it is invented.
const reportDocument = `{
    "timeStamp": 1666948293682,
    "code": 200,
    "msg": "Successfully to get the event report details!",
    "data": {
        "eventId": 609768,
        "report": {
            "lives": [
                {
                    "viewerId": "634206fcadcf4212be92f86a550de37f",
                    "live_type": 0,
                    "prize_num": 0,
                    "device_type": "IOS",
                    "client_type": "WEB",
                    "call_duration": 0,
                    "distinctId": "+86-planted-mobile",
                    "online_time": 1666772823,
                    "raise_hand_num": 0,
                    "clientType": "WEB",
                    "praise_num": 7,
                    "sign_num": 0,
                    "offline_date": "2022-10-26 16:28:00",
                    "company": null,
                    "extId": null,
                    "email": "",
                    "share_num": null,
                    "group": null,
                    "auth_type": "0",
                    "whitelist_type": 0,
                    "ip": "117.39.199.234",
                    "mobile": "+86-planted-mobile",
                    "watch_duration": 57,
                    "hostId": "88589655",
                    "goods_sum_hits": null,
                    "chat_num": 2,
                    "question_num": 0,
                    "billingCode": "95469279",
                    "offline_time": 1666772880,
                    "quiz_num": null,
                    "envelope_num": 0,
                    "conferenceId": "239790940",
                    "iden": "观众",
                    "online_date": "2022-10-26 16:27:03",
                    "name": "planted-name",
                    "location": "中国-陕西-西安",
                    "vote_num": 0
                }
            ],
            "viewerDetails": [
                {
                  "auth_type": "否",
                  "call_duration": 0,
                  "chat_num": 0,
                  "client_type": "Web",
                  "company": "planted-company",
                  "device_type": "Windows,iOS",
                  "dialedIn": "外呼入会",
                  "dialoutSource": "电话会议外呼",
                  "duration": 86,
                  "envelope": "N",
                  "goods_sum_hits": 0,
                  "hostId": 88589655,
                  "liveTimes": 1,
                  "liveWatchDuration": "00:00:57",
                  "live_type": "直播+回放",
                  "location": "-,陕西西安",
                  "name": "planted-name",
                  "offline_time": 1666776858,
                  "online_time": 1666772823,
                  "praise_num": 0,
                  "quiz_num": 0,
                  "raise_hand_num": 0,
                  "replayTimes": 2,
                  "replayWatchDuration": "00:00:29",
                  "sign": "N",
                  "survey": "N",
                  "times": 3,
                  "type": "直播端",
                  "vote": "Y",
                  "watchDuration": "00:01:26",
                  "whitelist_type": null
                }
            ],
            "interactions": [
                {
                    "viewerId": null,
                    "role": 4,
                    "live_type": 0,
                    "prize_num": null,
                    "device_type": "PC",
                    "client_type": "CLIENT",
                    "call_duration": null,
                    "online_time": 1666772492,
                    "auth_type": null,
                    "ip": "192.168.40.44",
                    "offline_time": null,
                    "name": "planted-name",
                    "location": "本地局域网",
                    "online_duration": 2060,
                    "vote_num": null
                }
            ]
        },
        "startTime": null,
        "endTime": null
    },
    "requestId": "172.10.85.69_20221028_171133_1666948293406"
}`

func number(v float64) wire.Number { return wire.NumberOf(v) }

// documentRows are its rows.
func documentRows() []quanshi.Row {
	live := quanshi.Row{
		Section: quanshi.Lives, Live: number(0), Device: "IOS", Client: "WEB", Location: "中国-陕西-西安",
		Online: number(1666772823), Offline: number(1666772880), Duration: number(57), CallDuration: number(0), Auth: number(0),
	}
	for i := range live.Actions {
		live.Actions[i] = number(0)
	}
	live.Actions[quanshi.ActionPraise], live.Actions[quanshi.ActionChat] = number(7), number(2)
	for _, null := range []int{quanshi.ActionShare, quanshi.ActionGoods, quanshi.ActionQuiz} {
		live.Actions[null] = wire.Number{}
	}
	viewer := quanshi.Row{
		Section: quanshi.ViewerDetails, Audience: "直播+回放", Entry: quanshi.EntryLiveStream, Dialed: quanshi.DialedOut,
		Online: number(1666772823), Offline: number(1666776858), CallDuration: number(0),
		LiveVisits: number(1), ReplayVisits: number(2), LiveWatch: number(57), ReplayWatch: number(29),
		TookPart: [quanshi.Activities]wire.Bool{
			quanshi.ActivitySurvey: wire.BoolOf(false), quanshi.ActivityVote: wire.BoolOf(true), quanshi.ActivitySign: wire.BoolOf(false), quanshi.ActivityEnvelope: wire.BoolOf(false),
		},
	}
	for _, zero := range []int{quanshi.ActionChat, quanshi.ActionGoods, quanshi.ActionPraise, quanshi.ActionQuiz, quanshi.ActionRaiseHand} {
		viewer.Actions[zero] = number(0)
	}
	app := quanshi.Row{
		Section: quanshi.Interactions, Live: number(0), Device: "PC", Client: "CLIENT", Location: "本地局域网",
		Online: number(1666772492), Duration: number(2060), Role: number(4),
	}
	return []quanshi.Row{live, viewer, app}
}

func TestReportOfTheDocument(t *testing.T) {
	rows, sections, err := read(t.Context(), readyClient(giving(reportDocument)))
	if err != nil {
		t.Fatal(err)
	}
	if want := (quanshi.Sections{Lives: true, Interactions: true, Viewers: true}); sections != want {
		t.Errorf("got %+v, want %+v", sections, want)
	}
	if want := documentRows(); !reflect.DeepEqual(rows, want) {
		t.Errorf("got  %+v,\nwant %+v", rows, want)
	}
}

func TestRequests(t *testing.T) {
	at := func(s int64) time.Time { return time.Unix(s, 5) }
	for _, test := range []struct {
		name string
		do   func(*testing.T, *quanshi.Client) error
		want string
	}{
		{"report", func(t *testing.T, c *quanshi.Client) error { return report(t.Context(), c) }, `{"token":"planted-token-1","eventId":609768}`},
		{"report of a span", func(t *testing.T, c *quanshi.Client) error {
			_, err := c.EventReport(t.Context(), quanshi.ReportQuery{EventID: eventID, From: at(100), To: at(200)}, func(*quanshi.Row) {})
			return err
		}, `{"token":"planted-token-1","eventId":609768,"startTime":100,"endTime":200}`},
		{"list", func(t *testing.T, c *quanshi.Client) error {
			_, err := c.Events(t.Context(), quanshi.EventsQuery{From: at(100), To: at(200), HostID: "88589655"})
			return err
		}, `{"token":"planted-token-1","hostId":"88589655","listType":2,"startTime":100,"endTime":200,"page":0,"count":100}`},
		{"list without bounds", func(t *testing.T, c *quanshi.Client) error { return list(t.Context(), c) },
			`{"token":"planted-token-1","listType":2,"page":0,"count":100}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := newVendor()
			if err := test.do(t, client(v)); err != nil {
				t.Fatal(err)
			}
			var want map[string]any
			if err := json.Unmarshal([]byte(test.want), &want); err != nil {
				t.Fatal(err)
			}
			if got := v.bodies[1]; !reflect.DeepEqual(got, want) {
				t.Errorf("sent %v, want %v", got, want)
			}
		})
	}
}

func TestLongEventIDs(t *testing.T) {
	for _, id := range []string{"1234567890123456789", "9223372036854775807"} {
		var sent string
		c := readyClient(vendortest.RoundTripper(func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			sent = string(body)
			if err != nil {
				return nil, err
			}
			return giving(`{"code":200,"data":{"eventId":` + id + `,"report":{"lives":[]}}}`).RoundTrip(r)
		}))
		if err := reportOn(t.Context(), c, id); err != nil || !strings.Contains(sent, `"eventId":`+id+`}`) {
			t.Errorf("sent %s, got %v", sent, err)
		}
	}
}

func TestEventIDsThatAreNone(t *testing.T) {
	v := newVendor()
	c := client(v)
	for _, id := range []string{"", "0", "-1", "1.5", "a", "01", `1,"x":2`, strings.Repeat("9", 30), "9223372036854775808", "+1"} {
		_, err := c.EventReport(t.Context(), quanshi.ReportQuery{EventID: id}, func(*quanshi.Row) {})
		if err == nil || !strings.Contains(err.Error(), "whole number") {
			t.Errorf("%q: got %v, want that it is no whole number", id, err)
		}
	}
	v.expect(t, 0, 0)
}
