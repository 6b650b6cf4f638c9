// One table of all that is wrong now, of whatever kind.
import { linkedAccount, lost, vendorLabels } from '../../health';
import { mapping } from '../../panels/states';
import { shortTime, table } from '../../panels/table';
import { accounts, latest, otherwise, ranked } from '../../promql';
import { language, say, severities, severityTexts, worded, type Severity, type Text } from '../../words';
import { gone } from '../exporter';
import { enoughLeft, nearlyUsedUp } from '../getui/quota';
import { emptyNow, titled } from '../quanshi';
import { dueBase, failedNow, lateNow, withName } from '../sensorsdata';

const page = language === 'en' ? 'runbook.md' : `${language}/runbook.md`;
const runbook = `https://github.com/engage-exporter/engage_exporter/blob/main/docs/${page}#\${__data.fields.runbook}`;
const endpoint = 'vendor, account, api_endpoint';
const week = 7 * 86400;

interface Kind {
  what: Text;
  severity: Severity;
  /** The alert whose section of the runbook says what to do. */
  alert: string;
  /** The vendor, where the series do not name it. */
  vendor?: string;
  /** The labels that say where it is, and what stands between them, if not a blank. */
  where: string[];
  between?: string;
  /** Since when, in seconds; a thousandth for always. */
  since: string;
}

/** Adds labels to a query. */
const labelled = (expr: string, labels: Record<string, string>): string =>
  Object.entries(labels).reduce((inner, [label, value]) => `label_replace(${inner}, "${label}", "${value}", "", "")`, expr);

/** The series of one kind, with the labels that all kinds share. */
function series({ what, severity, alert, vendor, where, between = ' ', since }: Kind): string {
  const expr = labelled(placed(since, between, where), {
    what: say(what),
    severity: String(severities.indexOf(severity) + 1),
    runbook: alert.toLowerCase(),
    ...(vendor === undefined ? {} : { vendor }),
  });
  return oneEach(expr);
}

/** Joins labels in the label `where`. */
const placed = (expr: string, between: string, where: string[]): string =>
  where.length === 0 ? expr : `label_join(${expr}, "where", "${between}"${where.map((label) => `, "${label}"`).join('')})`;

/** One series for each line of the table, with its time in milliseconds. */
const oneEach = (expr: string): string => `max by (severity, what, vendor, account, where, runbook) (1000 * (${expr}))`;

/** Matchers of the alerts of this project's rules, those of no account among them. */
export const ofRules = 'alertname=~"(Engage|Getui|Polyv|Adspect|Sensorsdata|Quanshi).+", account=~"$account|"';

/** Alerts whose causes no kind below names. Their sections of the runbook have their names in small letters. */
const otherAlerts = [
  'EngageEndpointUnsteady',
  'EngageVendorRateLimits',
  'EngageLimitsTooLow',
  'EngageAccountMissing',
  'EngageExporterMissing',
  'EngageExporterRestarts',
  'EngageProbeDown',
  'GetuiChannelDeliveryFell',
  'GetuiChannelClicksFell',
  'GetuiOnlineUsersDropped',
  'GetuiOnlineUsersStale',
  'GetuiTaskLosses',
  'GetuiPushQuotaRequestedHigh',
  'GetuiPushQuotaPace',
  'PolyvPlaysDropped',
  'PolyvTrafficHigh',
  'AdspectInvalidTrafficJumped',
  'AdspectQualityFell',
  'AdspectClicksStopped',
  'AdspectSavedQueriesNearLimit',
  'AdspectBalanceLow',
  'QuanshiLiveAudienceDropped',
  'SensorsdataTagUsersJumped',
];

