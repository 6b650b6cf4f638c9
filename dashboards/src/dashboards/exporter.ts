import { board, exporterMarks, row, variable } from '../board';
import { orangeFromOne, redFromOne } from '../colours';
import { dropped, endpoints, endpointStates, failing, failures, missing, oldest, refused } from '../health';
import { unitPerMinute, unitSeconds } from '../panels/about';
import { lines } from '../panels/lines';
import { mapping } from '../panels/states';
import { stat, verdict } from '../panels/stat';
import { shortTime, table } from '../panels/table';
import { accounts, highest, occurred } from '../promql';
import { say, worded } from '../words';

const which = `vendor=~"$vendor", ${accounts}`;
const noExporter = 'no exporter';

/** Targets of Prometheus that have been exporters within the last week, and accounts that are targets of their own. */
const targets =
  '(max by (job, instance) (last_over_time(engage_exporter_build_info[7d])) or max by (job, instance) (up{job=~"engage[-_]accounts"}))';

/** Targets that Prometheus cannot scrape now, by job. */
const unreachable = `count by (job) (max by (job, instance) (up) == 0 and on (job, instance) ${targets})`;

/**
 * By how many the exporters of a job are fewer now than usual within the last week. Instances alone would not do: in a
 * cluster, each rollout brings new ones, and the old ones are not missed.
 */
const usual = 'quantile_over_time(0.5, count by (job) (max by (job, instance) (engage_exporter_build_info))[7d:1h])';
const fewer = `${usual} - (count by (job) (max by (job, instance) (engage_exporter_build_info)) or 0 * ${usual})`;

/** Exporters that are down, of all jobs: what both ways of counting see counts once. */
const downNow = `sum(max by (job) (label_replace(${unreachable}, "by", "up", "", "") or label_replace(${fewer}, "by", "week", "", "")) > 0)`;

/** When the exporters of the jobs that lack some were last scraped. */
export const gone = `max by (job, instance) (max_over_time(timestamp(engage_exporter_build_info)[7d:1h])) unless on (job, instance) up == 1 and on (job) (max by (job) (label_replace(${unreachable}, "by", "up", "", "") or label_replace(${fewer}, "by", "week", "", "")) > 0)`;

export const down = (width: number) =>
  verdict({
    title: 'Exporters down',
    description:
      'Exporters that Prometheus scraped within the last week and cannot scrape now, or that are missing from its targets, and accounts that are targets of their own (job engage-accounts) and cannot be scraped. Red from 1: none of their values is read. An exporter that was removed on purpose counts until its job has had fewer for half a week.',
    unit: 'none',
    width,
    judgement: redFromOne,
    noValue: noExporter,
    queries: [
      { expr: `${downNow} or 0 * count(${targets})` },
    ],
  });

export const exporter = () => {
  const dashboard = board(
    'exporter',
    'The exporter itself: what it reads, how often, and what it takes.',
    '{vendor=~"$vendor"}',
    variable('vendor', 'Vendor', 'label_values(engage_endpoint_up, vendor)'),
  ).withVariable(variable('instance', 'Instance', 'label_values(engage_exporter_build_info, instance)'));
  exporterMarks.forEach((marks) => dashboard.annotation(marks));
  row(dashboard, 'Is anything wrong?', down(3), reloadFailed, failing(which, 4), refused(which, 4), dropped(which, 3), missing(which, 6));
  row(dashboard, 'Endpoints', failures(which), endpointStates(which), endpoints(which));
  row(dashboard, 'Calls to the vendors', accountsRead, samples, oldest(which, 8), requests, results, readDuration, waits);
  row(dashboard, 'The process', instances, scrapes, pages, cpu, memory, goroutines, files);
  return dashboard;
};

const reloadFailed = verdict({
  title: 'Configuration not loaded',
  description:
    'Exporters whose last reload failed. Orange from 1: they go on with the configuration before, and would not start again with the present one.',
  unit: 'none',
  width: 4,
  judgement: orangeFromOne,
  noValue: noExporter,
  queries: [
    {
      expr: `sum(1 - min by (job, instance) (engage_config_last_reload_successful{instance=~"$instance"}))`,
    },
  ],
});

/**
 * A counter's growth within an hour, over all instances: two replicas of an account's exporter call the vendor twice. Two jobs
 * that scrape one exporter count the same, so that for each account the job that counts most is taken. A counter that was not
 * there an hour ago, when the exporter was scraped or not yet started, began at 0, which increase() does not see; nor does it
 * know that there are no fractions of what is counted.
 */
