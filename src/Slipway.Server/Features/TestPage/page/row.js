// One deployment in the list, which can be opened, talked to and destroyed.

import { el, icon } from './dom.js';
import { show, showTime } from './language.js';
import { detailOf } from './detail.js';
import { problemLine } from './problem.js';
import { Badge, isSettled, serves } from './statuses.js';
import { watch } from './watch.js';

export class Row {
  #badge = new Badge();
  #facts = el('p', { class: 'hint' });
  #detail;
  #opener;
  #chat;
  #on;
  #watching = null;
  #answersLater = false;

  /** @param on `chat(row)`, `destroy(row)`, and `seen(row, status)` when a look shows a state */
  constructor(info, on) {
    [this.id, this.tag, this.#on] = [String(info.model_id), String(info.model_tag), on];
    this.#detail = el('div', { class: 'detail', id: `detail-${Row.#next++}`, hidden: true });
    this.#opener = el(
      'button', { type: 'button', 'aria-expanded': 'false', 'aria-controls': this.#detail.id, 'data-action': 'status', on: { click: () => this.#toggle() } },
      icon('more'), show(el('span'), 'row.status'));
    this.#chat = el('button', { type: 'button', 'data-action': 'chat', on: { click: () => on.chat(this) } }, icon('chat'), show(el('span'), 'row.chat'));
    const destroy = el(
      'button', { type: 'button', class: 'danger', 'data-action': 'destroy', on: { click: () => on.destroy(this) } },
      icon('remove'), show(el('span'), 'row.destroy'));
    this.element = el(
      'li', { class: 'deployment', tabindex: '-1' },
      el('div', { class: 'about' },
        el('h3', {}, el('span', { class: 'model' }, this.id), ' ', el('span', { class: 'tag' }, this.tag)), this.#facts),
      this.#badge.element,
      el('div', { class: 'actions' }, this.#opener, this.#chat, destroy),
      this.#detail);
    this.update(info);
  }

  static #next = 1;

  static nameOf(info) {
    return `${info.model_id}/${info.model_tag}`;
  }

  get name() {
    return `${this.id}/${this.tag}`;
  }

  /** Whether it can be talked to: an asynchronous endpoint leaves its answers in S3. */
  get talks() {
    return serves(this.status) && !this.#answersLater;
  }

  update(info) {
    this.#answersLater = info.service_type === 'sagemaker_async';
    this.#facts.replaceChildren(
      `${info.service_type} · ${info.instance_type} · `, showTime(el('time'), String(info.create_time)));
    this.#become(String(info.status));
    // What moves again after it had settled is worth another look.
    if (!this.#detail.hidden && !this.#watching && !isSettled(this.status)) this.open();
  }

  /** Shows all about it, and follows it. */
  open() {
    this.close();
    this.#unfold(true);
    const watching = this.#watching = new AbortController();
    const done = () => { if (this.#watching === watching) this.#watching = null; };
    watch(this.id, this.tag, outcome => this.#see(outcome), watching.signal).finally(done);
  }

  /** Shows why something could not be done. */
  tell(outcome) {
    this.close();
    this.#unfold(true);
    this.#detail.replaceChildren(problemLine(outcome));
  }

  close() {
    this.#watching?.abort();
    this.#watching = null;
    this.#unfold(false);
  }

  #unfold(isOpen) {
    this.#detail.hidden = !isOpen;
    this.#opener.setAttribute('aria-expanded', String(isOpen));
  }

  #toggle() {
    if (this.#detail.hidden) this.open();
    else this.close();
  }

  #see(outcome) {
    const status = outcome.json?.status;
    const isWatched = outcome.kind !== 'answered' || (outcome.isGood && !isSettled(status));
    this.#detail.replaceChildren(...detailOf(outcome, isWatched));
    if (outcome.isGood && typeof status === 'string') this.#become(status);
  }

  #become(status) {
    this.#badge.show(status);
    const isNew = this.status !== status;
    this.status = status;
    this.#chat.hidden = !this.talks;
    if (isNew) this.#on.seen(this, status);
  }
}
