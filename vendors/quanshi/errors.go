package quanshi

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// Quanshi does not document its codes: what a failure is about shows in its words. They are
// looked for in this order, in lower case.
var (
	wordsTooOften = []string{"frequen", "too many", "rate limit", "频繁", "频率", "限流"}
	wordsSigning  = []string{
		"checksum", "check sum", "check_sum", "signature", "签名", "校验和",
		"appkey", "app key", "app_key", "appid", "app id", "app_id", "appsecret", "app secret", "app_secret", "应用密钥",
	}
	wordsClock = []string{"curtime", "cur time", "cur_time"}
	// wordsToken may be about the token: a new one is tried.
	wordsToken = []string{"token", "令牌", "鉴权"}
	// wordsNoToken are what parsers say of JSON they do not like.
	wordsNoToken = []string{"unexpected token", "unrecognized token"}
	// wordsOver say of a token that it is over, or none.
	wordsOver = []string{
		"invalid", "expire", "illegal", "incorrect", "wrong", "not exist", "not found", "missing", "required",
		"失效", "过期", "无效", "非法", "错误", "不存在", "不正确", "不能为空", "缺少", "未传",
	}
	// wordsLogin say so of a login. Others speak of logins and mean a viewer's.
	wordsLogin = []string{
		"not logged in", "please log in", "please login", "log in again", "login again", "login expired", "login has expired", "login required",
		"未登录", "未登陆", "请登录", "请先登录", "请重新登录", "请重新登陆", "重新登录", "登录过期", "登录已过期", "登录失效", "登录已失效", "登录超时",
	}
)

// refusal says how an answer refuses a token.
type refusal uint8

const (
	notRefused     refusal = iota
	refusedPerhaps         // it speaks of a token
	refusedClearly         // it says that the token is over or none
	refusedByCode          // its code or status is 401
)

// refusalOf tells how an answer with that message, in lower case, and that code or status refuses a token.
func refusalOf(message string, is401 bool) refusal {
	switch {
	case is401:
		return refusedByCode
	case speaksOf(message, wordsLogin):
		return refusedClearly
	case !speaksOf(message, wordsToken) || speaksOf(message, wordsNoToken):
		return notRefused
	case speaksOf(message, wordsOver):
		return refusedClearly
	}
	return refusedPerhaps
}

func speaksOf(message string, words []string) bool {
	for _, w := range words {
		if strings.Contains(message, w) {
			return true
		}
	}
	return false
}

const (
	adviceToken = "check user_id or user_email, app_key and app_secret; where a token is configured, give a new one (token or token_file)"
	// adviceSubject is for a token that is not to blame, as far as is known.
	adviceSubject = "it may be about what was asked for alone: check that the user of this account may see it; if all else fails too, "
)

const adviceApp = "check app_key, app_secret and app_key_header (newer pages of Quanshi's document call it AppId)"

// explain tells what kind of failure the code and the words of an answer stand for, and what the
// user can do about it. What it does not know is Rejected: Quanshi understood and said no.
func (x *exchange) explain(r *transport.Response) *transport.Error {
	e := &x.envelope
	failure := &transport.Error{Kind: transport.Rejected, Code: e.code, Message: x.message(), RequestID: e.requestID}
	message := strings.ToLower(e.message)
	token := refusalOf(message, e.code == "401" || r.Status == http.StatusUnauthorized)
	switch {
	case e.code == "429" || r.Status == http.StatusTooManyRequests || speaksOf(message, wordsTooOften):
		failure.Kind = transport.RateLimited
	case speaksOf(message, wordsSigning):
		failure.Kind, failure.Advice = transport.Auth, adviceApp
		if skew := clockSkew(r.Header, x.arrived); skew != "" {
			failure.Advice = "set this machine's clock, " + skew + "; " + adviceApp
		}
	case speaksOf(message, wordsClock):
		// Not Auth: the credentials are as good as they were, and nobody has to wait once the
		// clock is right.
		failure.Advice = "set this machine's clock"
		if skew := clockSkew(r.Header, x.arrived); skew != "" {
			failure.Advice += ", " + skew
		}
	case token != notRefused:
		x.refuses(failure, token)
	case r.Status >= http.StatusInternalServerError:
		failure.Kind = transport.HTTP
	}
	return failure
}

// refuses makes the failure one of the credentials. Whether the token is to blame, where there was one, is for [Client.do] to find out.
func (x *exchange) refuses(failure *transport.Error, how refusal) {
	failure.Kind, failure.Advice = transport.Auth, adviceToken
	if x.spoke != "" {
		x.refusal = how
	}
}

// maxErrorBody is how much of an error's body is looked at.
const maxErrorBody = 64 << 10

// explainStatus does the same for a status outside 2xx, in whose body an envelope may stand.
func (x *exchange) explainStatus(r *transport.Response) error {
	if r.Status < 400 {
		return r.StatusError() // of a redirect, nothing in the body is to be shown
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, maxErrorBody))
	var f envelopeFields
	if err == nil && wire.Unmarshal(text, &f) == nil {
		x.envelope.take(f)
	}
	if x.envelope.failed() {
		failure := x.explain(r)
		if failure.Kind == transport.Rejected && r.Status == http.StatusForbidden {
			failure.Kind, failure.Advice = transport.Auth, adviceApp
		}
		return failure
	}
	failure := &transport.Error{Kind: transport.HTTP, Message: x.message(), RequestID: x.envelope.requestID}
	switch r.Status {
	case http.StatusUnauthorized:
		x.refuses(failure, refusedByCode)
	case http.StatusForbidden:
		failure.Kind, failure.Advice = transport.Auth, adviceApp
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		failure.Kind, failure.Advice = transport.Rejected, "check base_url"
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		failure.Kind = transport.Rejected
	case http.StatusTooManyRequests:
		failure.Kind = transport.RateLimited
	}
	return failure
}

// maxClockSkew is by how much our clock may differ from Quanshi's before it is blamed.
const maxClockSkew = time.Minute

// clockSkew tells by how much this machine's clock differs from the one that answered, or ""
// if it does not, or is not known. It is in each checksum.
func clockSkew(h http.Header, now time.Time) string {
	theirs, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return ""
	}
	switch skew := now.Sub(theirs).Round(time.Second); {
	case skew > maxClockSkew:
		return fmt.Sprintf("it is %s ahead of Quanshi's", skew)
	case skew < -maxClockSkew:
		return fmt.Sprintf("it is %s behind Quanshi's", -skew)
	}
	return ""
}

// unsent is the failure of a call that makes no sense, and is not sent.
func unsent(name endpoint, why string) *transport.Error {
	return &transport.Error{Vendor: vendor, Endpoint: string(name), Kind: transport.Rejected, Err: errors.New(why)}
}