/** What only rules can see, such as fewer clicks than usual: their alerts, while they fire, under their own names. */
function otherwiseFiring(): string {
  // An hourly endpoint that fails is a kind, whichever of its two alerts fires; a missing exporter is one as long as it is known.
  const named = ['EngageHourlyEndpointDown', ...kinds.map(({ alert }) => alert)];
  const which = `${ofRules}, alertname!~"${named.join('|')}"`;
  const by = 'alertname, severity, vendor, account, channel, kind, job, instance';
  const firing =
    `min by (${by}) (ALERTS_FOR_STATE{${which}}) and on (${by}) ALERTS{${which}, alertstate="firing"}` +
    ` unless on (alertname) label_replace(count(${gone}), "alertname", "EngageExporterMissing", "", "")`;
  const place = `label_replace(${placed(worded(`(${firing})`, 'channel', 'kind'), ' ', ['channel', 'kind', 'job', 'instance'])}, "where", "$1", "where", " *(.*?) *")`;
  const vendor = `label_replace(${ranked(place)}, "vendor", "exporter", "vendor", "")`;
  const runbook = otherAlerts.reduce(
    (inner, alert) => `label_replace(${inner}, "runbook", "${alert.toLowerCase()}", "alertname", "${alert}")`,
    `label_replace(${vendor}, "what", "$1", "alertname", "(.*)")`,
  );
  return oneEach(runbook);
}

/** When an endpoint last succeeded, for the series of `of`. */
const lastSuccess = (of: string, by: string) =>
  `(${of}) * on (${by}) group_left () max by (${by}) (engage_endpoint_last_success_timestamp_seconds{${accounts}}) or (${of}) * 0.001`;

/** When all was last well within a day, for the series that are wrong now; else when they were first seen to be wrong. */
const lastWell = (well: string, wrong: string) =>
  `max_over_time(timestamp(${well})[1d:10m]) and (${wrong})` +
  ` or min_over_time(timestamp(${wrong})[1d:10m]) and (${wrong}) or timestamp(${wrong})`;

const lastZero = (family: string, by: string) => {
  const now = `max by (${by}) (${family}{${accounts}})`;
  return lastWell(`${now} == 0`, `${now} > 0`);
};

const colon = language === 'en' ? ': ' : '：';

const notRefused = `${accounts}, reason!="auth"`;
const failsNow = `max by (${endpoint}, reason) (engage_endpoint_failing{${notRefused}}) == 1`;
const valuesLost = `${failsNow} and on (${endpoint}) (${lost(accounts)})`;

/** When endpoints last succeeded; another reason, that for which messages are lost, has other words. */
const endpointFails = (of: string) => worded(`label_replace(${lastSuccess(of, endpoint)}, "failure", "$1", "reason", "(.*)")`, 'failure');

const expiry = latest('adspect_account_expiry_timestamp_seconds');
const daysLeft = `label_replace(count_values by (account) ("where", floor((${expiry} - time()) / 86400)), "where", "${say('days left: $1')}", "where", "(.*)")`;