const hourly = (counter: string, matchers: string, sumBy: string, ...labels: string[]) => {
  const of = `${counter}{${matchers}}`;
  const young = `${of} unless ${of} offset 1h and on (job, instance) (up offset 1h == 1 or process_start_time_seconds > time() - 3600)`;
  const grown = `(${young} or increase(${of}[1h]))`;
  return `sum by (${sumBy}) (max by (${labels.join(', ')}) (sum by (${['job', ...labels].join(', ')}) (${grown})))`;
};

const requests = lines({
  title: 'Requests within an hour',
  description: 'HTTP requests sent to each vendor within the hour before, by status code; “error” where no answer came.',
  unit: 'short',
  width: 12,
  min: 0,
  queries: [
    {
      expr: worded(`round(${hourly('engage_vendor_requests_total', which, 'vendor, code', 'vendor', 'account', 'code')})`, 'vendor'),
      legend: '{{vendor}} {{code}}',
    },
  ],
});

const failedReads = (by: string) =>
  `round(${hourly('engage_endpoint_reads_total', `${which}, result!="success"`, by, 'vendor', 'account', 'api_endpoint', 'result')})`;

const results = lines({
  title: 'Failed reads within an hour',
  description:
    'Reads of endpoints within the hour before that did not succeed, by their result, and all together: 0 where none failed. No line where the exporter was not scraped.',
  unit: 'short',
  width: 12,
  min: 0,
  queries: [
    {
      // Some results are there with 0 from the start: what has not occurred within the time range has no line of its own.
      expr: worded(`label_replace(${occurred(failedReads('vendor, api_endpoint, result'))}, "failure", "$1", "result", "(.*)")`, 'vendor', 'failure'),
      legend: say('{{vendor}} {{api_endpoint}}: {{failure}}'),
    },
    { expr: failedReads(''), legend: say('all') },
  ],
})
  // If all is 0, Grafana's axis ends at 100.
  .axisSoftMax(1)
  // An hour changes little within less, and there are several results for each endpoint.
  .interval('5m');

// Prometheus keeps the histogram in one form or the other: native where that is enabled, else classic.
const slowest = (quantile: number) => {
  const of = (form: string, by: string) =>
    `histogram_quantile(${quantile}, sum by (${by}) (rate(engage_read_duration_seconds${form}{vendor=~"$vendor"}[1h])))`;
  return worded(`${of('', 'vendor')} or ${of('_bucket', 'vendor, le')}`, 'vendor');
};

const readDuration = lines({
  title: 'How long reads take',
  description: 'Median and 95th percentile of the duration of reads within the hour before, waits for the limits of the configuration included, by vendor.',
  unit: unitSeconds,
  width: 12,
  min: 0,
  queries: [
    { expr: slowest(0.95), legend: '{{vendor}} 95 %' },
    { expr: slowest(0.5), legend: say('{{vendor}} median') },
  ],
});

const waited = (by: string) => hourly('engage_throttle_wait_seconds_total', which, by, 'vendor', 'account');

const waits = lines({
  title: 'Waits for the limits of the configuration',
  description:
    'Time that requests waited within the hour before for requests_per_minute and max_concurrent_requests, the ten accounts with the longest waits, and all together. If it is long, values come late: the limits are too low for what is to be read.',
  unit: unitSeconds,
  width: 12,
  min: 0,
  queries: [
    {
      // Most accounts wait for nothing: who never did has no line.
      expr: worded(highest(waited('vendor, account'), `${waited('vendor, account')} > 0`), 'vendor'),
      legend: '{{vendor}} {{account}}',
    },
    { expr: waited(''), legend: say('all') },
  ],
}).axisSoftMax(1);

const samples = stat({
  title: 'Samples served',
  description: 'Samples in the served snapshots, all chosen accounts.',
  unit: 'short',
  width: 8,
  noValue: noExporter,
  queries: [{ expr: `sum(max by (vendor, account, api_endpoint) (engage_endpoint_samples{${which}}))` }],
});

const accountsRead = stat({
  title: 'Accounts',
  description: 'Configured accounts, each counted once however many exporters read it.',
  unit: 'short',
  width: 8,
  noValue: noExporter,
  queries: [{ expr: `count(count by (vendor, account) (engage_endpoint_up{${which}}))` }],
});

const ofProcess = (family: string) => `max by (job, instance) (${family}{instance=~"$instance"})`;

/** Keeps the targets that are exporters. */
const exporters = (expr: string) => `${expr} and on (job, instance) engage_exporter_build_info`;

