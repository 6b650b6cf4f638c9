// Push tasks and task groups that the configuration names.
import { bars } from '../../panels/bars';
import { table } from '../../panels/table';
import { accounts, latest } from '../../promql';
import { accountLabel } from '../../health';
import { worded } from '../../words';
import { stageColumns } from './stages';

const taskLabel = { label: 'task_id', name: 'Task', width: 190 } as const;
const lost = 'getui_task_lost_messages';
const lostLabels = 'account, task_id, stage, channel, category, reason';

const tasks = table({
  title: 'Tasks',
  description: 'The messages of each task in task_ids by stage, all channels together.',
  unit: 'short',
  width: 24,
  labels: [taskLabel, accountLabel],
  sort: [['Sent', 'desc']],
  values: stageColumns('task_push', 'task_id'),
});

const groups = table({
  title: 'Task groups',
  description: 'The messages of each group in task_groups by stage, all channels together.',
  unit: 'short',
  width: 24,
  labels: [{ label: 'task_group', name: 'Group', width: 190 }, accountLabel],
  sort: [['Sent', 'desc']],
  values: stageColumns('task_group_push', 'task_group'),
});

const actions = table({
  title: 'Events after the push',
  description: 'Custom events (action_ids) that the tasks’ messages led to.',
  unit: 'short',
  width: 12,
  height: 13,
  labels: [{ label: 'action', name: 'Action', width: 120 }, taskLabel, accountLabel],
  sort: [['Count', 'desc']],
  values: [{ name: 'Count', width: 90, expr: latest('getui_task_actions', 'task_id', 'action') }],
});

const lossesByReason = bars({
  title: 'Why messages are lost',
  description: 'The ten reasons that most messages of the chosen accounts’ tasks are lost for, and the stage that they did not reach.',
  unit: 'short',
  width: 12,
  height: 13,
  min: 0,
  judgement: { base: 'blue' },
  noValue: 'no losses known',
  longNames: true,
  queries: [
    {
      expr: worded(`topk(10, sum by (stage, category, reason) (max by (${lostLabels}) (${lost}{${accounts}})) > 0)`, 'stage', 'category', 'reason'),
      legend: '{{stage}}: {{category}} {{reason}}',
    },
  ],
});

const losses = table({
  title: 'Largest losses',
  description: 'The 50 largest losses of a task through a channel for a reason. The stage is the one that the messages did not reach.',
  unit: 'short',
  width: 24,
  height: 10,
  labels: [
    { label: 'reason', name: 'Reason', width: 210 },
    { label: 'category', name: 'Category', width: 170 },
    { label: 'stage', name: 'Not reached', width: 120 },
    { label: 'channel', name: 'Channel', width: 120 },
    accountLabel,
    { ...taskLabel, last: true },
  ],
  sort: [['Messages', 'desc']],
  values: [{ name: 'Messages', width: 110, expr: `topk(50, max by (${lostLabels}) (${lost}{${accounts}}) > 0)` }],
});

/** The row of tasks. */
export const pushTasks = [tasks, groups, lossesByReason, actions, losses];
