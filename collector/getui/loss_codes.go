package getui

// lossStages are the names of the stages that lost messages did not reach.
var lossStages = map[string]string{"ts": "deliverable", "rs": "sent", "sf": "received", "fd": "displayed"}

// lossCategories are the names of general causes.
var lossCategories = map[string]string{
	"2":  "invalid_parameter",
	"3":  "app_authentication_failed",
	"4":  "sensitive_words",
	"5":  "invalid_device_or_app",
	"6":  "quota_exceeded",
	"7":  "parameter_too_long",
	"8":  "no_permission",
	"10": "notifications_disabled",
	"11": "vendor_reason",
	"12": "offline",
	"13": "invalid_user",
	"14": "other",
}

// lossReasons are the names of causes in detail.
var lossReasons = map[string]string{
	"2001":  "invalid_parameter",
	"2002":  "empty_title_or_content_or_url_not_https",
	"2003":  "no_title",
	"2004":  "invalid_click_target",
	"2005":  "transparent_template_unsupported",
	"2999":  "other",
	"6001":  "total_quota_exceeded",
	"6002":  "device_quota_exceeded",
	"7001":  "title_too_long",
	"7002":  "content_too_long",
	"7003":  "url_too_long",
	"7005":  "extra_data_too_long",
	"7006":  "payload_too_long",
	"7007":  "transparent_content_too_long",
	"8001":  "no_push_permission",
	"8002":  "system_messages_disabled",
	"8003":  "outside_allowed_hours",
	"8999":  "other",
	"11001": "message_missing_or_expired",
	"11002": "too_many_requests",
	"11003": "display_time_restricted",
	"11999": "other",
	"13001": "invalid_user",
	"13999": "other",
	"14001": "skipped_by_policy",
	"14002": "cid_blacklisted",
	"14003": "region_filtered",
	"14004": "bi_blacklisted",
	"14005": "activity_filtered",
	"14006": "notifications_disabled",
}
