import { board, closedRow, exporterMarks, midnights, quotaMarks, row } from '../board';
import { dropped, failing, missing, ofVendor, readRow, refused } from '../health';
import { usersOnline } from './getui/online';
import { lowestLeft, midnightPace, quotas, usedUp } from './getui/quota';
import { pushTasks } from './getui/tasks';
import { brands, yesterday } from './getui/yesterday';

const which = ofVendor('getui');

export const getui = () => {
  const dashboard = board('getui', 'GeTui 个推: push quotas, users online, what became of pushes.', '{vendor="getui"}')
    .annotation(midnights('getui'))
    .annotation(quotaMarks);
  exporterMarks.forEach((marks) => dashboard.annotation(marks));
  row(
    dashboard,
    'Is anything wrong?',
    usedUp(3),
    lowestLeft(3),
    midnightPace(3),
    failing(which, 3),
    refused(which, 3),
    dropped(which, 3),
    missing(which, 6),
  );
  row(dashboard, 'Push quotas and users online', ...quotas, ...usersOnline);
  row(dashboard, 'Yesterday', ...yesterday);
  closedRow(dashboard, 'Tasks and task groups', ...pushTasks);
  closedRow(dashboard, 'Brands, with brands: true', brands);
  readRow(dashboard, which);
  return dashboard;
};
