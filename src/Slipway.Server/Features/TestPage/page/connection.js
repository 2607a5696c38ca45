// Which server the page calls and with which key, and whether that works.

import { el, icon } from './dom.js';
import { show } from './language.js';
import { byId } from './endpoints.js';
import { explain } from './problem.js';
import { send } from './request.js';
import { addressOf, found, server } from './server.js';

const part = id => document.getElementById(id);

export class Connection {
  #state = part('state');
  #words = part('state-words');
  #fault = part('base-fault');
  #load;
  #round = 0;

  /** @param load asks the server for what the page shows, and resolves to the outcome */
  constructor(load) {
    this.#load = load;
    const [base, key] = [part('base'), part('key')];
    base.addEventListener('change', () => this.#useBase(base.value));
    key.addEventListener('change', () => { if (server.key !== key.value.trim()) server.key = key.value.trim(); });
    part('home').addEventListener('click', () => this.#useBase(found));
    part('connect').addEventListener('submit', event => { event.preventDefault(); this.#submit(); });
    server.addEventListener('change', () => { this.#write(); this.check(); });
    this.#write();
  }

  /** Finds out whether the server is there and lets the page in. */
  async check() {
    const round = ++this.#round;
    this.#say('busy', 'state.asking');
    const alive = await send(byId.ping);
    const outcome = alive.isGood ? await this.#load() : alive;
    if (round !== this.#round || outcome.kind === 'cancelled') return;
    const isKeyAsked = outcome.status === 401 || outcome.status === 403;
    if (outcome.isGood) this.#say('good', 'state.connected');
    else this.#say('bad', isKeyAsked ? 'state.key' : 'state.trouble', outcome);
  }

  #useBase(text) {
    const address = addressOf(text);
    this.#fault.hidden = address !== null;
    if (address === null) part('base').setAttribute('aria-invalid', 'true');
    else if (address !== server.base) server.base = address;
    else this.#write();
  }

  #submit() {
    if (this.#fault.hidden) this.check();
    else part('base').focus();
  }

  #write() {
    part('base').value = server.base;
    part('base').removeAttribute('aria-invalid');
    part('key').value = server.key;
    part('home').hidden = server.base === found;
  }

  #say(manner, key, outcome = null) {
    this.#state.className = `badge ${manner}`;
    this.#state.replaceChildren(icon(manner), show(el('span'), key));
    this.#words.hidden = outcome === null;
    if (outcome) explain(this.#words, outcome);
  }
}
