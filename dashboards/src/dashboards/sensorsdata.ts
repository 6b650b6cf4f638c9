import { board, closedRow, exporterMarks, row } from '../board';
import { orangeFromOne } from '../colours';
import { accountLabel, dropped, failing, missing, ofVendor, readRow, refused } from '../health';
import { longTime, unitMinutes } from '../panels/about';
import { bars } from '../panels/bars';
import { lines } from '../panels/lines';
import { mapping } from '../panels/states';
import { stat, verdict } from '../panels/stat';
import { shortTime, table, type LabelColumn } from '../panels/table';
import { accounts, countOf, highest, latest, latestWhere, named } from '../promql';
import type { Text } from '../words';

const which = ofVendor('sensorsdata');
const noValues = 'no values';
const chosen = 'For the tags that the configuration names.';

const ofTag = (value: string) => latest(`sensorsdata_tag_${value}`, 'tag_id');
export const withName = (expr: string) => named(`(${expr})`, 'sensorsdata_tag_info', 'tag_id', 'display_name', 'name');

const running = latestWhere('sensorsdata_tag_status', 'status="running"', 'tag_id');
export const failedNow = `${latestWhere('sensorsdata_tag_last_partition_status', 'status="failed"', 'tag_id')} == 1 and ${running} == 1`;

/**
 * The time of which the computation after the last that succeeded should be. The vendor’s next computation is a later one while
 * this one is running, and after it failed.
 */
export const dueBase =
  `(${ofTag('last_success_base_timestamp_seconds')}` +
  ` + ${ofTag('next_partition_base_timestamp_seconds')} - ${ofTag('last_partition_base_timestamp_seconds')})`;

/**
 * Tags that run and whose computation was overdue by six hours when the tags were read, and by how long. While reads fail, it may
 * have been done.
 */
export const lateNow =
  `(max by (account) (engage_endpoint_last_success_timestamp_seconds{vendor="sensorsdata", api_endpoint="tags", ${accounts}})` +
  ` - on (account) group_right () ${dueBase}) > 6 * 3600 and ${running} == 1`;

export const failedTags = (width: number) =>
  verdict({
    title: 'Tags that failed',
    description:
      'Tags of Sensors Data that run and whose last computation failed. Orange from 1: what uses the tag sees the users of an earlier day.',
    unit: 'none',
    width,
    judgement: orangeFromOne,
    noValue: noValues,
    queries: [{ expr: countOf(failedNow, `sensorsdata_tags{${accounts}}`) }],
  });

export const sensorsdata = () => {
  const dashboard = board('sensorsdata', 'Sensors Data 神策: user tags, their computations and sizes, segments.', '{vendor="sensorsdata"}');
  exporterMarks.forEach((marks) => dashboard.annotation(marks));
  row(dashboard, 'Is anything wrong?', failedTags(4), lateTags, failing(which, 4), refused(which, 3), dropped(which, 3), missing(which, 6));
  row(dashboard, 'Tags', runningTags, suspendedTags, oldestBase, tagTable, tagUsers, durations);
  row(dashboard, 'Values and segments', segments, values);
  closedRow(dashboard, 'Computations and directories', partitions, directories);
  readRow(dashboard, which);
  return dashboard;
};

const lateTags = verdict({
  title: 'Tags that are late',
  description:
    'Running tags whose next computation was overdue by six hours when the tags were last read. Orange from 1: it has not started, or is still under way. Tags that failed are not counted here.',
  unit: 'none',
  width: 4,
  judgement: orangeFromOne,
  noValue: noValues,
  queries: [{ expr: countOf(`${lateNow} unless on (account, tag_id) (${failedNow})`, `sensorsdata_tags{${accounts}}`) }],
});

const tagsOf = (status: string) => `sum(${latestWhere('sensorsdata_tags', `status="${status}"`)})`;

export const runningTags = stat({
  title: 'Tags that run',
  description: 'Tags of Sensors Data whose status is running, all chosen accounts.',
  unit: 'short',
  width: 8,
  noValue: noValues,
  queries: [{ expr: tagsOf('running') }],
});

const suspendedTags = stat({
  title: 'Tags suspended',
  description: 'Tags whose status is suspended, all chosen accounts: they are not computed.',
  unit: 'short',
  width: 8,
  noValue: noValues,
  queries: [{ expr: tagsOf('suspended') }],
});

const oldestBase = stat({
  title: 'Age of the oldest base time',
  description:
    'Time since the oldest time as of which a tag that runs, and is to be computed again, was last computed successfully. A daily tag is up to two days old on an ordinary day.',
  unit: longTime,
  width: 8,
  decimals: 1,
  noValue: noValues,
  queries: [
    {
      expr: `max((time() - ${ofTag('last_success_base_timestamp_seconds')}) and ${ofTag('next_partition_base_timestamp_seconds')} and ${running} == 1)`,
    },
  ],
});

const tagName: LabelColumn = { label: 'display_name', name: 'Tag', width: 190 };
const tagId: LabelColumn = { label: 'tag_id', name: 'Id', width: 80, last: true };

