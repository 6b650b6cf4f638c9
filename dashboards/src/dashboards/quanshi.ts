import { RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { board } from '../board';
import { redFromOne } from '../colours';
import { accountLabel, dropped, endpoints, failing, failures, missing, ofVendor } from '../health';
import { bars } from '../panels/bars';
import { lines } from '../panels/lines';
import { stat, verdict } from '../panels/stat';
import { table } from '../panels/table';
import { accounts, countOf, latest, named } from '../promql';

const which = ofVendor('quanshi');
const noAccount = 'no account';

const ofEvent = (figure: string, ...by: string[]) => latest(`quanshi_event_${figure}`, 'event_id', ...by);
const sumOf = (figure: string, ...by: string[]) => `sum by (account, event_id) (${ofEvent(figure, ...by)})`;
const withTitle = (expr: string) => named(`(${expr})`, 'quanshi_event_info', 'event_id', 'title', 'form');
const legend = '{{account}} {{title}}';

/** Events between their start and their end, as seconds since the start. */
const running = `(time() - ${ofEvent('start_timestamp_seconds')} >= 0) and ${ofEvent('end_timestamp_seconds')} > time()`;

const open = sumOf('open_sessions', 'side');

/** Live events that have run for five minutes with nobody there. Phone and web meetings have no live sessions. */
const empty = `(${running}) > 300 and on (account, event_id) ${open} == 0 and on (account, event_id) max by (account, event_id) (quanshi_event_info{${accounts}, form=~"live|large_live"})`;

export const liveNow = (width: number, noValue: string) =>
  stat({
    title: 'Quanshi: events that run',
    description: 'Events between their start and their end.',
    unit: 'none',
    width,
    noValue,
    queries: [{ expr: countOf(running, `quanshi_events{${accounts}}`) }],
  });

export const quanshi = () =>
  board('quanshi', 'Quanshi 全时: live events, who watches, what they do.', '{vendor="quanshi"}')
    .withRow(new RowBuilder('Is anything wrong?'))
    .withPanel(emptyEvents)
    .withPanel(liveNow(4, noAccount))
    .withPanel(openNow)
    .withPanel(failing(which, 4))
    .withPanel(dropped(which, 4))
    .withPanel(missing(which, 4))

    .withRow(new RowBuilder('Events'))
    .withPanel(eventTable)
    .withPanel(openSessions)
    .withPanel(events)
    .withPanel(speaking)

    .withRow(new RowBuilder('Audience'))
    .withPanel(viewers)
    .withPanel(sessions)
    .withPanel(watched)
    .withPanel(interactions)
    .withPanel(auth)
    .withPanel(roles)

    .withRow(new RowBuilder('Regions, with regions: true').collapsed(true).withPanel(regions))

    .withRow(new RowBuilder('How it is read'))
    .withPanel(failures(which, 8))
    .withPanel(endpoints(which, 16));

const emptyEvents = verdict({
  title: 'Live events without audience',
  description:
    'Live events that began more than five minutes ago, have not ended and have no open session. Red from 1: the stream is down, or nobody gets in.',
  unit: 'none',
  width: 4,
  judgement: redFromOne,
  noValue: noAccount,
  queries: [{ expr: countOf(empty, `quanshi_events{${accounts}}`) }],
});

const openNow = stat({
  title: 'Sessions open',
  description: 'Sessions of all events that have not gone offline. A viewer may have several.',
  unit: 'short',
  width: 4,
  noValue: noAccount,
  queries: [{ expr: `sum by (account) (${open})`, legend: '{{account}}' }],
});

const eventTable = table({
  title: 'Events',
  description: 'The events of the configured span. Watch time is that of all sessions together, live and replay.',
  unit: 'short',
  width: 24,
  height: 10,
  labels: [
    accountLabel,
    { label: 'title', name: 'Event' },
    { label: 'form', name: 'Form' },
    { label: 'event_id', name: 'Id' },
  ],
  values: [
    { name: 'Start', expr: withTitle(`1000 * ${ofEvent('start_timestamp_seconds')}`), unit: 'dateTimeAsIso' },
    { name: 'End', expr: withTitle(`1000 * ${ofEvent('end_timestamp_seconds')}`), unit: 'dateTimeAsIso' },
    { name: 'Viewers', expr: withTitle(sumOf('viewers', 'audience')) },
    { name: 'Sessions', expr: withTitle(sumOf('sessions', 'side', 'mode', 'device', 'client')) },
    { name: 'Open', expr: withTitle(open) },
    {
      name: 'Watch time',
      expr: withTitle(sumOf('watch_duration_seconds', 'side', 'mode', 'device', 'client')),
      unit: 'dtdurations',
      decimals: 0,
    },
    { name: 'Interactions', expr: withTitle(sumOf('interactions', 'action')) },
  ],
});

const openSessions = lines({
  title: 'Open sessions',
  description: 'Sessions that have not gone offline, by event: the audience as it comes and goes.',
  unit: 'short',
  width: 12,
  min: 0,
  queries: [{ expr: withTitle(open), legend }],
});

const events = stat({
  title: 'Events in the span',
  description: 'Events in the span that the configuration asks for.',
  unit: 'short',
  width: 4,
  height: 8,
  noValue: noAccount,
  queries: [{ expr: latest('quanshi_events'), legend: '{{account}}' }],
});

const speaking = bars({
  title: 'Time spoken',
  description: 'Time that participants of each event spoke.',
  unit: 'dtdurations',
  width: 8,
  min: 0,
  judgement: { base: 'blue' },
  noValue: noAccount,
  queries: [{ expr: withTitle(ofEvent('speaking_duration_seconds')), legend }],
});

const viewers = bars({
  title: 'Viewers by audience',
  description: 'Viewers who watched live, the replay, or both; each viewer counts once.',
  unit: 'short',
  width: 8,
  min: 0,
  judgement: { base: 'blue' },
  noValue: noAccount,
  queries: [{ expr: `sum by (audience) (${ofEvent('viewers', 'audience')})`, legend: '{{audience}}' }],
});

const sessionLabels = ['side', 'mode', 'device', 'client'];

const sessions = table({
  title: 'Sessions by side, mode, device and client',
  description: 'Sessions of all chosen accounts’ events. Side: the live stream or the interactive room.',
  unit: 'short',
  width: 16,
  labels: sessionLabels.map((label) => ({ label, name: label.charAt(0).toUpperCase() + label.slice(1) })),
  values: [
    { name: 'Sessions', expr: `sum by (side, mode, device, client) (${ofEvent('sessions', ...sessionLabels)})` },
    {
      name: 'Watch time',
      expr: `sum by (side, mode, device, client) (${ofEvent('watch_duration_seconds', ...sessionLabels)})`,
      unit: 'dtdurations',
      decimals: 0,
    },
  ],
});

const watched = lines({
  title: 'Watch time',
  description: 'Time that all sessions of an event lasted together, live and replay, as it grew.',
  unit: 'dtdurations',
  width: 12,
  min: 0,
  queries: [{ expr: withTitle(sumOf('watch_duration_seconds', ...sessionLabels)), legend }],
});

const interactions = bars({
  title: 'Interactions',
  description: 'What the audience did: chat, praise, votes and so on, all chosen accounts’ events.',
  unit: 'short',
  width: 12,
  min: 0,
  judgement: { base: 'blue' },
  noValue: noAccount,
  queries: [{ expr: `sum by (action) (${ofEvent('interactions', 'action')})`, legend: '{{action}}' }],
});

const auth = bars({
  title: 'How sessions were let in',
  description: 'Sessions by the kind of admission: public, whitelist, password, paid, phone.',
  unit: 'short',
  width: 12,
  min: 0,
  judgement: { base: 'blue' },
  noValue: noAccount,
  queries: [{ expr: `sum by (auth) (${ofEvent('auth_sessions', 'auth')})`, legend: '{{auth}}' }],
});

const roles = bars({
  title: 'Roles',
  description: 'Sessions by role: host, speaker, attendee.',
  unit: 'short',
  width: 12,
  min: 0,
  judgement: { base: 'blue' },
  noValue: noAccount,
  queries: [{ expr: `sum by (role) (${ofEvent('role_sessions', 'role')})`, legend: '{{role}}' }],
});

const regions = table({
  title: 'Regions',
  description: 'Sessions by country and province; given with regions: true.',
  unit: 'short',
  width: 24,
  labels: [
    { label: 'country', name: 'Country' },
    { label: 'province', name: 'Province' },
  ],
  values: [{ name: 'Sessions', expr: `sum by (country, province) (${ofEvent('region_sessions', 'country', 'province')})` }],
});
