#!/usr/bin/env bash
#
# Asks amtool where alertmanager.yml.example sends alerts: one line for each, the receiver that is expected first.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly config=alertmanager.yml.example

# To whom the alerts go, by their labels.
readonly routes='
push-team          alertname=GetuiPushQuotaLow         severity=warning  vendor=getui       account=news-android api_endpoint=push_quota
on-call            alertname=GetuiPushQuotaExhausted   severity=critical vendor=getui       account=news-android api_endpoint=push_quota
shop-team          alertname=GetuiPushQuotaLow         severity=warning  vendor=getui       account=shop-android api_endpoint=push_quota
shop-team-on-call  alertname=GetuiPushQuotaExhausted   severity=critical vendor=getui       account=shop-android api_endpoint=push_quota
chat               alertname=GetuiOnlineUsersStale     severity=info     vendor=getui       account=shop-android api_endpoint=online_users
on-call            alertname=PolyvPlaysDropped         severity=critical vendor=polyv       account=academy      api_endpoint=playback_today
video-team         alertname=PolyvTrafficHigh          severity=warning  vendor=polyv       account=academy      api_endpoint=traffic_settled
ads-team           alertname=AdspectQualityFell        severity=warning  vendor=adspect     account=media-buying api_endpoint=funnel_today
chat               alertname=AdspectSavedQueriesNearLimit severity=info  vendor=adspect     account=affiliate    api_endpoint=saved_queries
data-team          alertname=SensorsdataTagFailed      severity=warning  vendor=sensorsdata account=ebiz         api_endpoint=tags
events-on-call     alertname=QuanshiLiveEventEmpty     severity=critical vendor=quanshi     account=events-cn    event_id=609768
operations         alertname=EngageEndpointDown        severity=warning  vendor=polyv       account=academy      api_endpoint=playback_today
on-call            alertname=EngageCredentialsRefused  severity=critical vendor=adspect     account=affiliate    api_endpoint=streams
on-call            alertname=EngageCredentialsRefused  severity=critical vendor=getui       account=shop-android api_endpoint=push_quota
operations         alertname=EngageEndpointDown        severity=warning  vendor=getui       account=shop-android api_endpoint=push_quota
on-call            alertname=EngageDataExpired         severity=critical vendor=sensorsdata account=ebiz         api_endpoint=tags
operations         alertname=EngageVendorRateLimits    severity=warning  vendor=getui       account=news-android
on-call            alertname=EngageExporterMissing     severity=critical
on-call            alertname=EngageExporterDown        severity=critical job=engage         instance=localhost:9787
operations         alertname=EngageProbeDown           severity=warning  job=engage-accounts
operations         alertname=EngageConfigReloadFailed  severity=warning  job=engage         instance=localhost:9787
chat               alertname=EngageItemsMissing       severity=info     vendor=getui       account=news-android
'

failed=0
while read -r receiver labels; do
  if [[ -z $receiver ]]; then
    continue
  fi
  read -ra pairs <<<"$labels"
  if ! out=$(amtool config routes test --config.file="$config" --verify.receivers="$receiver" "${pairs[@]}" 2>&1); then
    printf '%s sends %s elsewhere than to %s:\n%s\n' "$config" "$labels" "$receiver" "$out" >&2
    failed=1
  fi
done <<<"$routes"
exit "$failed"
