package quanshi

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
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
	// wordsToken may be about the token, or about a viewer's login: a new token is tried.
	wordsToken = []string{"token", "令牌", "鉴权", "登录", "登陆", "log in", "logged in"}
)

func speaksOf(message string, words []string) bool {
	for _, w := range words {
		if strings.Contains(message, w) {
			return true
		}
	}
	return false
}

const (
	adviceToken = "check user_id or user_email, app_key and app_secret; if a token is configured, set a new one (token or token_file)"
	// adviceSubject comes before it where the token may not be to blame.
	adviceSubject = "it may concern only this request: check that the user of this account may see the data; " +
		"if all other endpoints fail too, "
)

const adviceApp = "check app_key, app_secret and app_key_header (newer pages of Quanshi's document call it AppId)"

// explain returns what kind of failure the code and the words of an answer stand for, and what the
// user can do about it. What it does not know is Rejected: Quanshi understood and said no.
func (x *exchange) explain(r *transport.Response) *transport.Error {
	e := &x.envelope
	failure := &transport.Error{Kind: transport.Rejected, Code: e.code, Message: e.message, RequestID: e.requestID}
	message := strings.ToLower(e.message)
	switch {
	case e.code == "429" || r.Status == http.StatusTooManyRequests || speaksOf(message, wordsTooOften):
		failure.Kind = transport.RateLimited
	case speaksOf(message, wordsSigning):
		failure.Kind, failure.Advice = transport.Auth, adviceApp
		if skew, _ := transport.ClockSkew(r.Header, x.arrived, "Quanshi", time.Second); skew != "" {
			failure.Advice = "set this machine's clock, " + skew + "; " + adviceApp
		}
	case speaksOf(message, wordsClock):
		// Not Auth: the credentials are as good as they were, and nobody has to wait once the
		// clock is right.
		failure.Advice = "set this machine's clock"
		if skew, _ := transport.ClockSkew(r.Header, x.arrived, "Quanshi", time.Second); skew != "" {
			failure.Advice += ", " + skew
		}
	case e.code == "401" || r.Status == http.StatusUnauthorized || speaksOf(message, wordsToken):
		x.refuseToken(failure)
	case r.Status == http.StatusForbidden:
		x.forbid(failure)
	case r.Status >= http.StatusInternalServerError || transport.IsServerCode(e.code):
		failure.Kind = transport.HTTP
	}
	return failure
}

// refuseToken completes the failure of an answer that does not take the token, as far as is known.
//
// If there was no token in the request, the credentials are refused. So is a token that is configured, where
// nothing was asked for that the answer could be about instead: the list of events.
func (x *exchange) refuseToken(failure *transport.Error) {
	if configured := x.token == nil; configured && (x.spoke == "" || x.event == "") {
		failure.Kind, failure.Advice = transport.Auth, adviceToken
		return
	}
	x.tokenRefused = true
	failure.Kind, failure.Advice = transport.Rejected, adviceSubject+adviceToken
}

// forbid completes the failure of an answer with status 403. Where there was a token in the request, it may be
// about this request alone, and must not silence the account's others.
func (x *exchange) forbid(failure *transport.Error) {
	failure.Kind, failure.Advice = transport.Auth, adviceApp
	if x.spoke != "" {
		failure.Kind, failure.Advice = transport.Rejected, "check whether the user of this account may read this; "+
			"if all other endpoints fail too, "+adviceApp
	}
}

// maxErrorBody is how much of an error's body is looked at.
const maxErrorBody = 64 << 10

// explainStatus does the same for a status outside 2xx, in whose body an envelope may stand.
func (x *exchange) explainStatus(r *transport.Response) error {
	if r.Status < 400 {
		return r.StatusError() // of a redirect, nothing in the body is to be shown
	}
	a := newAnswer(io.LimitReader(r.Body, maxErrorBody), &x.envelope)
	if a.read(func(*name) error { return a.pass() }) != nil {
		x.envelope = envelope{} // what looked like one was something else
	}
	if x.envelope.failed() {
		return x.explain(r)
	}
	failure := &transport.Error{Kind: transport.HTTP, Message: x.envelope.message, RequestID: x.envelope.requestID}
	switch r.Status {
	case http.StatusUnauthorized:
		x.refuseToken(failure)
	case http.StatusForbidden:
		x.forbid(failure)
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		failure.Kind, failure.Advice = transport.Rejected, "check base_url"
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		failure.Kind = transport.Rejected
	case http.StatusTooManyRequests:
		failure.Kind = transport.RateLimited
	}
	return failure
}

// unsent is the failure of a call that makes no sense, and is not sent.
func unsent(name endpoint, why string) *transport.Error {
	return &transport.Error{Vendor: vendor, Endpoint: string(name), Kind: transport.Rejected, Err: errors.New(why)}
}
