import { board, closedRow, exporterMarks, row } from '../board';
import { redFromOne } from '../colours';
import { accountLabel, dropped, failing, missing, ofVendor, readRow, refused } from '../health';
import { unitHours } from '../panels/about';
import { bars } from '../panels/bars';
import { lines } from '../panels/lines';
import { stat, verdict } from '../panels/stat';
import { mapping } from '../panels/states';
import { shortTime, table } from '../panels/table';
import { accounts, countOf, latest, named, names } from '../promql';
import { worded, type Text } from '../words';

const which = ofVendor('quanshi');
const noValues = 'no values';

const ofEvent = (value: string, ...by: string[]) => latest(`quanshi_event_${value}`, 'event_id', ...by);
/** The sum over the labels `by`, of the replica that has most: a sum over the largest values of all replicas takes twice as long. */
const sumOf = (value: string, ...by: string[]) =>
  `max by (account, event_id) (sum without (${by.join(', ')}) (quanshi_event_${value}{${accounts}}))`;

/** The largest values of each event within the time range. */
const largestOf = (value: string, ...by: string[]) =>
  `max by (${['account', 'event_id', ...by].join(', ')}) (max_over_time(quanshi_event_${value}{${accounts}}[$__range] @ end()))`;

/**
 * The start of each event in the label `start`: events of a series have the same title. The time is that of China. One that
 * changed within the time range, such as that of a room that is open all day, is left out.
 */
const chinaTime = `(${largestOf('start_timestamp_seconds')} + 28800)`;
const startNumber = `100000000 + 1000000 * month${chinaTime} + 10000 * day_of_month${chinaTime} + 100 * hour${chinaTime} + minute${chinaTime}`;
const unmoved = `${largestOf('start_timestamp_seconds')} == min by (account, event_id) (min_over_time(quanshi_event_start_timestamp_seconds{${accounts}}[$__range] @ end()))`;
const starts = `label_replace(count_values by (account, event_id) ("start", (${startNumber}) and on (account, event_id) (${unmoved})), "start", "$1-$2 $3:$4", "start", "1(..)(..)(..)(..)")`;

export const titled = (expr: string) => named(`(${expr})`, 'quanshi_event_info', 'event_id', 'title', 'form');

/** The events by how large they were within the time range, if all their series are added up. */
const bySize = (value: string, ...by: string[]) => `sum by (account, event_id) (${largestOf(value, ...by)})`;

/** The events by how much they grew. Those that are long over do not. */
const byGrowth = (value: string, ...by: string[]) => {
  const range = `quanshi_event_${value}{${accounts}}[$__range] @ end()`;
  return `sum by (account, event_id) (max by (${['account', 'event_id', ...by].join(', ')}) (max_over_time(${range}) - min_over_time(${range}))) > 0`;
};

/** Those that have something now before those that are over. */
const byPresent = (value: string, ...by: string[]) => {
  const now = `sum by (account, event_id) (max by (${['account', 'event_id', ...by].join(', ')}) (quanshi_event_${value}{${accounts}} @ end()))`;
  return `1e9 + (${now} > 0) or ${bySize(value, ...by)}`;
};

/**
 * The ten events that come first by `rank`, by title and start. An event whose start is not known has its title alone, and one without a title its id. Which they are and what they are called is
 * asked once, at the end of the range: a query of that at each step of a graph takes seconds with many accounts.
 */
const tenEvents = (rank: typeof bySize, value: string, ...by: string[]) => {
  const match = 'on (account, event_id)';
  const ten = `(0 * topk(10, ${rank(value, ...by)}) + 1)`;
  const titles = names('quanshi_event_info', 'event_id', 'title');
  const called = `(${titles} * ${match} group_left (start) ${starts} or ${match} ${titles})`;
  const tenCalled = `${ten} * ${match} group_left (title, start) ${called} or label_replace(${ten} unless ${match} ${titles}, "title", "$1", "event_id", "(.*)")`;
  return `(${by.length === 0 ? ofEvent(value) : sumOf(value, ...by)} * ${match} group_left (title, start) last_over_time((${tenCalled})[1m:1m] @ end()))`;
};
const legend = '{{account}} {{title}} {{start}}';
const inHours = (seconds: string) => `${seconds} / 3600`;

