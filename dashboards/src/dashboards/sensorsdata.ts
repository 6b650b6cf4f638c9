import { RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { board } from '../board';
import { orangeFromOne, redFromOne } from '../colours';
import { accountLabel, endpoints, failing, failures, missing, dropped, ofVendor } from '../health';
import { bars } from '../panels/bars';
import { lines } from '../panels/lines';
import { mapping } from '../panels/states';
import { stat, verdict } from '../panels/stat';
import { table } from '../panels/table';
import { accounts, countOf, latest, latestWhere, named } from '../promql';

const which = ofVendor('sensorsdata');
const noAccount = 'no account';
const chosen = 'For the tags that the configuration names.';

const ofTag = (figure: string) => latest(`sensorsdata_tag_${figure}`, 'tag_id');
const withName = (expr: string) => named(`(${expr})`, 'sensorsdata_tag_info', 'tag_id', 'display_name', 'name');

const running = latestWhere('sensorsdata_tag_status', 'status="running"', 'tag_id');
const failed = `${latestWhere('sensorsdata_tag_last_partition_status', 'status="failed"', 'tag_id')} == 1 and ${running} == 1`;

/** By how much a tag is older than one step from computation to computation. */
const overdue = `(time() - ${ofTag('last_success_base_timestamp_seconds')} - (${ofTag('next_partition_base_timestamp_seconds')} - ${ofTag('last_partition_base_timestamp_seconds')})) and ${running} == 1`;

export const failedTags = (width: number) =>
  verdict({
    title: 'Tags that failed',
    description:
      'Tags of Sensors Data that run and whose last computation failed. Red from 1: whoever uses the tag gets the users of an earlier day.',
    unit: 'none',
    width,
    judgement: redFromOne,
    noValue: noAccount,
    queries: [{ expr: countOf(failed, `sensorsdata_tags{${accounts}}`) }],
  });

export const sensorsdata = () =>
  board('sensorsdata', 'Sensors Data 神策: user tags, their computations and sizes, segments.', '{vendor="sensorsdata"}')
    .withRow(new RowBuilder('Is anything wrong?'))
    .withPanel(failedTags(4))
    .withPanel(lateTags)
    .withPanel(mostOverdue)
    .withPanel(failing(which, 4))
    .withPanel(dropped(which, 4))
    .withPanel(missing(which, 4))

    .withRow(new RowBuilder('Tags'))
    .withPanel(tagTable)
    .withPanel(tagUsers)
    .withPanel(tagsByStatus)
    .withPanel(directories)

    .withRow(new RowBuilder('Computations'))
    .withPanel(durations)
    .withPanel(partitions)

    .withRow(new RowBuilder('Values and segments'))
    .withPanel(values)
    .withPanel(segments)

    .withRow(new RowBuilder('How it is read'))
    .withPanel(failures(which, 8))
    .withPanel(endpoints(which, 16));

const lateTags = verdict({
  title: 'Tags that are late',
  description:
    'Tags that run and are more than six hours older than one step from computation to computation. Orange from 1: the next computation is overdue or still under way.',
  unit: 'none',
  width: 4,
  judgement: orangeFromOne,
  noValue: noAccount,
  queries: [{ expr: countOf(`(${overdue}) > 6 * 3600`, `sensorsdata_tags{${accounts}}`) }],
});

const mostOverdue = stat({
  title: 'Oldest base time',
  description:
    'Age of the oldest time as of which a tag that runs, and is to be computed again, was last computed successfully. A daily tag is up to two days old on an ordinary day.',
  unit: 'dtdurations',
  width: 4,
  decimals: 0,
  noValue: noAccount,
  queries: [
    { expr: `max by (account) ((time() - ${ofTag('last_success_base_timestamp_seconds')}) and ${ofTag('next_partition_base_timestamp_seconds')} and ${running} == 1)`, legend: '{{account}}' },
  ],
});

const tagTable = table({
  title: 'Tags',
  description:
    'Every tag with the outcome of its last computation. Red under State: the last computation failed, the users shown are of an earlier one. Orange under Failed: so many computations failed so far.',
  unit: 'short',
  width: 24,
  height: 10,
  labels: [
    accountLabel,
    { label: 'display_name', name: 'Tag' },
    { label: 'name', name: 'Name' },
    { label: 'tag_id', name: 'Id' },
  ],
  values: [
    {
      name: 'State',
      expr: withName(
        `0 * ${latestWhere('sensorsdata_tag_last_partition_status', 'status="new"', 'tag_id')}` +
          ['computing', 'succeeded', 'failed']
            .map((status, i) => ` + ${i + 1} * ${latestWhere('sensorsdata_tag_last_partition_status', `status="${status}"`, 'tag_id')}`)
            .join(''),
      ),
      texts: mapping({ 0: ['new', 'text'], 1: ['computing', 'blue'], 2: ['succeeded', 'green'], 3: ['failed', 'red'] }),
    },
    { name: 'Users', expr: withName(ofTag('users')) },
    { name: 'Age', expr: withName(`time() - ${ofTag('last_success_base_timestamp_seconds')}`), unit: 'dtdurations', decimals: 0 },
    { name: 'Finished', expr: withName(`1000 * ${ofTag('last_success_finished_timestamp_seconds')}`), unit: 'dateTimeAsIso' },
    { name: 'Took', expr: withName(ofTag('last_partition_duration_seconds')), unit: 's' },
    { name: 'Next base time', expr: withName(`1000 * ${ofTag('next_partition_base_timestamp_seconds')}`), unit: 'dateTimeAsIso' },
    { name: 'Failed', expr: withName(ofTag('failed_partitions')), judgement: { base: 'text', from: [[1, 'orange']] } },
  ],
});

const tagUsers = lines({
  title: 'Users by tag',
  description: 'Users who have the tag, by its last successful computation. The 20 largest tags at each time.',
  unit: 'short',
  width: 12,
  min: 0,
  queries: [{ expr: withName(`topk(20, ${ofTag('users')})`), legend: '{{account}} {{display_name}}' }],
});

const tagsByStatus = stat({
  title: 'Tags by status',
  description: 'Number of tags in each status, all chosen accounts.',
  unit: 'short',
  width: 4,
  height: 8,
  noValue: noAccount,
  queries: [{ expr: `sum by (status) (${latest('sensorsdata_tags', 'status')})`, legend: '{{status}}' }],
});

const directories = table({
  title: 'Directories',
  description: 'Tags directly in each directory; without a name: tags in none.',
  unit: 'short',
  width: 8,
  labels: [accountLabel, { label: 'directory', name: 'Directory' }, { label: 'directory_id', name: 'Id' }],
  values: [{ name: 'Tags', expr: latest('sensorsdata_tag_directory_tags', 'directory_id', 'directory') }],
});

const durations = lines({
  title: 'Duration of the last computation',
  description: 'How long each tag’s last computation took, the 20 longest at each time.',
  unit: 's',
  width: 12,
  min: 0,
  queries: [{ expr: withName(`topk(20, ${ofTag('last_partition_duration_seconds')})`), legend: '{{account}} {{display_name}}' }],
});

const partitions = table({
  title: 'Computations by outcome',
  description: `Computations within the account’s partition_window. ${chosen} Orange under Failed: so many of them failed.`,
  unit: 'short',
  width: 12,
  labels: [accountLabel, { label: 'display_name', name: 'Tag' }, { label: 'tag_id', name: 'Id' }],
  values: ['succeeded', 'failed', 'computing', 'new'].map((status) => ({
    name: status.charAt(0).toUpperCase() + status.slice(1),
    expr: withName(latestWhere('sensorsdata_tag_partitions', `status="${status}"`, 'tag_id')),
    ...(status === 'failed' ? { judgement: { base: 'text' as const, from: [[1, 'orange'] as [number, 'orange']] } } : {}),
  })),
});

const values = table({
  title: 'Values of tags',
  description: `How many users have each value of a tag, and which part that is. ${chosen}`,
  unit: 'short',
  width: 14,
  labels: [accountLabel, { label: 'tag_id', name: 'Tag' }, { label: 'value', name: 'Value' }],
  values: [
    { name: 'Users', expr: latest('sensorsdata_tag_value_users', 'tag_id', 'value') },
    { name: 'Part', expr: latest('sensorsdata_tag_value_users_ratio', 'tag_id', 'value'), unit: 'percentunit', decimals: 1 },
  ],
});

const segments = bars({
  title: 'Segments',
  description: 'Users whom the filter of each configured segment finds.',
  unit: 'short',
  width: 10,
  min: 0,
  judgement: { base: 'blue' },
  noValue: 'no segments configured',
  queries: [{ expr: latest('sensorsdata_segment_users', 'segment'), legend: '{{account}} {{segment}}' }],
});
