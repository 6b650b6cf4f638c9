import { board, exporterMarks, midnights, row } from '../board';
import { accountAlone, dropped, failing, missing, ofVendor, readRow, refused } from '../health';
import { unitHours } from '../panels/about';
import { hours } from '../panels/bars';
import { steps } from '../panels/lines';
import { stat } from '../panels/stat';
import { table } from '../panels/table';
import { accounts, dayStart, highestNow, latest, latestWhere, ratio, total } from '../promql';
import type { Text } from '../words';
import { dayOf, yesterdayOf } from './days';

const which = ofVendor('polyv');
const noValues = 'no values';
const late = 'Polyv counts plays an hour or two late, so the newest hours are still to grow.';

const byHour = (family: string) => `sum by (hour) (${latest(family, 'platform', 'hour')})`;
const ofPlatform = (family: string, platform: string) =>
  `sum by (hour) (${latestWhere(family, `platform="${platform}"`, 'platform', 'hour')})`;
const dayTotal = (family: string) => total(family, 'platform', 'hour');
const inHours = (seconds: string) => `${seconds} / 3600`;

/** The number of each hour of the day: PromQL cannot read it from the label. */
const hourNumbers = Array.from({ length: 24 }, (_, hour) => {
  const label = String(hour).padStart(2, '0');
  return `label_replace(vector(${hour}), "hour", "${label}", "", "")`;
}).join(' or ');

/** The number of the newest hour of today whose plays are all counted: it ended two hours ago. None before 3 o’clock. */
const newestCounted = `floor((max by (account) (polyv_latest_hour_start_timestamp_seconds{${accounts}}) - ${dayStart('polyv', 'today')}) / 3600) >= 0`;

/** The hours of today, by account, whose plays are all counted. */
const counted = `(0 * count by (account, hour) (polyv_today_plays{${accounts}}) + on (hour) group_left () (${hourNumbers})) <= on (account) group_left () (${newestCounted})`;

/** A day’s plays in the hours of today that are counted. */
const ofCounted = (family: string) => `sum by (account, hour) (${latest(family, 'platform', 'hour')}) and on (account, hour) (${counted})`;

/** Today’s plays of counted hours as a part of those of the same hours yesterday; both days must have been read. */
const against = (by: string) =>
  ratio(`sum${by} ((${ofCounted('polyv_today_plays')}) and on (account, hour) (${ofCounted('polyv_yesterday_plays')}))`, `sum${by} (${ofCounted('polyv_yesterday_plays')})`);

const countedNote = 'Only hours that ended two hours ago or earlier count, for Polyv counts plays that late; there is none before 3 o’clock.';

export const polyv = () => {
  const dashboard = board('polyv', 'Polyv 保利威: plays, viewers and traffic by hour.', '{vendor="polyv"}').annotation(midnights('polyv'));
  exporterMarks.forEach((marks) => dashboard.annotation(marks));
  row(dashboard, 'Is anything wrong?', failing(which, 6), refused(which, 6), dropped(which, 6), missing(which, 6));
  row(dashboard, 'Today', playsToday, againstYesterday, playedToday, accountTable, playsSoFar, platformsByHour);
  row(dashboard, 'Today beside yesterday, by hour', playsByHour, viewersByHour, playedByHour);
  row(dashboard, 'Yesterday', yesterdayOf('polyv'), yesterdayTable);
  row(
    dashboard,
    'Traffic of the last settled day',
    dayOf('polyv', 'settled', 'The settled day is', 'The last day whose traffic Polyv calls final, the day before yesterday.'),
    trafficByHour,
    trafficTable,
  );
  readRow(dashboard, which);
  return dashboard;
};

const againstYesterday = stat({
  title: 'Plays against yesterday',
  description: [
    'Today’s plays of all chosen accounts as a part of those in the same hours of yesterday.',
    countedNote,
    'Without a colour, since a Sunday is no Monday.',
  ],
  unit: 'percentunit',
  width: 8,
  decimals: 0,
  noValue: 'no values',
  queries: [{ expr: against('') }],
});

const playsToday = stat({
  title: 'Plays today',
  description: ['Plays in the hours of today that have begun, all chosen accounts.', late],
  unit: 'short',
  width: 8,
  noValue: noValues,
  queries: [{ expr: `sum(${dayTotal('polyv_today_plays')})` }],
});