/** Events between their start and their end, as seconds since the start. */
const running = `(time() - ${ofEvent('start_timestamp_seconds')} >= 0) and ${ofEvent('end_timestamp_seconds')} > time()`;

const open = sumOf('open_sessions', 'side');

/** The audience of events whose report was read in the last 10 minutes and has each list of sessions that it had within six hours. */
const audience =
  `(${open} and on (account, event_id) time() - ${ofEvent('report_timestamp_seconds')} < 600 unless on (account, event_id)` +
  ` (max by (account, event_id, side) (last_over_time(quanshi_event_open_sessions{${accounts}}[6h])) unless ${ofEvent('open_sessions', 'side')}))`;

/** Live events that have run for five minutes. Phone and web meetings have no live sessions. The form may not be known. */
const liveRunning = `(${running}) > 300 unless on (account, event_id) max by (account, event_id) (quanshi_event_info{${accounts}, form=~"phone|web_meeting"})`;

/** Those that have no session. */
export const emptyNow = `${liveRunning} and on (account, event_id) ${audience} == 0`;

/** Those whose sessions are not known, such as while the endpoint event_report fails. */
const unknownNow = `${liveRunning} unless on (account, event_id) ${audience}`;

export const liveNow = (width: number, noValue: Text, title: Text = 'Events that run') =>
  stat({
    title,
    description: 'Events of Quanshi between their start and their end.',
    unit: 'none',
    width,
    noValue,
    queries: [{ expr: countOf(running, `quanshi_events{${accounts}}`) }],
  });

export const quanshi = () => {
  const dashboard = board('quanshi', 'Quanshi 全时: live events, who watches, what they do.', '{vendor="quanshi"}');
  exporterMarks.forEach((marks) => dashboard.annotation(marks));
  row(dashboard, 'Is anything wrong?', emptyEvents(5), failing(which, 5), refused(which, 5), dropped(which, 4), missing(which, 5));
  row(dashboard, 'Events', liveNow(8, noValues), openNow, events, eventTable, openSessions, watched, speaking, interactions);
  row(dashboard, 'Audience', sessions, viewers, auth, roles);
  closedRow(dashboard, 'Regions, with regions: true', regions);
  readRow(dashboard, which);
  return dashboard;
};

export const emptyEvents = (width: number) =>
  verdict({
  title: 'Empty live events',
  description:
    'Live events that began more than five minutes ago, have not ended and have no open session. Red from 1: the stream is down, or nobody is let in. Without a colour while the audience of a live event is unknown.',
  unit: 'none',
  width,
  judgement: redFromOne,
  noValue: noValues,
  texts: mapping({ [-1]: ['audience unknown', 'transparent'] }),
  queries: [{ expr: `count(${emptyNow}) or 0 * count(${unknownNow}) - 1 or 0 * count(quanshi_events{${accounts}})` }],
});

const openNow = stat({
  title: 'Sessions open now',
  description: 'Sessions of all events that have not gone offline. A viewer may have several.',
  unit: 'short',
  width: 8,
  noValue: noValues,
  queries: [{ expr: `sum(${open})` }],
});

const events = stat({
  title: 'Events in the span',
  description: 'Events in the span that the configuration asks for, all chosen accounts.',
  unit: 'short',
  width: 8,
  noValue: noValues,
  queries: [{ expr: `sum(${latest('quanshi_events')})` }],
});

const sessionLabels = ['side', 'mode', 'device', 'client'];

const eventTable = table({
  title: 'Events',
  description: 'The events of the configured span, those with the most open sessions first. Hours watched: how long all sessions lasted together, live and replay.',
  unit: 'short',
  width: 24,
  height: 10,
  labels: [
    // A phone shows these two and the sessions.
    { label: 'title', name: 'Event', width: 170 },
    { ...accountLabel, width: 110 },
    { label: 'form', name: 'Form', width: 110, last: true },
    { label: 'event_id', name: 'Id', width: 110, last: true },
  ],
  // While no report can be read, no event has an Open.
  sort: [['Open', 'desc'], ['Start', 'desc']],
  values: [
    { name: 'Event', hidden: true, expr: titled(`max by (account, event_id) ({__name__=~"quanshi_event_(start_timestamp_seconds|viewers)", ${accounts}})`) },
    { name: 'Open', expr: open },
    { name: 'Start', expr: `1000 * ${ofEvent('start_timestamp_seconds')}`, unit: shortTime },
    { name: 'End', expr: `1000 * ${ofEvent('end_timestamp_seconds')}`, unit: shortTime },
    { name: 'Viewers', expr: sumOf('viewers', 'audience') },
    { name: 'Sessions', expr: sumOf('sessions', ...sessionLabels) },
    { name: 'Hours watched', expr: inHours(sumOf('watch_duration_seconds', ...sessionLabels)), unit: 'locale', decimals: 0 },
    { name: 'Interactions', expr: sumOf('interactions', 'action') },
  ],
});

