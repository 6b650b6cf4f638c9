// Pushes and users of the last whole day.
import { bars } from '../../panels/bars';
import { days } from '../../panels/lines';
import { table } from '../../panels/table';
import { latest, ratio } from '../../promql';
import { accountLabel } from '../../health';
import { yesterdayOf } from '../days';
import { stageColumns, stages as stageNames } from './stages';

const push = (stage: string) => latest(`getui_yesterday_push_${stage}`);
const channel = (stage: string) => latest(`getui_yesterday_channel_push_${stage}`, 'channel');
const user = (figure: string) => latest(`getui_yesterday_${figure}`);

const stages = bars({
  title: 'Pushes by stage',
  description: 'How many messages of yesterday came how far. Not every account is told how many could be sent, and not every channel how many were displayed.',
  unit: 'short',
  width: 14,
  min: 0,
  judgement: { base: 'blue' },
  noValue: 'no figures of yesterday',
  queries: stageNames.map((name) => ({ expr: push(name), legend: `{{account}} ${name}` })),
});

const users = table({
  title: 'Users',
  description: 'Users as of yesterday: ever registered, registered and active on that day, and the most that were online at once.',
  unit: 'short',
  width: 10,
  labels: [accountLabel],
  values: [
    { name: 'Users', expr: user('users') },
    { name: 'New', expr: user('new_users') },
    { name: 'Active', expr: user('active_users') },
    { name: 'Most online', expr: user('peak_online_users') },
  ],
});

const channels = table({
  title: 'Channels',
  description: 'Yesterday’s messages of each channel by stage. Some channels do not tell how many were displayed.',
  unit: 'short',
  width: 24,
  labels: [accountLabel, { label: 'channel', name: 'Channel' }],
  values: stageColumns('yesterday_channel_push', 'channel'),
});

const channelDelivery = bars({
  title: 'Received of sent, by channel',
  description: 'Part of yesterday’s messages sent through the channel that devices received.',
  unit: 'percentunit',
  width: 12,
  min: 0,
  max: 1,
  judgement: { base: 'blue' },
  noValue: 'no figures of yesterday',
  queries: [{ expr: `sort(${ratio(channel('received'), channel('sent'))})`, legend: '{{account}} {{channel}}' }],
});

const channelClicks = bars({
  title: 'Clicked of received, by channel',
  description: 'Part of yesterday’s messages received through the channel that were clicked.',
  unit: 'percentunit',
  width: 12,
  min: 0,
  judgement: { base: 'blue' },
  noValue: 'no figures of yesterday',
  queries: [{ expr: `sort(${ratio(channel('clicked'), channel('received'))})`, legend: '{{account}} {{channel}}' }],
});

const dayNote = 'A step stands where it was yesterday’s figure: one day after its own day.';

const pushDays = days({
  title: 'Messages sent, day by day',
  description: `Messages sent on each day. ${dayNote}`,
  unit: 'short',
  width: 12,
  min: 0,
  queries: [{ expr: push('sent'), legend: '{{account}}' }],
});

const deliveryDays = days({
  title: 'Received of sent, day by day',
  description: `Part of each day’s messages sent through the channel that devices received. ${dayNote}`,
  unit: 'percentunit',
  width: 12,
  min: 0,
  max: 1,
  queries: [{ expr: ratio(channel('received'), channel('sent')), legend: '{{account}} {{channel}}' }],
});

const clickDays = days({
  title: 'Clicked of received, day by day',
  description: `Part of each day’s messages received through the channel that were clicked. ${dayNote}`,
  unit: 'percentunit',
  width: 12,
  min: 0,
  queries: [{ expr: ratio(channel('clicked'), channel('received')), legend: '{{account}} {{channel}}' }],
});

const userDays = days({
  title: 'New and active users, day by day',
  description: `Users who registered and users who were active on each day. ${dayNote}`,
  unit: 'short',
  width: 12,
  min: 0,
  queries: [
    { expr: user('active_users'), legend: '{{account}} active' },
    { expr: user('new_users'), legend: '{{account}} new' },
  ],
});

export const brands = table({
  title: 'Brands of devices',
  description: 'Yesterday’s messages through GeTui’s own channel by the brand of the device; given with brands: true.',
  unit: 'short',
  width: 24,
  labels: [accountLabel, { label: 'brand', name: 'Brand' }],
  values: stageColumns('yesterday_brand_push', 'brand'),
});

/** The row of yesterday. */
export const yesterday = [yesterdayOf('getui'), stages, users, channels, channelDelivery, channelClicks];

/** The row of the last days. */
export const dayByDay = [pushDays, deliveryDays, clickDays, userDays];