/** Enough of a checksum to tell configurations apart. */
const configuration = 'label_replace(max by (job, instance, sha256) (engage_config_hash_info{instance=~"$instance"}), "sha256", "$1", "sha256", "(.{12}).*")';

const instances = table({
  title: 'Instances',
  description:
    'The exporters that Prometheus scrapes, with their configuration. Two replicas of one account should show the same configuration. Orange under Reload: the last one failed, and the exporter goes on with the one before.',
  unit: 'none',
  width: 24,
  height: 6,
  noValue: noExporter,
  labels: [
    { label: 'instance', name: 'Instance', width: 150 },
    { label: 'job', name: 'Job', width: 100, last: true },
    { label: 'version', name: 'Version', width: 90, last: true },
    { label: 'sha256', name: 'Configuration', width: 120, last: true },
    { label: 'revision', name: 'Revision', width: 180, last: true },
    { label: 'goversion', name: 'Go', width: 90, last: true },
  ],
  values: [
    {
      name: 'Version',
      hidden: true,
      expr: 'max by (job, instance, version, revision, goversion) (engage_exporter_build_info{instance=~"$instance"})',
    },
    { name: 'Configuration', hidden: true, expr: configuration },
    {
      name: 'Reload',
      expr: ofProcess('engage_config_last_reload_successful'),
      texts: mapping({ 1: ['ok', 'green'], 0: ['failed', 'orange'] }),
    },
    { name: 'Loaded', expr: `1000 * ${ofProcess('engage_config_last_reload_success_timestamp_seconds')}`, unit: shortTime },
    { name: 'Up since', expr: exporters(`1000 * ${ofProcess('process_start_time_seconds')}`), unit: shortTime },
    {
      name: 'Accounts',
      expr: 'sum by (job, instance) (max by (job, instance, vendor) (engage_accounts{instance=~"$instance"}))',
    },
  ],
});

const scrapes = lines({
  title: 'How long scrapes take',
  description: 'Duration of Prometheus’ scrapes of each exporter. It ends half a second before the scrape timeout at the latest: what is not ready then is left to the next scrape.',
  unit: unitSeconds,
  width: 12,
  min: 0,
  queries: [{ expr: exporters(ofProcess('scrape_duration_seconds')), legend: '{{instance}}' }],
});

const pages = lines({
  title: 'Scrapes by status',
  description: 'Scrapes that the exporter answered per minute, by status code. All but 200 is a failure of the exporter itself; a vendor’s failure is answered with 200 as well.',
  unit: unitPerMinute,
  width: 12,
  min: 0,
  queries: [
    {
      expr: `60 * max by (job, instance, code) (rate(promhttp_metric_handler_requests_total{instance=~"$instance"}[$__rate_interval])) and on (job, instance) engage_exporter_build_info`,
      legend: '{{instance}} {{code}}',
    },
  ],
});

const cpu = lines({
  title: 'CPU',
  description: 'Processor time that the exporter takes: 100 % is one core.',
  unit: 'percentunit',
  width: 12,
  min: 0,
  queries: [
    {
      expr: exporters(`max by (job, instance) (rate(process_cpu_seconds_total{instance=~"$instance"}[$__rate_interval]))`),
      legend: '{{instance}}',
    },
  ],
});

const memory = lines({
  title: 'Memory',
  description: 'Resident memory, and what of it Go’s heap has in use. It does not follow the size of the vendors’ answers.',
  unit: 'bytes',
  width: 12,
  min: 0,
  queries: [
    { expr: exporters(ofProcess('process_resident_memory_bytes')), legend: say('{{instance}} resident') },
    { expr: exporters(ofProcess('go_memstats_heap_inuse_bytes')), legend: say('{{instance}} heap') },
  ],
});

const goroutines = lines({
  title: 'Goroutines',
  description: 'Goroutines of the exporter. They rise with requests in flight and fall again; a steady rise is a leak.',
  unit: 'short',
  width: 12,
  min: 0,
  queries: [{ expr: exporters(ofProcess('go_goroutines')), legend: '{{instance}}' }],
});

const files = lines({
  title: 'Open files',
  description: 'Open file descriptors, connections included, as a part of what the process may open.',
  unit: 'percentunit',
  width: 12,
  decimals: 2,
  min: 0,
  queries: [
    {
      expr: exporters(`${ofProcess('process_open_fds')} / ${ofProcess('process_max_fds')}`),
      legend: '{{instance}}',
    },
  ],
});

