// All that is known of one deployment.

import { el } from './dom.js';
import { show, showTime } from './language.js';
import { problemLine } from './problem.js';
import { mannerOf, stages } from './statuses.js';

const facts = ['status', 'service_type', 'instance_type', 'instance_count', 'endpoint_name', 'stack_name'];
const moments = ['creation_time', 'last_modified_time'];

/** What an outcome of `/emd_status` says; `isWatched` when it is asked for again. */
export function detailOf(outcome, isWatched) {
  if (!outcome.isGood) return [problemLine(outcome)];
  const status = outcome.json ?? {};
  return [
    steps(status),
    reason(status),
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

function reason(status) {
  if (!status.failure_reason) return null;
  return el(
    'div', { class: `notice ${mannerOf(status.status)}` }, show(el('strong'), 'reason'), el('p', {}, String(status.failure_reason)));
}

function factList(status) {
  const list = el('dl', { class: 'facts' });
  const add = (name, manner, write) => {
    if (status[name] === null || status[name] === undefined) return;
    list.append(el('div', { class: manner }, show(el('dt'), `fact.${name}`), el('dd', {}, write(String(status[name])))));
  };
  facts.forEach(name => add(name, null, text => text));
  moments.forEach(name => add(name, null, text => showTime(el('time'), text)));
  add('endpoint_url', 'wide', text => text);
  return list;
}

function events(list) {
  if (!Array.isArray(list) || list.length === 0) return null;
  return el(
    'div', { class: 'events' }, show(el('h4'), 'events'),
    el('ol', {}, ...list.map(event => el(
      'li', {}, showTime(el('time'), String(event?.time ?? '')), el('span', { class: 'subject' }, String(event?.subject ?? '')),
      el('span', {}, String(event?.text ?? ''))))));
}
