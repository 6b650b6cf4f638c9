import { RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { board, fill, midnights } from '../board';
import { dropped, endpoints, failing, failures, missing, ofVendor } from '../health';
import { usersOnline } from './getui/online';
import { lowestLeft, midnightPace, quotas, usedUp } from './getui/quota';
import { pushTasks } from './getui/tasks';
import { brands, dayByDay, yesterday } from './getui/yesterday';

const which = ofVendor('getui');

export const getui = () => {
  const dashboard = board('getui', 'GeTui 个推: push quotas, users online, what became of pushes.', '{vendor="getui"}').annotation(
    midnights('getui'),
  );
  fill(dashboard, {
    'Is anything wrong?': [usedUp(4), lowestLeft(4), midnightPace(4), failing(which, 4), dropped(which, 4), missing(which, 4)],
    'Push quotas today': quotas,
    'Users online': usersOnline,
    'Pushes and users of yesterday': yesterday,
    'Day by day': dayByDay,
    'Tasks and task groups': pushTasks,
  });
  dashboard.withRow(new RowBuilder('Brands, with brands: true').collapsed(true).withPanel(brands));
  return fill(dashboard, { 'How it is read': [failures(which, 8), endpoints(which, 16)] });
};