const playedToday = stat({
  title: 'Hours played today',
  description: ['Hours played today, all chosen accounts.', late],
  unit: 'locale',
  width: 8,
  decimals: 0,
  noValue: noValues,
  queries: [{ expr: inHours(`sum(${dayTotal('polyv_today_play_duration_seconds')})`) }],
});

const accountTable = table({
  title: 'Accounts today',
  description: [
    'Today’s plays and hours played by account, and how the plays compare with the same hours of yesterday, the lowest first.',
    countedNote,
  ],
  unit: 'short',
  width: 24,
  height: 6,
  labels: [accountAlone],
  sort: [['Against yesterday', 'asc']],
  values: [
    { name: 'Against yesterday', expr: against(' by (account)'), unit: 'percentunit', decimals: 0 },
    { name: 'Plays', expr: dayTotal('polyv_today_plays'), width: 120 },
    { name: 'Hours played', expr: inHours(dayTotal('polyv_today_play_duration_seconds')), unit: 'locale', decimals: 0, width: 120 },
  ],
});

const besides = (title: Text, description: Text, unit: string, value: string, of = byHour) =>
  hours({
    title,
    description: [description, late, 'Hours that have not begun have no bar.'],
    unit,
    width: 8,
    min: 0,
    values: [
      { name: 'Yesterday', expr: of(`polyv_yesterday_${value}`) },
      { name: 'Today', expr: of(`polyv_today_${value}`) },
    ],
  });

const playsByHour = besides('Plays by hour', 'Plays by hour of the day, all chosen accounts and platforms.', 'short', 'plays');
const viewersByHour = besides(
  'Viewers by hour',
  'Viewers by hour. Each is counted once within an hour and a platform, so hours cannot be added up.',
  'short',
  'viewers',
);
const playedByHour = besides('Hours played, by hour of the day', 'Hours played by hour of the day.', unitHours, 'play_duration_seconds', (family) => inHours(byHour(family)));

const platformsByHour = hours({
  title: 'Plays today by platform',
  description: ['Today’s plays by hour and platform.', late],
  unit: 'short',
  width: 12,
  min: 0,
  stacked: true,
  values: [
    { name: 'Computer', expr: ofPlatform('polyv_today_plays', 'pc') },
    { name: 'Mobile', expr: ofPlatform('polyv_today_plays', 'mobile') },
  ],
});

const playsSoFar = steps({
  title: 'Plays since midnight',
  description:
    'The sum of today’s plays as it grew. It begins anew at midnight in the account’s time zone; where the line is broken, no value of the day was served. The ten accounts with the most now.',
  unit: 'short',
  width: 12,
  min: 0,
  queries: [{ expr: highestNow(dayTotal('polyv_today_plays')), legend: '{{account}}' }],
});

const yesterdayTable = table({
  title: 'Totals of yesterday',
  description: 'Plays and hours played of yesterday, how long a play lasted on average, and the most viewers that an hour had.',
  unit: 'short',
  width: 24,
  height: 6,
  labels: [accountAlone],
  sort: [['Plays', 'desc']],
  values: [
    { name: 'Plays', expr: dayTotal('polyv_yesterday_plays'), width: 120 },
    { name: 'Hours played', expr: inHours(dayTotal('polyv_yesterday_play_duration_seconds')), unit: 'locale', decimals: 0, width: 120 },
    {
      name: 'Time per play',
      expr: ratio(dayTotal('polyv_yesterday_play_duration_seconds'), dayTotal('polyv_yesterday_plays')),
      unit: 'dthms',
    },
    {
      name: 'Viewers in the busiest hour',
      expr: `max by (account) (sum by (account, hour) (${latest('polyv_yesterday_viewers', 'platform', 'hour')}))`,
    },
  ],
});

const trafficByHour = hours({
  title: 'Traffic by hour',
  description: 'Traffic of the last settled day by hour and platform, all chosen accounts.',
  unit: 'decbytes',
  width: 12,
  min: 0,
  stacked: true,
  values: [
    { name: 'Computer', expr: ofPlatform('polyv_settled_traffic_bytes', 'pc') },
    { name: 'Mobile', expr: ofPlatform('polyv_settled_traffic_bytes', 'mobile') },
  ],
});

const trafficTable = table({
  title: 'Traffic by account',
  description: 'Traffic of the last settled day by account, the most first.',
  unit: 'decbytes',
  width: 12,
  height: 10,
  labels: [accountAlone],
  sort: [['Traffic', 'desc']],
  values: [{ name: 'Traffic', expr: dayTotal('polyv_settled_traffic_bytes'), width: 120 }],
});
