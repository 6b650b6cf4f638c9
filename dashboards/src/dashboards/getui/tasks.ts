// Push tasks and task groups that the configuration names.
import { bars } from '../../panels/bars';
import { table } from '../../panels/table';
import { accounts, latest } from '../../promql';
import { accountLabel } from '../../health';
import { meaningOf, say, sharedMeanings, worded } from '../../words';
import { pushAccount, stageColumns } from './stages';

const taskLabel = { label: 'task_id', name: 'Task', width: 150 } as const;
const lost = 'getui_task_lost_messages';
const lostLabels = 'account, task_id, stage, channel, category, reason';

const tasks = table({
  title: 'Tasks',
  description: 'The messages of each task in task_ids by stage, all channels together.',
  unit: 'short',
  width: 24,
  labels: [taskLabel, pushAccount],
  sort: [['Sent', 'desc']],
  values: stageColumns('task_push', 'task_id'),
});

const groups = table({
  title: 'Task groups',
  description: 'The messages of each group in task_groups by stage, all channels together.',
  unit: 'short',
  width: 24,
  labels: [{ label: 'task_group', name: 'Group', width: 150 }, pushAccount],
  sort: [['Sent', 'desc']],
  values: stageColumns('task_group_push', 'task_group'),
});

const actions = table({
  title: 'Events after the push',
  description: 'Custom events (action_ids) that the tasks’ messages led to.',
  unit: 'short',
  width: 12,
  height: 13,
  labels: [{ label: 'action', name: 'Action', width: 90 }, taskLabel, { ...accountLabel, last: true }],
  sort: [['Count', 'desc']],
  values: [{ name: 'Count', width: 90, expr: latest('getui_task_actions', 'task_id', 'action') }],
});

/** Category and reason in the label `cause`; the category alone where the reason says no more. */
function withCause(expr: string): string {
  const unspecified = `(.+) / ${meaningOf('reason', 'unspecified')}`;
  const repeated = sharedMeanings('category', 'reason').map((text) => `(${text}) / ${text}`);
  return [unspecified, ...repeated].reduce(
    (inner, causes) => `label_replace(${inner}, "cause", "$1", "cause", "${causes}")`,
    `label_join(${expr}, "cause", " / ", "category", "reason")`,
  );
}

const lossesByReason = bars({
  title: 'Why messages are lost',
  description: 'The ten reasons that most messages of the chosen accounts’ tasks are lost for, and the stage that they did not reach.',
  unit: 'short',
  width: 12,
  height: 13,
  min: 0,
  judgement: { base: 'blue' },
  noValue: 'no values',
  longNames: true,
  queries: [
    {
      expr: withCause(worded(`topk(10, sum by (stage, category, reason) (max by (${lostLabels}) (${lost}{${accounts}})) > 0)`, 'stage', 'category', 'reason')),
      legend: say('not {{stage}}: {{cause}}'),
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
    { label: 'category', name: 'Category', width: 150 },
    { label: 'channel', name: 'Channel', width: 110 },
    { label: 'reason', name: 'Reason', width: 210, last: true },
    { label: 'stage', name: 'Not reached', width: 120, last: true },
    { ...accountLabel, last: true },
    { ...taskLabel, last: true },
  ],
  sort: [['Messages', 'desc']],
  values: [{ name: 'Messages', width: 110, expr: `topk(50, max by (${lostLabels}) (${lost}{${accounts}}) > 0)` }],
});

/** The row of tasks. */
export const pushTasks = [tasks, groups, lossesByReason, actions, losses];
