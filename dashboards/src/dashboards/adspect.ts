import { QueryVariableBuilder, VariableRefresh, VariableSort } from '@grafana/grafana-foundation-sdk/dashboard';
import { board, fill, midnights } from '../board';
import { dropped, endpoints, failing, failures, ofVendor } from '../health';
import { datasource } from '../panels/query';
import { account, expiry, lastEvent, savedQueriesLeft } from './adspect/account';
import { funnelTable, invalidToday, today } from './adspect/today';
import { dayByDay, yesterday } from './adspect/yesterday';

const which = ofVendor('adspect');

const funnel = new QueryVariableBuilder('funnel')
  .label('Funnel')
  .description('A funnel of the configuration; the row “Any funnel” shows its clicks.')
  .datasource(datasource)
  .query('metrics(adspect_today_.+_clicks)')
  .definition('metrics(adspect_today_.+_clicks)')
  .regex('/^adspect_today_(.+)_clicks$/')
  .refresh(VariableRefresh.OnTimeRangeChanged)
  .sort(VariableSort.AlphabeticalAsc)
  .allowCustomValue(false)
  .current({ selected: true, text: 'stream', value: 'stream' });

export const adspect = () =>
  fill(
    board('adspect', 'Adspect: the funnel of ad traffic by stream, today and yesterday.', '{vendor="adspect"}')
      .withVariable(funnel)
      .annotation(midnights('adspect')),
    {
      'Is anything wrong?': [failing(which, 4), lastEvent, invalidToday, savedQueriesLeft, expiry, dropped(which, 4)],
      'Today, by stream': today,
      Yesterday: yesterday,
      'Day by day': dayByDay,
      'Any funnel': [funnelTable],
      'The account': account,
      'How it is read': [failures(which, 8), endpoints(which, 16)],
    },
  );
