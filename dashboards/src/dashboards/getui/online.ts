import { lines } from '../../panels/lines';
import { accounts, highest, latest } from '../../promql';
import { say } from '../../words';

const now = latest('getui_online_users');

const online = lines({
  title: 'Users online',
  description:
    'Users online at the newest point that GeTui sends, one every ten minutes; dashed, the same hour of the day before, once Prometheus has a day of it. The ten accounts with the most.',
  unit: 'short',
  width: 12,
  min: 0,
  queries: [
    { expr: highest(now), legend: '{{account}}' },
    {
      expr: `max by (account) (getui_online_users{${accounts}} offset 1d) and on (account) (${highest(now)})`,
      legend: say('{{account}}, a day before'),
    },
  ],
}).overrideByQuery('B', [
  { id: 'custom.lineStyle', value: { fill: 'dash', dash: [4, 6] } },
  { id: 'color', value: { mode: 'fixed', fixedColor: '#9e9e9e' } },
  { id: 'custom.hideFrom', value: { viz: false, legend: true, tooltip: false } },
]);

/** The panel of users online. */
export const usersOnline = [online];
