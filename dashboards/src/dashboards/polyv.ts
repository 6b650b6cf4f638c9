import { RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { board, midnights } from '../board';
import { accountLabel, dropped, endpoints, failing, failures, missing, ofVendor } from '../health';
import { hours } from '../panels/bars';
import { days, steps } from '../panels/lines';
import { stat } from '../panels/stat';
import { table } from '../panels/table';
import { latest, latestWhere, ratio, total } from '../promql';
import { dayOf, yesterdayOf } from './days';

const which = ofVendor('polyv');
const noAccount = 'no account';
const late = 'Polyv tells plays an hour or two late, so the newest hours are still to grow.';

const byHour = (family: string) => `sum by (hour) (${latest(family, 'platform', 'hour')})`;
const ofPlatform = (family: string, platform: string) =>
  `sum by (hour) (${latestWhere(family, `platform="${platform}"`, 'platform', 'hour')})`;
const dayTotal = (family: string) => total(family, 'platform', 'hour');

export const polyv = () =>
  board('polyv', 'Polyv 保利威: plays, viewers and traffic by hour.', '{vendor="polyv"}')
    .annotation(midnights('polyv'))
    .withRow(new RowBuilder('Is anything wrong?'))
    .withPanel(failing(which, 4))
    .withPanel(againstYesterday)
    .withPanel(playsToday)
    .withPanel(playedToday)
    .withPanel(dropped(which, 4))
    .withPanel(missing(which, 4))

    .withRow(new RowBuilder('Today beside yesterday, by hour'))
    .withPanel(playsByHour)
    .withPanel(viewersByHour)
    .withPanel(playedByHour)
    .withPanel(platformsByHour)
    .withPanel(playsSoFar)

    .withRow(new RowBuilder('Yesterday'))
    .withPanel(yesterdayOf('polyv'))
    .withPanel(yesterdayTable)
    .withPanel(playDays)

    .withRow(new RowBuilder('Traffic of the last settled day'))
    .withPanel(dayOf('polyv', 'settled', 'The settled day is', 'The last day whose traffic Polyv calls final, the day before yesterday.'))
    .withPanel(trafficByHour)
    .withPanel(trafficDays)

    .withRow(new RowBuilder('How it is read'))
    .withPanel(failures(which, 8))
    .withPanel(endpoints(which, 16));

const againstYesterday = stat({
  title: 'Plays against yesterday',
  description: `Today’s plays as a part of those in the same hours of yesterday. ${late} Without a colour, since a Sunday is no Monday.`,
  unit: 'percentunit',
  width: 4,
  decimals: 0,
  noValue: noAccount,
  queries: [
    {
      expr: ratio(
        dayTotal('polyv_today_plays'),
        `sum by (account) (${latest('polyv_yesterday_plays', 'platform', 'hour')} and ${latest('polyv_today_plays', 'platform', 'hour')})`,
      ),
      legend: '{{account}}',
    },
  ],
});

const playsToday = stat({
  title: 'Plays today',
  description: `Plays in the hours of today that have begun. ${late}`,
  unit: 'short',
  width: 4,
  noValue: noAccount,
  queries: [{ expr: dayTotal('polyv_today_plays'), legend: '{{account}}' }],
});

const playedToday = stat({
  title: 'Time played today',
  description: `Time played in the hours of today that have begun. ${late}`,
  unit: 'dtdurations',
  width: 4,
  decimals: 0,
  noValue: noAccount,
  queries: [{ expr: dayTotal('polyv_today_play_duration_seconds'), legend: '{{account}}' }],
});

const besides = (title: string, description: string, unit: string, figure: string) =>
  hours({
    title,
    description: `${description} ${late} Hours that have not begun have no bar.`,
    unit,
    width: 12,
    min: 0,
    values: [
      { name: 'Yesterday', expr: byHour(`polyv_yesterday_${figure}`) },
      { name: 'Today', expr: byHour(`polyv_today_${figure}`) },
    ],
  });

const playsByHour = besides('Plays', 'Plays by hour of the day, all chosen accounts and platforms.', 'short', 'plays');
const viewersByHour = besides(
  'Viewers',
  'Viewers by hour. Each is counted once within an hour and a platform, so hours cannot be added up.',
  'short',
  'viewers',
);
const playedByHour = besides('Time played', 'Time played by hour of the day.', 's', 'play_duration_seconds');

const platformsByHour = hours({
  title: 'Plays today by platform',
  description: `Today’s plays by hour and platform. ${late}`,
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
    'The sum of today’s plays as it grew. It begins anew at midnight in the account’s time zone; where the line is broken, no figure of the day was at hand.',
  unit: 'short',
  width: 24,
  min: 0,
  queries: [{ expr: dayTotal('polyv_today_plays'), legend: '{{account}}' }],
});

const yesterdayTable = table({
  title: 'Yesterday in sum',
  description: 'Plays and time played of yesterday, the most viewers that an hour had, and how long a play lasted on average.',
  unit: 'short',
  width: 10,
  labels: [accountLabel],
  values: [
    { name: 'Plays', expr: dayTotal('polyv_yesterday_plays') },
    { name: 'Time played', expr: dayTotal('polyv_yesterday_play_duration_seconds'), unit: 'dtdurations', decimals: 0 },
    {
      name: 'Time a play',
      expr: ratio(dayTotal('polyv_yesterday_play_duration_seconds'), dayTotal('polyv_yesterday_plays')),
      unit: 's',
      decimals: 0,
    },
    {
      name: 'Viewers in the busiest hour',
      expr: `max by (account) (sum by (account, hour) (${latest('polyv_yesterday_viewers', 'platform', 'hour')}))`,
    },
  ],
});

const playDays = days({
  title: 'Plays, day by day',
  description: 'Plays of each day. A step stands where it was yesterday’s figure: one day after its own day.',
  unit: 'short',
  width: 14,
  min: 0,
  queries: [{ expr: dayTotal('polyv_yesterday_plays'), legend: '{{account}}' }],
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

const trafficDays = days({
  title: 'Traffic, day by day',
  description: 'Traffic of each day. A step stands where it was the settled day’s figure: two days after its own day.',
  unit: 'decbytes',
  width: 12,
  min: 0,
  queries: [{ expr: dayTotal('polyv_settled_traffic_bytes'), legend: '{{account}}' }],
});

