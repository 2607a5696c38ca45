// The list of what is deployed; it looks again by itself while something moves.

import { announce, el, icon } from './dom.js';
import { say, show } from './language.js';
import { confirm } from './confirm.js';
import { byId } from './endpoints.js';
import { problemLine } from './problem.js';
import { send } from './request.js';
import { Row } from './row.js';
import { server } from './server.js';
import { isSettled } from './statuses.js';
import { every } from './watch.js';

export class Deployments extends EventTarget {
  #rows = new Map();
  #list = el('ul', { class: 'deployments' });
  #note = el('div');
  #timer = 0;
  #look = null;
  #latest = null;
  #on;

  /** @param on `chat(name)` and `begin()`, when the reader wants to talk to one, or to have a first one */
  constructor(place, on) {
    super();
    this.#on = on;
    this.#note.append(unknown());
    place.append(this.#note, this.#list);
    document.addEventListener('visibilitychange', () => { if (!document.hidden && this.#moves()) this.refresh(); });
    server.addEventListener('change', () => this.#forget());
  }

  /** The names of those that can be talked to. */
  get serving() {
    return [...this.#rows.values()].filter(row => row.talks).map(row => row.name);
  }

  statusOf(name) {
    return this.#rows.get(name)?.status ?? null;
  }

  /** Looks; resolves to what came of the latest look. */
  refresh() {
    clearTimeout(this.#timer);
    this.#look?.abort();
    this.#look = new AbortController();
    return this.#latest = this.#lookOnce(this.#look);
  }

  /** Shows one that was just asked for, and follows it. */
  async follow(name) {
    await this.refresh();
    this.#rows.get(name)?.open();
  }

  reveal(name) {
    const row = this.#rows.get(name);
    (row?.element ?? this.#list).scrollIntoView({ block: 'center' });
    row?.element.focus({ preventScroll: true });
  }

  async #lookOnce(look) {
    const outcome = await send(byId.emd_models, {}, look.signal);
    if (look.signal.aborted) return this.#look && this.#look !== look ? this.#latest : outcome;
    if (outcome.isGood && Array.isArray(outcome.json)) this.#take(outcome.json);
    else this.#note.replaceChildren(problemLine(outcome));
    if (this.#moves()) this.#timer = setTimeout(() => { if (!document.hidden) this.refresh(); }, every);
    return outcome;
  }

  #moves() {
    return [...this.#rows.values()].some(row => !isSettled(row.status));
  }

  #take(infos) {
    const names = new Set(infos.map(Row.nameOf));
    for (const [name, row] of [...this.#rows]) {
      if (!names.has(name)) this.#drop(name, row);
    }
    for (const info of infos) {
      const name = Row.nameOf(info);
      const row = this.#rows.get(name);
      if (row) row.update(info);
      else this.#rows.set(name, this.#make(info));
    }
    const wanted = infos.map(info => this.#rows.get(Row.nameOf(info)).element);
    // Moved only when it must be: what is moved loses the focus.
    if (wanted.some((element, index) => element !== this.#list.children[index])) this.#list.replaceChildren(...wanted);
    this.#note.replaceChildren(...infos.length === 0 ? [this.#nothing()] : []);
    this.dispatchEvent(new Event('change'));
  }

  #make(info) {
    return new Row(info, {
      chat: row => this.#on.chat(row.name),
      destroy: row => this.#destroy(row),
      seen: (row, status) => {
        if (this.#rows.has(row.name)) announce(`${row.name}: ${status}`);
        this.dispatchEvent(new Event('change'));
      },
    });
  }

  #drop(name, row) {
    const hadFocus = row.element.contains(document.activeElement);
    row.close();
    row.element.remove();
    this.#rows.delete(name);
    announce(say('gone', name));
    if (hadFocus) document.getElementById('deployments').focus({ preventScroll: true });
  }

  #forget() {
    this.#look?.abort();
    this.#look = null;
    clearTimeout(this.#timer);
    for (const row of this.#rows.values()) row.close();
    this.#rows.clear();
    this.#list.replaceChildren();
    this.#note.replaceChildren(unknown());
    this.dispatchEvent(new Event('change'));
  }

  async #destroy(row) {
    if (!await confirm('destroy', row.name)) return;
    row.close();
    const outcome = await send(byId.emd_destroy, { model_id: row.id, model_tag: row.tag });
    if (!outcome.isGood) row.tell(outcome);
    await this.refresh();
  }

  #nothing() {
    return el(
      'div', { class: 'empty' }, show(el('p'), 'nothing_deployed'),
      el('button', { type: 'button', class: 'primary', on: { click: () => this.#on.begin() } }, icon('send'), show(el('span'), 'begin')));
  }
}

function unknown() {
  return show(el('p', { class: 'hint' }), 'deployments.unknown');
}
