import { lines } from '../../panels/lines';
import { stat } from '../../panels/stat';
import { latest } from '../../promql';

const online = lines({
  title: 'Users online',
  description:
    'Users online at the newest point that GeTui gives, one every ten minutes; beside it the same hour of the day before, once Prometheus has a day of it.',
  unit: 'short',
  width: 16,
  min: 0,
  queries: [
    { expr: latest('getui_online_users'), legend: '{{account}}' },
    { expr: `max by (account) (getui_online_users{account=~"$account"} offset 1d)`, legend: '{{account}}, a day before' },
  ],
});

const onlineNow = stat({
  title: 'Age of the newest point',
  description: 'How long ago the point was taken that counts as users online now. GeTui gives one every ten minutes.',
  unit: 'dtdurations',
  width: 4,
  height: 8,
  decimals: 0,
  noValue: 'no account',
  queries: [{ expr: `time() - ${latest('getui_online_users_sample_timestamp_seconds')}`, legend: '{{account}}' }],
});

const onlinePeak = stat({
  title: 'Peak of 24 hours',
  description: 'Highest number of users online among the points of the last 24 hours.',
  unit: 'short',
  width: 4,
  height: 8,
  noValue: 'no account',
  queries: [{ expr: latest('getui_online_users_peak'), legend: '{{account}}' }],
});

/** The row of users online. */
export const usersOnline = [online, onlineNow, onlinePeak];
