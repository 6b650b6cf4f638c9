import { lines } from '../../panels/lines';
import { accounts, latest } from '../../promql';
import { say } from '../../words';

const largest = (expr: string) => `topk(10, ${expr})`;

const online = lines({
  title: 'Users online',
  description:
    'Users online at the newest point that GeTui sends, one every ten minutes; beside it the same hour of the day before, once Prometheus has a day of it. The ten accounts with the most.',
  unit: 'short',
  width: 12,
  min: 0,
  queries: [
    { expr: largest(latest('getui_online_users')), legend: '{{account}}' },
    { expr: largest(`max by (account) (getui_online_users{${accounts}} offset 1d)`), legend: say('{{account}}, a day before') },
  ],
});

/** The panel of users online. */
export const usersOnline = [online];
