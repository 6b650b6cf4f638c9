// Panels about the state of endpoints. Several dashboards show them, each for its own part: `which` is a list of label matchers.
import { BigValueTextMode } from '@grafana/grafana-foundation-sdk/common';
import { MappingType, type DashboardBuilder, type DashboardLink, type ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { closedRow, exporterUrl, vendorUrl } from './board';
import { orangeFromOne, redFromOne, steps } from './colours';
import { longTime, unitSeconds } from './panels/about';
import { mapping, states } from './panels/states';
import { stat, verdict } from './panels/stat';
import { table, type LabelColumn } from './panels/table';
import { accounts, countOf, otherwise } from './promql';
import { say, worded, type Text } from './words';

export const ofVendor = (vendor: string): string => `vendor="${vendor}", ${accounts}`;

const ofOneVendor = (which: string): boolean => which.startsWith('vendor="');

export const noEndpoints: Text = 'no endpoints';

/** A click on a tile opens the endpoints that it counts, which stand in a closed row of a vendor's dashboard. */
const linked = (which: string, tile: ReturnType<typeof verdict>) => {
  if (which.startsWith('vendor=~')) return tile;
  const url = exporterUrl(/^vendor="(\w+)"/.exec(which)?.[1]);
  return tile.dataLinks([{ build: () => ({ title: say('The endpoints'), url }) as DashboardLink }]);
};

const endpoint = 'vendor, account, api_endpoint';

/** Endpoints that fail and no longer serve the values that they had within a day, as the alert EngageDataExpired has it. */
export const lost = (which: string): string => {
  const served = `max by (${endpoint}) (engage_endpoint_samples{${which}})`;
  const alert = `ALERTS{alertname="EngageDataExpired", alertstate="firing", ${which}}`;
  return (
    `${fails(which)} and on (${endpoint}) ${served} == 0` +
    ` and on (${endpoint}) (max_over_time(${served}[1d:10m]) > 0 or on (${endpoint}) max by (${endpoint}) (${alert}))`
  );
};

const fails = (which: string): string => `max by (${endpoint}) (engage_endpoint_failing{${which}}) == 1`;

const named = (expr: string, state: string): string => `label_replace(${expr}, "state", "${state}", "", "")`;

export function failing(which: string, width: number) {
  return linked(which, verdict({
    title: 'Endpoints that fail',
    description:
      'Endpoints whose last read failed, wholly or in part. Orange from 1: their values grow old. Red: values of one are lost, because they are older than max_stale or their day has ended.',
    unit: 'none',
    width,
    judgement: orangeFromOne,
    noValue: noEndpoints,
    // The one series has the name of the worst state.
    queries: [{
      expr:
        named(`count(${fails(which)}) and on () count(${lost(which)})`, 'lost') +
        ` or on () ${named(countOf(fails(which), `engage_endpoint_up{${which}}`), 'fails')}`,
      legend: '{{state}}',
    }],
  }).textMode(BigValueTextMode.Value).overrideByName('lost', [{ id: 'thresholds', value: { mode: 'absolute', steps: steps(redFromOne) } }]));
}

export function refused(which: string, width: number) {
  return linked(which, verdict({
    title: 'Accounts refused',
    description:
      "Accounts whose credentials the vendor refuses. Red from 1: none of their values is read until the credentials, or the clock of the exporter's machine, are corrected.",
    unit: 'none',
    width,
    judgement: redFromOne,
    noValue: noEndpoints,
    queries: [
      { expr: countOf(`max by (vendor, account) (engage_endpoint_failing{${which}, reason="auth"}) == 1`, `engage_endpoint_up{${which}}`) },
    ],
  }));
}

export function dropped(which: string, width: number) {
  return linked(which, verdict({
    title: 'Samples dropped',
    description:
      'Samples that should be served and are not: beyond max_samples_per_endpoint, no usable number, out of the possible range, or a label set sent twice. Orange from 1: sums over them are too low.',
    unit: 'short',
    width,
    judgement: orangeFromOne,
    noValue: noEndpoints,
    queries: [{ expr: `sum(max by (vendor, account, api_endpoint) (engage_endpoint_dropped_samples{${which}}))` }],
  }));
}

export function missing(which: string, width: number) {
  return linked(which, verdict({
    title: 'Requested ids unknown to the vendor',
    description:
      'Items that the configuration names, or that the API documents, and that the answers do not have, such as tasks that the vendor no longer keeps. Orange from 1: remove them from the configuration.',
    unit: 'short',
    width,
    judgement: orangeFromOne,
    noValue: noEndpoints,
    queries: [{ expr: `sum(max by (vendor, account, api_endpoint) (engage_endpoint_missing_items{${which}}))` }],
  }));
}

export function oldest(which: string, width: number) {
  return stat({
    title: 'Oldest values served',
    description:
      'Time since the oldest snapshot was read. Without a colour, since endpoints are read at different intervals: an hour is fresh for the values of a day.',
    unit: longTime,
    width,
    decimals: 0,
    noValue: 'no values',
    queries: [{ expr: `max(time() - max by (vendor, account, api_endpoint) (engage_endpoint_last_success_timestamp_seconds{${which}}))` }],
  });
}

const neverSucceeded: ValueMapping[] = [
  { type: MappingType.RangeToText, options: { from: 1e12, to: null, result: { text: say('never') } } },
  ...mapping({ [-1]: ['–', 'text'] }),
];

const vendorLink = [{ title: say('Dashboard of the vendor'), url: vendorUrl }];

/** The vendor by its name, and a hidden column with its id for the links. */
export const vendorLabels: LabelColumn[] = [
  { label: 'vendor_name', copyOf: 'vendor', name: 'Vendor', width: 110, links: vendorLink },
  { label: 'vendor', name: 'Vendor id', hidden: true },
];
export const accountLabel: LabelColumn = { label: 'account', name: 'Account', width: 130 };
/** The only name of a line: on a wide screen, the values would be far from it if it grew. */
export const accountAlone: LabelColumn = { ...accountLabel, width: 200, fixed: true };
export const linkedAccount: LabelColumn = { ...accountLabel, links: vendorLink };

/** The columns that name an endpoint; on a vendor's own dashboard there is no vendor to name. A phone shows a third column beside them. */
const endpointLabels = (which: string): LabelColumn[] => {
  const account: LabelColumn = { ...accountLabel, width: 110 };
  const endpoint: LabelColumn = { label: 'api_endpoint', name: 'Endpoint', width: 150 };
  if (ofOneVendor(which)) return [account, endpoint];
  return [{ ...account, links: vendorLink }, endpoint, ...vendorLabels.map((label) => ({ ...label, last: true }))];
};

export function failures(which: string) {
  return table({
    title: 'What fails now, and why',
    description:
      'Each endpoint that fails, with the reason; the log of the exporter has the whole error. Empty where Prometheus knows no endpoint.',
    unit: 'none',
    width: 24,
    height: 7,
    noValue: noEndpoints,
    labels: [...endpointLabels(which), { label: 'reason', name: 'Reason', width: 240, meaning: 'failure' }],
    sort: [['Last success', 'desc']],
    values: [
      {
        name: 'Last success',
        expr:
          `max by (vendor, account, api_endpoint, reason) (engage_endpoint_failing{${which}})` +
          ` * on (vendor, account, api_endpoint) group_left () (time() - max by (vendor, account, api_endpoint) (engage_endpoint_last_success_timestamp_seconds{${which}}))` +
          ` or max by (vendor, account, api_endpoint, reason) (engage_endpoint_failing{${which}}) * 1e15` +
          otherwise('reason', 'nothing fails', `engage_endpoint_up{${which}}`),
        unit: longTime,
        decimals: 0,
        width: 130,
        texts: neverSucceeded,
      },
    ],
  });
}

/**
 * Whether each endpoint fails: 0 if so, -1 if its values are lost too, 1 if not, and 0.5 if nothing has failed but not all of its
 * items have been read.
 */
const stateOf = (which: string, gone: string): string => {
  const up = `min by (${endpoint}) (engage_endpoint_up{${which}})`;
  const failed = `max by (${endpoint}) (engage_endpoint_failing{${which}})`;
  return `(0 * (${gone}) - 1 or 0 * ${failed} or ${up} == 1 or 0.5 + ${up})`;
};

/** The same as `lost` over a time range, in which what a range has lost is asked once. */
const lostWithin = (which: string): string => {
  const served = `max by (${endpoint}) (engage_endpoint_samples{${which}})`;
  const had = `max by (${endpoint}) (max_over_time(engage_endpoint_samples{${which}}[$__range] @ end())) > 0`;
  return `${fails(which)} and on (${endpoint}) ${served} == 0 and on (${endpoint}) ${had}`;
};

const stateTexts = { 1: ['ok', 'green'], 0.5: ['not all read', 'blue'], 0: ['fails', 'orange'], [-1]: ['values lost', 'red'] } as const;

export function endpoints(which: string) {
  const of = (family: string) => `max by (${endpoint}) (${family}{${which}})`;
  return table({
    title: 'Endpoints',
    description:
      'Every endpoint with the age and the size of what it serves. Orange under State: its last read failed. Red: and its values are lost. Blue: some of it has not been read yet, as after a start. Orange in other columns: samples are dropped, or requested ids are unknown.',
    unit: 'short',
    width: 24,
    height: 12,
    noValue: noEndpoints,
    labels: endpointLabels(which),
    sort: [['State', 'asc'], ['Dropped', 'desc'], ['Unknown ids', 'desc'], ['Account', 'asc']],
    values: [
      { name: 'State', expr: stateOf(which, lost(which)), width: 120, texts: mapping(stateTexts) },
      { name: 'Age', expr: `time() - ${of('engage_endpoint_last_success_timestamp_seconds')}`, unit: longTime, decimals: 0 },
      { name: 'Last read took', expr: of('engage_endpoint_last_read_duration_seconds'), unit: unitSeconds },
      { name: 'Samples', expr: of('engage_endpoint_samples') },
      { name: 'Dropped', expr: of('engage_endpoint_dropped_samples'), judgement: { base: 'text', from: [[1, 'orange']] } },
      { name: 'Unknown ids', expr: of('engage_endpoint_missing_items'), judgement: { base: 'text', from: [[1, 'orange']] } },
    ],
  });
}

export function endpointStates(which: string) {
  const failed = `min by (${endpoint}) (min_over_time(engage_endpoint_up{${which}}[$__range] @ end())) == 0`;
  const state = stateOf(which, lostWithin(which));
  const shown = (expr: string) => (ofOneVendor(which) ? expr : worded(expr, 'vendor'));
  const legend = `${ofOneVendor(which) ? '' : '{{vendor}} '}{{account}} {{api_endpoint}}`;
  return states({
    title: 'Endpoints over time',
    description: 'Orange while the last read of an endpoint failed. Red while its values were lost. Blue while some of it had not been read yet. Where nothing is drawn, nobody scraped the exporter. Endpoints that failed within the time range stand first.',
    unit: 'none',
    width: 24,
    height: 12,
    noValue: noEndpoints,
    texts: stateTexts,
    // Grafana shows the first twenty: those that failed.
    queries: [
      { expr: shown(`${state} and on (${endpoint}) ${failed}`), legend },
      { expr: shown(`${state} unless on (${endpoint}) ${failed}`), legend },
    ],
  });
}

/** Adds the last row of a vendor’s dashboard: the endpoints. It is closed, for the first row says whether one fails. */
export function readRow(dashboard: DashboardBuilder, which: string): void {
  closedRow(dashboard, 'How it is read', failures(which), endpoints(which), endpointStates(which));
}
