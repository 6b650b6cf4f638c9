// Pushes and users of the last whole day.
import { bars } from '../../panels/bars';
import { table } from '../../panels/table';
import { latest, ratio, ratioOfSums } from '../../promql';
import { accountAlone } from '../../health';
import { say, worded } from '../../words';
import { yesterdayOf } from '../days';
import { pushAccount, stageColumns, stages as stageNames } from './stages';

const push = (stage: string) => latest(`getui_yesterday_push_${stage}`);
const ofChannel = (part: string, whole: string) =>
  ratioOfSums(
    latest(`getui_yesterday_channel_push_${part}`, 'channel'),
    latest(`getui_yesterday_channel_push_${whole}`, 'channel'),
    ' by (channel)',
  );
const user = (value: string) => latest(`getui_yesterday_${value}`);

const stages = bars({
  title: 'Pushes by stage',
  description:
    'How far the messages of yesterday came, all chosen accounts together. Not every account knows how many were deliverable, and not every channel how many were displayed.',
  unit: 'short',
  width: 8,
  min: 0,
  judgement: { base: 'blue' },
  noValue: 'no values of yesterday',
  queries: stageNames.map(([name, title]) => ({ expr: `sum(${push(name)})`, legend: say(title) })),
});

const users = table({
  title: 'Pushes and users by account',
  description:
    'Messages of yesterday, and users as of yesterday: active and registered on that day, the most that were online at once, ever registered.',
  unit: 'short',
  width: 24,
  height: 6,
  labels: [accountAlone],
  sort: [['Sent', 'desc']],
  values: [
    { name: 'Sent', expr: push('sent'), width: 105 },
    { name: 'Delivery rate', expr: ratio(push('received'), push('sent')), unit: 'percentunit', decimals: 1 },
    { name: 'Click rate', expr: ratio(push('clicked'), push('received')), unit: 'percentunit', decimals: 2 },
    { name: 'Active users', expr: user('active_users') },
    { name: 'New users', expr: user('new_users') },
    { name: 'Most online', expr: user('peak_online_users') },
    { name: 'Users', expr: user('users'), width: 105 },
  ],
});

const channels = table({
  title: 'Channels',
  description: 'Yesterday’s messages of each channel by stage. Some channels do not say how many were displayed.',
  unit: 'short',
  width: 24,
  labels: [{ label: 'channel', name: 'Channel', width: 110 }, pushAccount],
  sort: [['Sent', 'desc']],
  values: stageColumns('yesterday_channel_push', 'channel'),
});

const channelDelivery = bars({
  title: 'Delivery rate by channel',
  description: 'Part of yesterday’s messages sent through the channel that devices received, all chosen accounts together. The lowest first.',
  unit: 'percentunit',
  width: 8,
  min: 0,
  max: 1,
  judgement: { base: 'blue' },
  noValue: 'no values of yesterday',
  queries: [{ expr: `sort(${worded(ofChannel('received', 'sent'), 'channel')})`, legend: '{{channel}}' }],
});

const channelClicks = bars({
  title: 'Click rate by channel',
  description: 'Part of yesterday’s messages received through the channel that were clicked, all chosen accounts together. The lowest first.',
  unit: 'percentunit',
  width: 8,
  min: 0,
  judgement: { base: 'blue' },
  noValue: 'no values of yesterday',
  queries: [{ expr: `sort(${worded(ofChannel('clicked', 'received'), 'channel')})`, legend: '{{channel}}' }],
});

export const brands = table({
  title: 'Brands of devices',
  description: 'Yesterday’s messages through GeTui’s own channel by the brand of the device; served with brands: true.',
  unit: 'short',
  width: 24,
  labels: [{ label: 'brand', name: 'Brand', width: 110 }, pushAccount],
  sort: [['Sent', 'desc']],
  values: stageColumns('yesterday_brand_push', 'brand'),
});

/** The row of yesterday. */
export const yesterday = [yesterdayOf('getui'), stages, channelDelivery, channelClicks, users, channels];
