// An endpoint: what it is for, its form, the call, and the answer.

import { el, icon } from './dom.js';
import { show } from './language.js';
import { Answer } from './answer.js';
import { copyButton } from './copy.js';
import { curlOf } from './curl.js';
import { Form } from './form.js';
import { faultsOf, send } from './request.js';
import { server } from './server.js';

export class Card {
  #endpoint;
  #form;
  #answer = new Answer();
  #curl = el('code');
  #cancel;
  #send;
  #call = null;
  #on;

  /**
   * @param on `before(body)` resolves to whether the call is really meant; `after(outcome, body)` may give an element
   *   that is shown with the answer.
   */
  constructor(endpoint, on = {}) {
    this.#endpoint = endpoint;
    this.#on = on;
    this.#form = new Form(endpoint);
    const form = this.#form.element;
    this.#send = el('button', { type: 'submit', class: 'primary' }, icon('send'), show(el('span'), 'send'));
    this.#cancel = el('button', { type: 'button', hidden: true, on: { click: () => this.#call?.abort() } }, show(el('span'), 'cancel'));
    form.append(el('div', { class: 'actions' }, this.#send, this.#cancel, ...this.#samples()));
    form.addEventListener('submit', event => { event.preventDefault(); this.#submit(); });
    form.addEventListener('input', () => this.#writeCurl());
    server.addEventListener('change', () => this.#writeCurl());
    this.#writeCurl();
    this.element = this.#build();
  }

  /** As if the sample's button were pressed. */
  fillSample(id) {
    this.#form.fill(this.#endpoint.samples.find(sample => sample.id === id).values);
  }

  focus() {
    (this.#form.fields[0]?.control ?? this.#send).focus();
  }

  #build() {
    const { id, method, path } = this.#endpoint;
    const heading = el('h3', { id: `${id}-name` }, el('span', { class: `method ${method.toLowerCase()}` }, method), ' ', el('code', {}, path));
    return el(
      'section', { class: 'card', id, 'aria-labelledby': heading.id, tabindex: '-1' },
      el('header', {}, heading, show(el('p'), `endpoint.${id}`)),
      el('div', { class: 'sides' }, el('div', { class: 'request' }, this.#form.element, this.#curlBox()), this.#answer.element));
  }

  #samples() {
    return this.#endpoint.samples.map(sample => el(
      'button', { type: 'button', 'data-sample': sample.id, on: { click: () => this.#form.fill(sample.values) } },
      show(el('span'), this.#endpoint.samples.length > 1 ? `sample.${sample.id}` : 'sample')));
  }

  #curlBox() {
    return el(
      'details', { class: 'curl' }, show(el('summary'), 'curl'),
      el('div', { class: 'tools' }, copyButton(() => this.#curl.textContent)), el('pre', {}, this.#curl));
  }

  #body() {
    return this.#endpoint.method === 'GET' ? undefined : this.#form.body();
  }

  #writeCurl() {
    this.#curl.textContent = curlOf(this.#endpoint, this.#body());
  }

  async #submit() {
    if (this.#call || !this.#form.check()) return;
    const body = this.#body();
    this.#call = new AbortController();
    try {
      if (await this.#on.before?.(body) === false) return;
      this.#busy(true);
      this.#answer.wait();
      const outcome = await send(this.#endpoint, body, this.#call.signal);
      this.#answer.show(outcome, this.#on.after?.(outcome, body) ?? null);
      this.#form.refuse(faultsOf(outcome));
    } finally {
      this.#call = null;
      this.#busy(false);
    }
  }

  #busy(isBusy) {
    // Not disabled: what has the focus must not lose it.
    this.#send.setAttribute('aria-disabled', String(isBusy));
    if (!isBusy && document.activeElement === this.#cancel) this.#send.focus();
    this.#cancel.hidden = !isBusy;
  }
}
