package quanshi_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// TestMessagesThatTellOfPersons looks for what an error shows of a message that quotes a viewer.
func TestMessagesThatTellOfPersons(t *testing.T) {
	for _, test := range []struct{ name, msg, want string }{
		{"nothing personal", "报表 5001 生成失败, code=E-77, 2022-10-26 16:27:03", "报表 5001 生成失败, code=E-77, 2022-10-26 16:27:03"},
		{"all of a row", "report row of +86-19000101106 planted@example.com from 117.39.199.234 failed", "report row of <hidden> <hidden> from <hidden> failed"},
		{"within Chinese words", "手机号19000101106的用户planted.person+x@example.com不存在", "手机号<hidden>的用户<hidden>不存在"},
		{"an address of other letters", "user 张三@例子.广告 gone", "user <hidden> gone"},
		{"digits of another script", "mobile １９０００１０１１０６", "mobile <hidden>"},
		{"six digits stay", "event 609769 of 123456", "event 609769 of 123456"},
		{"seven do not", "id 1234567", "id <hidden>"},
		{"the event that was asked for", "event 609768 has no report", "event 609768 has no report"},
		{"IPv6", "from 2001:db8::1, ::1 and fe80::1:2", "from <hidden>, <hidden> and <hidden>"},
		{"IPv6 with a colon before it", "ip:2001:db8:0:0:0:0:2:1", "ip<hidden>"},
		{"IPv4 within IPv6", "from ::ffff:117.39.199.234, too", "from <hidden>, too"},
		{"a time of day is none", "at 16:27:03 and 2022-10-26T16:27:03", "at 16:27:03 and 2022-10-26T16:27:03"},
		{"the request id", "see request-20221028-1666948293406!", "see request-20221028-1666948293406!"},
		{"within a longer word", "see xrequest-20221028-1666948293406", "see xrequest-<hidden>-<hidden>"},
		{"address without a domain", "user planted@localhost", "user <hidden>"},
	} {
		for _, request := range requests {
			t.Run(test.name+"/"+request.name, func(t *testing.T) {
				msg, err := json.Marshal(test.msg)
				if err != nil {
					t.Fatal(err)
				}
				for _, status := range []int{200, 400} {
					v := newVendor()
					v.onCall = always(request.path, status, fmt.Sprintf(`{"code":5001,"msg":%s,"requestId":"request-20221028-1666948293406"}`, msg))
					e := failure(t, request.do(t.Context(), readyClient(v)), transport.Rejected)
					if e.Message != test.want || e.RequestID != "request-20221028-1666948293406" {
						t.Errorf("got  %q (%s)\nwant %q", e.Message, e.RequestID, test.want)
					}
				}
			})
		}
	}
}

// TestMessageCutWithinAnAddress has the bound on messages leave half an address.
func TestMessageCutWithinAnAddress(t *testing.T) {
	for shift := range 40 {
		msg := strings.Repeat("1234567890 ", 80) + strings.Repeat("1", shift+100) + " planted.person.of.a.long.name@example.com " + strings.Repeat("x", 500)
		err := report(t.Context(), readyClient(giving(`{"code":5001,"msg":"`+msg+`"}`)))
		if e := failure(t, err, transport.Rejected); strings.Contains(e.Error(), "planted") || !strings.Contains(e.Error(), "<hidden>") {
			t.Fatalf("shifted by %d: %v", shift, e)
		}
	}
}

// TestLongEventIDIsNamed keeps the id of the event that was asked for, however long it is.
func TestLongEventIDIsNamed(t *testing.T) {
	const id = "123456789012345678"
	v := giving(`{"code":5001,"msg":"event ` + id + ` and 123456789012345679 are unknown"}`)
	e := failure(t, reportOn(t.Context(), readyClient(v), id), transport.Rejected)
	if want := "event " + id + " and <hidden> are unknown"; e.Message != want {
		t.Errorf("got %q, want %q", e.Message, want)
	}
}
