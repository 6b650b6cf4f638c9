import { board, exporterMarks, row } from '../board';
import { dropped, endpointStates, failing, linkedAccount, lost, noEndpoints, refused, vendorLabels } from '../health';
import { longTime } from '../panels/about';
import { mapping } from '../panels/states';
import { stat } from '../panels/stat';
import { shortTime, table } from '../panels/table';
import { accounts, latest, otherwise, ranked, total } from '../promql';
import { qualityOfAll } from './adspect/stream';
import { down } from './exporter';
import { lowestLeft, usedUp } from './getui/quota';
import { ofRules, wrongNow } from './overview/wrong';
import { say, severities, severityTexts } from '../words';
import { emptyEvents, liveNow } from './quanshi';
import { failedTags } from './sensorsdata';

const noValues = 'no values';

export const overview = () => {
  const dashboard = board('overview', 'All accounts at all vendors: what is wrong now, and what goes on.');
  exporterMarks.forEach((marks) => dashboard.annotation(marks));
  row(
    dashboard,
    'Is anything wrong?',
    down(3),
    failing(accounts, 3),
    refused(accounts, 3),
    dropped(accounts, 3),
    usedUp(3),
    lowestLeft(3),
    failedTags(3),
    emptyEvents(3),
  );
  row(dashboard, 'What goes on', usersOnline, plays, clicks, quality, liveNow(4, noValues, 'Quanshi: events that run'), tagUsers);
  row(dashboard, 'What to do', wrongNow, alerts);
  row(dashboard, 'Accounts', accountTable, endpointStates(accounts));
  return dashboard;
};

const alertLabels = 'alertname, severity, vendor, account';
const alertCounts = `count by (${alertLabels}, alertstate) (ALERTS{${ofRules}})`;

const alerts = table({
  title: 'Alerts that fire or are pending',
  description:
    'Alerts of this project’s rules, those that fire first, the worst of them before the others: those of the chosen accounts, and those of no account, such as a missing exporter. Red: it fires. Orange: it is pending, its condition does not hold for long enough yet. “Since” is when the condition began to hold. Empty where the rules are not loaded, or have not been evaluated.',
  unit: 'none',
  width: 24,
  height: 6,
  noValue: 'no data: are the rules loaded?',
  sort: [['State', 'asc'], ['Severity', 'asc'], ['Since', 'desc']],
  labels: [
    { label: 'alertname', name: 'Alert', width: 215 },
    {
      label: 'alertstate',
      name: 'State',
      width: 66,
      texts: [
        {
          type: 'value',
          options: { firing: { text: say('fires'), color: 'red', index: 0 }, pending: { text: say('pending'), color: 'orange', index: 1 } },
        } as never,
      ],
    },
    { ...linkedAccount, width: 99 },
    { label: 'severity', name: 'Severity', width: 90, texts: severityTexts(severities.map((_, index) => String(index + 1))) },
    ...vendorLabels,
  ],
  values: [
    {
      name: 'Series',
      expr:
        ranked(alertCounts) +
        otherwise('alertname', 'no alert fires or is pending', 'vendor_account_api_endpoint:engage_endpoint_up:max'),
      texts: mapping({ [-1]: ['–', 'text'] }),
    },
    {
      name: 'Since',
      expr: ranked(
        `1000 * (0 * ${alertCounts} + on (${alertLabels}) group_left () min by (${alertLabels}) (ALERTS_FOR_STATE{${ofRules}}))`,
      ),
      unit: shortTime,
    },
  ],
});

const accountTable = (() => {
  const endpoints = (family: string, aggregate: string) => `${aggregate} by (vendor, account, api_endpoint) (${family}{${accounts}})`;
  return table({
    title: 'All accounts',
    description:
      'Every account with the number of its endpoints, those that fail first; a click on the account opens its vendor’s dashboard for it. Orange under Fail: so many of its endpoints fail. Red under Values lost: so many of them no longer serve the values that they had. Requests are those of the last hour.',
    unit: 'short',
    width: 24,
    height: 10,
    noValue: noEndpoints,
    labels: [{ ...linkedAccount, width: 170 }, ...vendorLabels],
    sort: [['Values lost', 'desc'], ['Fail', 'desc'], ['Account', 'asc'], ['Vendor', 'asc']],
    values: [
      {
        name: 'Fail',
        expr: `count by (vendor, account) (${endpoints('engage_endpoint_failing', 'max')} == 1) or 0 * count by (vendor, account) (engage_endpoint_up{${accounts}})`,
        judgement: { base: 'text', from: [[1, 'orange']] },
      },
      {
        name: 'Values lost',
        expr: `count by (vendor, account) (${lost(accounts)}) or 0 * count by (vendor, account) (engage_endpoint_up{${accounts}})`,
        judgement: { base: 'text', from: [[1, 'red']] },
      },
      { name: 'Endpoints', expr: `count by (vendor, account) (${endpoints('engage_endpoint_up', 'min')})` },
      {
        name: 'Oldest values',
        expr: `max by (vendor, account) (time() - ${endpoints('engage_endpoint_last_success_timestamp_seconds', 'max')})`,
        unit: longTime,
        decimals: 0,
      },
      { name: 'Samples', expr: `sum by (vendor, account) (${endpoints('engage_endpoint_samples', 'max')})` },
      {
        name: 'Requests',
        expr: `round(max by (vendor, account) (sum by (job, vendor, account) (increase(engage_vendor_requests_total{${accounts}}[1h]))))`,
      },
    ],
  });
})();

const usersOnline = stat({
  title: 'GeTui: users online',
  description: 'Users online at the newest point that GeTui sends, all chosen accounts together.',
  unit: 'short',
  width: 4,
  noValue: noValues,
  queries: [{ expr: `sum(${latest('getui_online_users')})` }],
});

const plays = stat({
  title: 'Polyv: plays today',
  description: 'Plays of the hours of today that have begun. Polyv counts them an hour or two late.',
  unit: 'short',
  width: 4,
  noValue: noValues,
  queries: [{ expr: `sum(${total('polyv_today_plays', 'platform', 'hour')})` }],
});

const clicks = stat({
  title: 'Adspect: clicks today',
  description: 'Clicks since midnight in each account’s time zone, by the funnel “stream”.',
  unit: 'short',
  width: 4,
  noValue: noValues,
  queries: [{ expr: `sum(${total('adspect_today_stream_clicks', 'stream_id')})` }],
});

const quality = stat({
  title: 'Adspect: quality today',
  description: 'Part of today’s clicks to which the money page was shown, all chosen accounts together.',
  unit: 'percentunit',
  width: 4,
  decimals: 1,
  noValue: noValues,
  queries: [{ expr: qualityOfAll('today') }],
});

const tagUsers = stat({
  title: 'Sensors Data: tags that run',
  description: 'Tags whose status is running.',
  unit: 'short',
  width: 4,
  noValue: noValues,
  queries: [{ expr: `sum(max by (account) (sensorsdata_tags{${accounts}, status="running"}))` }],
});
