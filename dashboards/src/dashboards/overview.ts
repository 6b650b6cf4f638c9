import { RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { board } from '../board';
import { redFromOne } from '../colours';
import { accountLabel, dropped, endpointStates, failing, failures, missing, refused, vendorLabel } from '../health';
import { mapping } from '../panels/states';
import { stat, verdict } from '../panels/stat';
import { table } from '../panels/table';
import { accounts, countOf, latest, latestWhere, otherwise, ratio, total } from '../promql';
import { lowestLeft } from './getui/quota';
import { failedTags } from './sensorsdata';
import { down } from './exporter';
import { liveNow } from './quanshi';

const noAccount = 'no account';

export const overview = () =>
  board('overview', 'All accounts at all vendors: what is wrong now, and what goes on.')
    .withRow(new RowBuilder('Is anything wrong?'))
    .withPanel(failing(accounts, 4))
    .withPanel(refused(accounts, 4))
    .withPanel(down(4))
    .withPanel(exhausted)
    .withPanel(failedTags(4))
    .withPanel(dropped(accounts, 4))

    .withRow(new RowBuilder('What is wrong now'))
    .withPanel(failures(accounts, 12))
    .withPanel(alerts)

    .withRow(new RowBuilder('Accounts'))
    .withPanel(accountTable)
    .withPanel(endpointStates(accounts, 12))

    .withRow(new RowBuilder('What goes on'))
    .withPanel(usersOnline)
    .withPanel(quotaLeft)
    .withPanel(plays)
    .withPanel(clicks)
    .withPanel(quality)
    .withPanel(liveNow(6, noAccount))
    .withPanel(tagUsers)
    .withPanel(missing(accounts, 6));

const exhausted = verdict({
  title: 'Push quotas used up',
  description:
    'Push quotas of GeTui that are used up today. Red from 1: pushes through that channel are refused until midnight in the account’s time zone.',
  unit: 'none',
  width: 4,
  judgement: redFromOne,
  noValue: noAccount,
  queries: [
    { expr: countOf(`${latest('getui_push_quota_exhausted', 'channel', 'kind')} == 1`, `getui_push_quota_exhausted{${accounts}}`) },
  ],
});

const alerts = table({
  title: 'Alerts that fire now',
  description:
    'Alerts of this project’s rules that fire: those of the chosen accounts, and those of no account, such as a missing exporter. Empty where the rules are not loaded.',
  unit: 'none',
  width: 12,
  height: 10,
  noValue: 'no rules',
  labels: [
    { label: 'alertname', name: 'Alert' },
    { label: 'severity', name: 'Severity' },
    vendorLabel,
    accountLabel,
  ],
  values: [
    {
      name: 'Series',
      expr:
        `count by (alertname, severity, vendor, account) (ALERTS{alertstate="firing", alertname=~"(Engage|Getui|Polyv|Adspect|Sensorsdata|Quanshi).+", account=~"$account|"})` +
        otherwise('alertname', 'no alert fires', 'vendor_account_api_endpoint:engage_endpoint_up:max'),
      texts: mapping({ [-1]: ['–', 'text'] }),
    },
  ],
});

const accountTable = (() => {
  const endpoints = (family: string, aggregate: string) => `${aggregate} by (vendor, account, endpoint) (${family}{${accounts}})`;
  return table({
    title: 'Accounts',
    description:
      'Every account with the number of its endpoints; a click on the vendor opens its dashboard for the account. Red under Fail: so many of them fail. Requests are those of the last hour.',
    unit: 'short',
    width: 12,
    height: 10,
    labels: [vendorLabel, accountLabel],
    values: [
      { name: 'Endpoints', expr: `count by (vendor, account) (${endpoints('engage_endpoint_up', 'min')})` },
      {
        name: 'Fail',
        expr: `count by (vendor, account) (${endpoints('engage_endpoint_up', 'min')} == 0) or 0 * count by (vendor, account) (engage_endpoint_up{${accounts}})`,
        judgement: { base: 'text', from: [[1, 'red']] },
      },
      {
        name: 'Oldest figures',
        expr: `max by (vendor, account) (time() - ${endpoints('engage_endpoint_last_success_timestamp_seconds', 'max')})`,
        unit: 'dtdurations',
        decimals: 0,
      },
      { name: 'Samples', expr: `sum by (vendor, account) (${endpoints('engage_endpoint_samples', 'max')})` },
      {
        name: 'Requests',
        expr: `max by (vendor, account) (sum by (job, vendor, account) (increase(engage_vendor_requests_total{${accounts}}[1h])))`,
        decimals: 0,
      },
    ],
  });
})();

const usersOnline = stat({
  title: 'GeTui: users online',
  description: 'Users online at the newest point that GeTui gives, all chosen accounts together.',
  unit: 'short',
  width: 6,
  noValue: noAccount,
  queries: [{ expr: `sum(${latest('getui_online_users')})` }],
});

const quotaLeft = lowestLeft(6);

const plays = stat({
  title: 'Polyv: plays today',
  description: 'Plays of the hours of today that have begun. Polyv tells them an hour or two late.',
  unit: 'short',
  width: 6,
  noValue: noAccount,
  queries: [{ expr: `sum(${total('polyv_today_plays', 'platform', 'hour')})` }],
});

const clicks = stat({
  title: 'Adspect: clicks today',
  description: 'Clicks since midnight in each account’s time zone, by the funnel “stream”.',
  unit: 'short',
  width: 6,
  noValue: noAccount,
  queries: [{ expr: `sum(${total('adspect_today_stream_clicks', 'stream_id')})` }],
});

const quality = stat({
  title: 'Adspect: quality today',
  description: 'Part of today’s clicks to which the money page was shown, all chosen accounts together.',
  unit: 'percentunit',
  width: 6,
  decimals: 1,
  noValue: noAccount,
  queries: [
    {
      expr: ratio(
        `sum(${total('adspect_today_stream_money_hits', 'stream_id')})`,
        `sum(${total('adspect_today_stream_clicks', 'stream_id')})`,
      ),
    },
  ],
});

const tagUsers = stat({
  title: 'Sensors Data: tags that run',
  description: 'Tags whose status is running.',
  unit: 'short',
  width: 6,
  noValue: noAccount,
  queries: [{ expr: `sum(${latestWhere('sensorsdata_tags', 'status="running"')})` }],
});