const openSessions = lines({
  title: 'Open sessions',
  description: 'Sessions that have not gone offline, by event: the audience as it comes and goes. The ten that have most now, then those that had most within the time range; the start is in China’s time.',
  unit: 'short',
  width: 12,
  min: 0,
  queries: [{ expr: tenEvents(byPresent, 'open_sessions', 'side'), legend }],
}).interval('5m');

const watched = lines({
  title: 'Hours watched',
  description: 'Hours that all sessions of an event lasted together, live and replay, as they grew. The ten that grew most within the time range; the start is in China’s time.',
  unit: unitHours,
  width: 12,
  decimals: 0,
  min: 0,
  queries: [{ expr: inHours(tenEvents(byGrowth, 'watch_duration_seconds', ...sessionLabels)), legend }],
}).interval('10m');

const speaking = bars({
  title: 'Hours spoken',
  description: 'Hours that participants of each event spoke, the ten with the most; the start is in China’s time.',
  unit: unitHours,
  width: 12,
  height: 13,
  decimals: 1,
  min: 0,
  judgement: { base: 'blue' },
  noValue: noValues,
  longNames: true,
  queries: [{ expr: `sort_desc(${inHours(tenEvents(bySize, 'speaking_duration_seconds'))})`, legend }],
});

const sessions = table({
  title: 'Sessions by side, mode, device and client',
  description: 'Sessions of all chosen accounts’ events. Side: the live stream or the interactive room.',
  unit: 'short',
  width: 24,
  labels: [
    { label: 'side', name: 'Side', width: 130 },
    { label: 'mode', name: 'Mode', width: 110 },
    { label: 'device', name: 'Device', width: 110, last: true },
    { label: 'client', name: 'Client', width: 130, last: true },
  ],
  sort: [['Sessions', 'desc']],
  values: [
    { name: 'Sessions', expr: `sum by (side, mode, device, client) (${ofEvent('sessions', ...sessionLabels)})`, width: 110 },
    {
      name: 'Hours watched',
      expr: inHours(`sum by (side, mode, device, client) (${ofEvent('watch_duration_seconds', ...sessionLabels)})`),
      unit: 'locale',
      decimals: 0,
      width: 130,
    },
  ],
});

const counts = (title: Text, description: Text, width: number, family: string, label: string, height = 10) =>
  bars({
    title,
    description,
    unit: 'short',
    width,
    height,
    min: 0,
    judgement: { base: 'blue' },
    noValue: noValues,
    queries: [{ expr: `sort_desc(${worded(`sum by (${label}) (${ofEvent(family, label)})`, label)})`, legend: `{{${label}}}` }],
  });

const interactions = counts(
  'Interactions', 'What the audience did: chat, praise, votes and so on, all chosen accounts’ events.', 12, 'interactions', 'action', 13,
);
const viewers = counts(
  'Viewers by audience', 'Viewers who watched live, the replay, or both; each viewer of an event counts once.', 8, 'viewers', 'audience',
);
const auth = counts(
  'How sessions were let in', 'Sessions by the kind of admission: public, whitelist, password, paid, phone.', 8, 'auth_sessions', 'auth',
);
const roles = counts('Roles', 'Sessions by role: host, speaker, attendee.', 8, 'role_sessions', 'role');

const regions = table({
  title: 'Regions',
  description: 'Sessions by country and province; served with regions: true.',
  unit: 'short',
  width: 24,
  labels: [
    { label: 'country', name: 'Country', width: 120 },
    { label: 'province', name: 'Province', width: 130 },
  ],
  sort: [['Sessions', 'desc']],
  values: [{ name: 'Sessions', expr: `sum by (country, province) (${ofEvent('region_sessions', 'country', 'province')})`, width: 110 }],
});
