package getui

import (
	"strings"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/getui"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// fillLosses gives one sample for each reason, and one with the reason "unspecified" for what a category's total holds beyond its reasons, so that the sum over the
// reasons is the total.
func fillLosses(b *metric.Batch, task string, losses []getui.Loss) {
	type group struct{ stage, channel, category string }
	type sums struct {
		total   wire.Number
		reasons float64
	}
	groups := make(map[group]*sums)
	var order []group
	for _, loss := range losses {
		key := group{loss.Stage, loss.Channel, loss.Category}
		s := groups[key]
		if s == nil {
			s = &sums{}
			groups[key] = s
			order = append(order, key)
		}
		if loss.Reason == "total" {
			if s.total.Absent() {
				s.total = loss.Messages
			} else {
				b.Duplicates(1, lossPlace(task, key.stage, key.channel, key.category)+".total")
			}
			continue
		}
		if b.Count(lost, loss.Messages, task, lossName(lossStages, loss.Stage), loss.Channel, lossName(lossCategories, loss.Category), lossName(lossReasons, loss.Reason)) {
			v, _ := loss.Messages.Float()
			s.reasons += v
		}
	}
	for _, key := range order {
		s := groups[key]
		rest := []string{
			task, lossName(lossStages, key.stage), key.channel, lossName(lossCategories, key.category), "unspecified",
		}
		total, ok := b.Usable(lost, s.total, rest...)
		switch {
		case !ok:
		case total > s.reasons:
			b.Value(lost, total-s.reasons, rest...)
		case total < s.reasons:
			b.DropAt(lossPlace(task, key.stage, key.channel, key.category)+".total", "is less than the sum of its reasons")
		}
	}
}

// lossPlace returns where the losses of a category stand in the answer.
func lossPlace(task, stage, channel, category string) string {
	return strings.Join([]string{task, "failed_detail", stage, channel, category}, ".")
}

// lossName is the English name of a code of the vendor's document; a code that is not in it stays as it is.
func lossName(names map[string]string, code string) string {
	if name, ok := names[code]; ok {
		return name
	}
	return code
}

// lossStages name the stage that was not reached.
var lossStages = map[string]string{"ts": "deliverable", "rs": "sent", "sf": "received", "fd": "displayed"}

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