const kinds: Kind[] = [
  {
    what: 'exporter is down',
    severity: 'critical',
    alert: 'EngageExporterDown',
    vendor: 'exporter',
    where: ['job', 'instance'],
    since: gone,
  },
  {
    what: 'configuration is not loaded',
    severity: 'warning',
    alert: 'EngageConfigReloadFailed',
    vendor: 'exporter',
    where: ['job', 'instance'],
    since:
      'max by (job, instance) (engage_config_last_reload_success_timestamp_seconds) and on (job, instance) engage_config_last_reload_successful == 0',
  },
  {
    what: 'credentials are refused',
    severity: 'critical',
    alert: 'EngageCredentialsRefused',
    where: ['api_endpoint'],
    since: lastSuccess(`max by (${endpoint}) (engage_endpoint_failing{${accounts}, reason="auth"}) == 1`, endpoint),
  },
  {
    what: 'values are lost',
    severity: 'critical',
    alert: 'EngageDataExpired',
    where: ['api_endpoint', 'failure'],
    between: colon,
    since: endpointFails(valuesLost),
  },
  {
    what: 'endpoint fails',
    severity: 'warning',
    alert: 'EngageEndpointDown',
    where: ['api_endpoint', 'failure'],
    between: colon,
    since: endpointFails(`${failsNow} unless on (${endpoint}) (${valuesLost})`),
  },
  {
    what: 'push quota is used up',
    severity: 'critical',
    alert: 'GetuiPushQuotaExhausted',
    vendor: 'getui',
    where: ['channel', 'kind'],
    since: worded(`(${lastZero('getui_push_quota_exhausted', 'account, channel, kind')})`, 'channel', 'kind'),
  },
  {
    what: 'push quota nearly used up',
    severity: 'warning',
    alert: 'GetuiPushQuotaLow',
    vendor: 'getui',
    where: ['channel', 'kind'],
    since: worded(`(${lastWell(enoughLeft, nearlyUsedUp)})`, 'channel', 'kind'),
  },
  {
    what: 'subscription has ended',
    severity: 'critical',
    alert: 'AdspectAccountExpires',
    vendor: 'adspect',
    where: [],
    since: `${expiry} <= time()`,
  },
  {
    what: 'subscription ends soon',
    severity: 'warning',
    alert: 'AdspectAccountExpires',
    vendor: 'adspect',
    where: [],
    since: `((${expiry} - ${week}) < time() and ${expiry} > time()) * on (account) group_left (where) ${daysLeft}`,
  },
  {
    what: 'live event has no audience',
    severity: 'critical',
    alert: 'QuanshiLiveEventEmpty',
    vendor: 'quanshi',
    where: ['title'],
    since: titled(`${latest('quanshi_event_start_timestamp_seconds', 'event_id')} and on (account, event_id) (${emptyNow})`),
  },
  {
    what: 'tag failed',
    severity: 'warning',
    alert: 'SensorsdataTagFailed',
    vendor: 'sensorsdata',
    where: ['display_name'],
    // The first computation that failed is that after the last good one; a tag that never succeeded has only the newest.
    since: withName(
      `(${dueBase} or ${latest('sensorsdata_tag_last_partition_base_timestamp_seconds', 'tag_id')}) and on (account, tag_id) (${failedNow})`,
    ),
  },
  {
    what: 'tag is late',
    severity: 'warning',
    alert: 'SensorsdataTagLate',
    vendor: 'sensorsdata',
    where: ['display_name'],
    // What has failed is late, too: the cause is one.
    since: withName(`${dueBase} and on (account, tag_id) (${lateNow}) unless on (account, tag_id) (${failedNow})`),
  },
  {
    what: 'samples are dropped',
    severity: 'warning',
    alert: 'EngageSamplesDropped',
    where: ['api_endpoint'],
    since: lastZero('engage_endpoint_dropped_samples', endpoint),
  },
  {
    what: 'ids unknown to the vendor',
    severity: 'info',
    alert: 'EngageItemsMissing',
    where: ['api_endpoint'],
    since: lastZero('engage_endpoint_missing_items', endpoint),
  },
];

export const wrongNow = table({
  title: 'What is wrong now',
  description:
    'All that is wrong at the chosen accounts and with the exporters, the worst first; what is wrong in the same way at one account is one line. “Since” is the last good read, or the last time at which all was well, as far as the last day is known. What only the alerting rules can see, such as fewer clicks than usual, has the name of its alert while it fires. Red: something is lost now. Orange: worth a look. The runbook is one click away, and so is the vendor’s dashboard. Empty where Prometheus knows no endpoint: then nothing is known to be well.',
  unit: 'none',
  width: 24,
  height: 8,
  noValue: 'no data: Prometheus knows no endpoint',
  sort: [['Severity', 'asc'], ['Since', 'desc']],
  labels: [
    // A phone shows these two.
    { label: 'what', name: 'What', width: 220, fixed: true, links: [{ title: say('Runbook'), url: runbook, targetBlank: true }] },
    { ...linkedAccount, width: 160, fixed: true },
    {
      label: 'severity',
      name: 'Severity',
      width: 90,
      texts: severityTexts(severities.map((_, index) => String(index + 1))),
    },
    { label: 'where', name: 'Where', width: 260, joined: true },
    ...vendorLabels.map((label) => ({ ...label, fixed: true, last: true })),
    { label: 'runbook', name: 'Runbook', last: true, hidden: true },
  ],
  values: [
    {
      name: 'Since',
      expr: `${[...kinds.map(series), otherwiseFiring()].join(' or ')}${otherwise('what', 'nothing is wrong', `engage_endpoint_up{${accounts}}`)}`,
      unit: shortTime,
      width: 130,
      texts: mapping({ 1: ['never read', 'text'], [-1]: ['–', 'text'] }),
    },
  ],
});
