// The last thirty days, a bar a day. It has a time range of its own, and no lines at midnight.
import { board, row } from '../board';
import { dayPoints, days } from '../panels/lines';
import { byDay, highest, lowest, others, ratio, ratioOfSums, totalByDay } from '../promql';
import { say, worded } from '../words';
import { filtered, unfiltered, withName } from './adspect/stream';

const under = 'Each value stands under the day that it is of, which is a day of the account’s time zone.';

/** The ten accounts, or streams, with the largest days of the range, and the sum of the others, so that the bars are the sum of all. */
const stack = (expr: string, legend: string, name = (ten: string) => ten) => [
  { expr: name(highest(expr)), legend },
  { expr: others(expr), legend: say('others') },
];

const push = (stage: string) => byDay('getui', 'yesterday', `getui_yesterday_push_${stage}`);
const channel = (stage: string) => byDay('getui', 'yesterday', `getui_yesterday_channel_push_${stage}`, 'channel');
const user = (value: string) => byDay('getui', 'yesterday', `getui_yesterday_${value}`);

const messages = days({
  title: 'Messages sent, day by day',
  description: ['Messages sent on each day, the ten accounts with the most, and the others together.', under],
  unit: 'short',
  width: 12,
  min: 0,
  stacked: true,
  queries: stack(push('sent'), '{{account}}'),
});

const activeUsers = days({
  title: 'Active users, day by day',
  description: ['Users who were active on each day, the ten accounts with the most, and the others together.', under],
  unit: 'short',
  width: 12,
  min: 0,
  stacked: true,
  queries: stack(user('active_users'), '{{account}}'),
});

const newUsers = days({
  title: 'New users, day by day',
  description: ['Users who registered on each day, the ten accounts with the most, and the others together.', under],
  unit: 'short',
  width: 8,
  min: 0,
  stacked: true,
  queries: stack(user('new_users'), '{{account}}'),
});

const delivery = dayPoints({
  title: 'Delivery rate, day by day',
  description: [
    'Part of each day’s messages sent through the channel that devices received, all chosen accounts together.',
    under,
  ],
  unit: 'percentunit',
  width: 8,
  min: 0,
  max: 1,
  lowestFirst: true,
  queries: [{ expr: worded(ratioOfSums(channel('received'), channel('sent'), ' by (channel)'), 'channel'), legend: '{{channel}}' }],
});

const clicked = dayPoints({
  title: 'Click rate, day by day',
  description: [
    'Part of each day’s messages received through the channel that were clicked, all chosen accounts together.',
    under,
  ],
  unit: 'percentunit',
  width: 8,
  min: 0,
  lowestFirst: true,
  queries: [{ expr: worded(ratioOfSums(channel('clicked'), channel('received'), ' by (channel)'), 'channel'), legend: '{{channel}}' }],
});

const plays = days({
  title: 'Plays, day by day',
  description: ['Plays of each day, the ten accounts with the most, and the others together.', under],
  unit: 'short',
  width: 12,
  min: 0,
  stacked: true,
  queries: stack(totalByDay('polyv', 'yesterday', 'polyv_yesterday_plays', 'platform', 'hour'), '{{account}}'),
});

const traffic = days({
  title: 'Traffic, day by day',
  description: ['Traffic of each day, the ten accounts with the most, and the others together; known two days later.', under],
  unit: 'decbytes',
  width: 12,
  min: 0,
  stacked: true,
  queries: stack(totalByDay('polyv', 'settled', 'polyv_settled_traffic_bytes', 'platform', 'hour'), '{{account}}'),
});

const stream = (value: string) => byDay('adspect', 'yesterday', `adspect_yesterday_stream_${value}`, 'stream_id');
const streamLegend = '{{account}} {{stream}}';

const clicks = days({
  title: 'Clicks, day by day',
  description: ['Clicks of each day, the ten streams with the most, and the others together.', under],
  unit: 'short',
  width: 12,
  min: 0,
  stacked: true,
  queries: stack(stream('clicks'), streamLegend, withName),
});

const profitOf = `(${stream('revenue')} - ${stream('expenses')})`;

// Not stacked: accounts may have different currencies, and a loss would hide a profit.
const profit = dayPoints({
  title: 'Profit, day by day, in the account’s currency',
  description: ['Revenue less expenses of each day, the ten streams with the largest profit or loss.', under],
  unit: 'locale',
  width: 12,
  decimals: 0,
  queries: [{ expr: withName(highest(profitOf, `abs(${profitOf})`)), legend: streamLegend }],
});

const quality = dayPoints({
  title: 'Quality, day by day',
  description: [
    'Part of each day’s clicks to which the money page was shown, the ten streams with the smallest part.',
    unfiltered,
    under,
  ],
  unit: 'percentunit',
  width: 12,
  min: 0,
  max: 1,
  lowestFirst: true,
  queries: [{ expr: withName(lowest(filtered(stream('quality_ratio')))), legend: streamLegend }],
});

const invalidPart = filtered(ratio(`(${stream('givt')} + ${stream('sivt')})`, stream('clicks')));

const invalid = dayPoints({
  title: 'Invalid traffic, day by day',
  description: [
    'Part of each day’s clicks blocked as invalid traffic, GIVT and SIVT together, the ten streams with the largest part.',
    unfiltered,
    under,
  ],
  unit: 'percentunit',
  width: 12,
  min: 0,
  queries: [{ expr: withName(highest(invalidPart)), legend: streamLegend }],
});

export const trends = () => {
  const dashboard = board('trends', 'The last thirty days of GeTui, Polyv and Adspect, a bar a day.', '{vendor=~"getui|polyv|adspect"}')
    .time({ from: 'now-30d', to: 'now' })
    .refresh('');
  row(dashboard, 'GeTui', messages, activeUsers, newUsers, delivery, clicked);
  row(dashboard, 'Polyv', plays, traffic);
  row(dashboard, 'Adspect', clicks, profit, quality, invalid);
  return dashboard;
};
