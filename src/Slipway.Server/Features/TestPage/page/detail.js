// All that is known of one deployment.

import { el } from './dom.js';
import { show, showTime } from './language.js';
import { problemLine } from './problem.js';
import { mannerOf, stages } from './statuses.js';

const facts = ['status', 'endpoint_name', 'endpoint_url', 'service_type', 'instance_type', 'instance_count', 'stack_name'];
const moments = ['creation_time', 'last_modified_time'];

/** What an outcome of `/emd_status` says; `isWatched` when it is asked for again. */
export function detailOf(outcome, isWatched) {
  if (!outcome.isGood) return [problemLine(outcome)];
  const status = outcome.json ?? {};
  return [
    steps(status),
    status.failure_reason ? el('div', { class: `notice ${mannerOf(status.status)}` }, show(el('strong'), 'reason'), el('p', {}, String(status.failure_reason))) : null,
    factList(status),
    events(status.events),
    show(el('p', { class: 'hint' }), isWatched ? 'watching' : 'watched'),
  ].filter(part => part !== null);
}

function steps({ status }) {
  const at = stages.indexOf(status);
  if (at < 0) return null;
  return el('ol', { class: 'steps', 'data-label': 'steps' }, ...stages.map((stage, index) => el(
    'li', { class: index < at || at === stages.length - 1 ? 'done' : index === at ? 'now' : null, 'aria-current': index === at ? 'step' : null },
    show(el('span'), `status.${stage}`))));
}

function factList(status) {
  const list = el('dl', { class: 'facts' });
  for (const name of facts) {
    if (status[name] !== null && status[name] !== undefined) list.append(pair(name, el('dd', {}, String(status[name]))));
  }
  for (const name of moments) {
    if (typeof status[name] === 'string') list.append(pair(name, el('dd', {}, showTime(el('time'), status[name]))));
  }
  return list;
}

function pair(name, value) {
  return el('div', {}, show(el('dt'), `fact.${name}`), value);
}

function events(list) {
  if (!Array.isArray(list) || list.length === 0) return null;
  return el(
    'div', { class: 'events' }, show(el('h4'), 'events'),
    el('ol', {}, ...list.map(event => el(
      'li', {}, showTime(el('time'), String(event?.time ?? '')), el('span', { class: 'subject' }, String(event?.subject ?? '')),
      el('span', {}, String(event?.text ?? ''))))));
}
