import { QueryVariableBuilder, VariableRefresh, VariableSort } from '@grafana/grafana-foundation-sdk/dashboard';
import { board, closedRow, exporterMarks, midnights, row } from '../board';
import { dropped, failing, ofVendor, readRow, refused } from '../health';
import { datasource } from '../panels/query';
import { say } from '../words';
import { account, expiry, savedQueriesLeft } from './adspect/account';
import { funnelTable, today } from './adspect/today';
import { yesterday } from './adspect/yesterday';

const which = ofVendor('adspect');

const funnel = new QueryVariableBuilder('funnel')
  .label(say('Funnel'))
  .description(say('A funnel of the configuration; the row “Any funnel” shows its clicks.'))
  .datasource(datasource)
  .query('metrics(adspect_today_.+_clicks)')
  .definition('metrics(adspect_today_.+_clicks)')
  .regex('/^adspect_today_(.+)_clicks$/')
  .refresh(VariableRefresh.OnTimeRangeChanged)
  .sort(VariableSort.AlphabeticalAsc)
  .allowCustomValue(false)
  .current({ selected: true, text: 'stream', value: 'stream' });

export const adspect = () => {
  const dashboard = board('adspect', 'Adspect: the funnel of ad traffic by stream, today and yesterday.', '{vendor="adspect"}')
    .withVariable(funnel)
    .annotation(midnights('adspect'));
  exporterMarks.forEach((marks) => dashboard.annotation(marks));
  row(dashboard, 'Is anything wrong?', failing(which, 5), refused(which, 5), dropped(which, 4), savedQueriesLeft, expiry);
  row(dashboard, 'Today, by stream', ...today);
  row(dashboard, 'Yesterday', ...yesterday);
  closedRow(dashboard, 'Any funnel', funnelTable);
  closedRow(dashboard, 'Subscriptions, streams and the click log', ...account);
  readRow(dashboard, which);
  return dashboard;
};
