package getui

import (
	"net/http"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// GeTui's codes for failed requests. Those that say no more than "no" have no name here.
const (
	codeUnreadable      = -1 // ours: the code is no number
	codeStarting        = 2
	codeWrongRegion     = 301
	codeTokenInvalid    = 10001
	codeBlacklisted     = 10002
	codeLoginsTooMany   = 10003
	codeNoDetailRight   = 10004
	codeCallsTooMany    = 10005
	codeNoReportRight   = 30017 // not documented; reported by users for message detail
	codeRequestsTooMany = 30018
	codeBusy            = 30019
	codeNoRight         = 30023 // not documented; reported by users for push quotas
)

const adviceCredentials = "check app_id, app_key and master_secret"

// explain returns the kind of failure that the code of a report request stands for, and what
// the user can do about it. A code it does not know is Rejected, since GeTui understood and said no, unless the HTTP
// status is that of a server that failed.
func explain(code, status int) (kind transport.Kind, advice string) {
	switch code {
	case codeTokenInvalid:
		return transport.Auth, adviceCredentials
	case codeBlacklisted:
		return transport.Auth, "ask GeTui why it blocks this app or the address of this machine"
	case codeLoginsTooMany, codeCallsTooMany, codeRequestsTooMany:
		return transport.RateLimited, ""
	case codeNoDetailRight, codeNoReportRight:
		return transport.Rejected, "ask GeTui to enable message detail for this app, or disable the endpoint"
	case codeNoRight:
		return transport.Rejected, "ask GeTui to enable this report for this app, or disable the endpoint"
	case codeWrongRegion:
		return transport.Rejected, "set base_url to the data centre of this app"
	case codeStarting, codeBusy:
		return transport.HTTP, ""
	}
	switch {
	case status == http.StatusTooManyRequests:
		return transport.RateLimited, ""
	case status >= http.StatusInternalServerError:
		return transport.HTTP, ""
	}
	return transport.Rejected, ""
}

// explainLogin does the same for a login. Which codes GeTui has for a wrong app key or a
// wrong signature is not documented: whatever does not speak of something else means that
// the credentials are refused.
func explainLogin(code, status int) (kind transport.Kind, advice string) {
	switch code {
	case codeBlacklisted, codeLoginsTooMany, codeCallsTooMany, codeRequestsTooMany, codeWrongRegion,
		codeStarting, codeBusy:
		return explain(code, status)
	}
	if status == http.StatusTooManyRequests || status >= http.StatusInternalServerError {
		return explain(code, status)
	}
	return transport.Auth, adviceCredentials
}