const tagTable = table({
  title: 'Tags',
  description:
    'Every tag with the outcome of its last computation, those that failed first. Orange under State: the last computation failed, the users shown are of an earlier one. Orange under Failures: so many computations failed so far.',
  unit: 'short',
  width: 24,
  height: 10,
  // A phone shows these two and the state.
  labels: [{ ...tagName, width: 160 }, { ...accountLabel, width: 120 }, { label: 'name', name: 'Name', width: 150, last: true }, tagId],
  sort: [['State', 'desc']],
  values: [
    { name: 'Tag', hidden: true, expr: withName(`count by (account, tag_id) (sensorsdata_tag_status{${accounts}})`) },
    {
      name: 'State',
      expr:
        `0 * ${latestWhere('sensorsdata_tag_last_partition_status', 'status="new"', 'tag_id')}` +
        ['computing', 'succeeded', 'failed']
          .map((status, i) => ` + ${[2, 1, 3][i]} * ${latestWhere('sensorsdata_tag_last_partition_status', `status="${status}"`, 'tag_id')}`)
          .join(''),
      width: 100,
      texts: mapping({ 0: ['new', 'text'], 1: ['succeeded', 'green'], 2: ['computing', 'blue'], 3: ['failed', 'orange'] }),
    },
    { name: 'Users', expr: ofTag('users'), width: 90 },
    { name: 'Age', expr: `time() - ${ofTag('last_success_base_timestamp_seconds')}`, unit: longTime, decimals: 1, width: 175 },
    { name: 'Finished', expr: `1000 * ${ofTag('last_success_finished_timestamp_seconds')}`, unit: shortTime },
    { name: 'Took', expr: ofTag('last_partition_duration_seconds'), unit: 'dthms', width: 90 },
    { name: 'Due', expr: `1000 * ${ofTag('due_timestamp_seconds')}`, unit: shortTime },
    { name: 'Failures', expr: ofTag('failed_partitions'), judgement: { base: 'text', from: [[1, 'orange']] } },
  ],
});

const tagUsers = lines({
  title: 'Users by tag',
  description: 'Users who have the tag, by its last successful computation. The ten largest tags.',
  unit: 'short',
  width: 12,
  min: 0,
  queries: [{ expr: withName(highest(ofTag('users'))), legend: '{{account}} {{display_name}}' }],
});

const directories = table({
  title: 'Directories',
  description: 'Tags directly in each directory; without a name: tags in none.',
  unit: 'short',
  width: 24,
  labels: [{ label: 'directory', name: 'Directory', width: 160 }, { ...accountLabel, width: 120 }, { label: 'directory_id', name: 'Id', width: 100, last: true }],
  sort: [['Tags', 'desc']],
  values: [{ name: 'Tags', expr: latest('sensorsdata_tag_directory_tags', 'directory_id', 'directory'), width: 90 }],
});

const durationOf = ofTag('last_partition_duration_seconds');

/** Many tags take equally long: of those, the ones with the most users come first. */
const durationRank = `${durationOf} + 1e-12 * ${ofTag('users')} or ${durationOf}`;

const durations = lines({
  title: 'Duration of the last computation',
  description: 'How long each tag’s last computation took, the ten longest.',
  unit: unitMinutes,
  width: 12,
  min: 0,
  queries: [{ expr: withName(highest(`${durationOf} / 60`, durationRank)), legend: '{{account}} {{display_name}}' }],
});

const outcomes: [status: string, name: Text][] = [
  ['failed', 'Failed'],
  ['succeeded', 'Succeeded'],
  ['computing', 'Computing'],
  ['new', 'New'],
];

const partitions = table({
  title: 'Computations by outcome',
  description: [
    'Computations within the account’s partition_window.',
    chosen,
    'Orange under Failed: so many of them failed.',
  ],
  unit: 'short',
  width: 24,
  labels: [{ ...tagName, width: 140 }, { ...accountLabel, width: 120 }, tagId],
  sort: [['Failed', 'desc']],
  values: outcomes.map(([status, name]) => ({
    name,
    expr: withName(latestWhere('sensorsdata_tag_partitions', `status="${status}"`, 'tag_id')),
    width: 110,
    ...(status === 'failed' ? { judgement: { base: 'text' as const, from: [[1, 'orange'] as [number, 'orange']] } } : {}),
  })),
});

const values = table({
  title: 'Values of tags',
  description: ['How many users have each value of a tag, and which part that is.', chosen],
  unit: 'short',
  width: 12,
  height: 10,
  labels: [{ ...tagName, width: 140 }, { label: 'value', name: 'Value', width: 120 }, { ...accountLabel, width: 120, last: true }, tagId],
  sort: [['Users', 'desc']],
  values: [
    { name: 'Users', expr: withName(latest('sensorsdata_tag_value_users', 'tag_id', 'value')), width: 100 },
    {
      name: 'Part',
      expr: withName(latest('sensorsdata_tag_value_users_ratio', 'tag_id', 'value')),
      unit: 'percentunit',
      decimals: 1,
      gauge: true,
      judgement: { base: 'blue' },
      width: 180,
    },
  ],
});

const segments = bars({
  title: 'Segments',
  description: 'Users whom the filter of each configured segment finds, the ten largest. Empty where no segment is configured.',
  unit: 'short',
  width: 12,
  height: 10,
  min: 0,
  judgement: { base: 'blue' },
  noValue: noValues,
  queries: [{ expr: `sort_desc(topk(10, ${latest('sensorsdata_segment_users', 'segment')}))`, legend: '{{account}} {{segment}}' }],
});
