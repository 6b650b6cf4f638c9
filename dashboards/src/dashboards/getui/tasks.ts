// Push tasks and task groups that the configuration names.
import { bars } from '../../panels/bars';
import { table } from '../../panels/table';
import { accounts, latest } from '../../promql';
import { accountLabel } from '../../health';
import { stageColumns } from './stages';

const taskLabel = { label: 'task_id', name: 'Task' };
const lost = 'getui_task_lost_messages';
const lostLabels = 'account, task_id, stage, channel, category, reason';

const tasks = table({
  title: 'Tasks',
  description: 'The messages of each task in task_ids by stage, all channels together.',
  unit: 'short',
  width: 24,
  labels: [accountLabel, taskLabel],
  values: stageColumns('task_push', 'task_id'),
});

const groups = table({
  title: 'Task groups',
  description: 'The messages of each group in task_groups by stage, all channels together.',
  unit: 'short',
  width: 16,
  labels: [accountLabel, { label: 'task_group', name: 'Group' }],
  values: stageColumns('task_group_push', 'task_group'),
});

const actions = table({
  title: 'Events after the push',
  description: 'Custom events (action_ids) that the tasks’ messages led to.',
  unit: 'short',
  width: 8,
  labels: [accountLabel, taskLabel, { label: 'action', name: 'Event' }],
  values: [{ name: 'Events', expr: latest('getui_task_actions', 'task_id', 'action') }],
});

const lossesByReason = bars({
  title: 'Why messages are lost',
  description: 'The ten reasons that most messages of the chosen accounts’ tasks are lost for, and the stage that they did not reach.',
  unit: 'short',
  width: 10,
  height: 10,
  min: 0,
  judgement: { base: 'blue' },
  noValue: 'no losses known',
  queries: [
    {
      expr: `topk(10, sum by (stage, category, reason) (max by (${lostLabels}) (${lost}{${accounts}})) > 0)`,
      legend: '{{stage}}: {{category}} {{reason}}',
    },
  ],
});

const losses = table({
  title: 'Largest losses',
  description: 'The 50 largest losses of a task through a channel for a reason. The stage is the one that the messages did not reach.',
  unit: 'short',
  width: 14,
  height: 10,
  labels: [
    accountLabel,
    taskLabel,
    { label: 'channel', name: 'Channel' },
    { label: 'stage', name: 'Stage' },
    { label: 'category', name: 'Category' },
    { label: 'reason', name: 'Reason' },
  ],
  values: [{ name: 'Messages', expr: `topk(50, max by (${lostLabels}) (${lost}{${accounts}}) > 0)` }],
});

/** The row of tasks. */
export const pushTasks = [tasks, groups, actions, lossesByReason, losses];
