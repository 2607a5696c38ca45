// What the states of a deployment mean.

import { el, icon } from './dom.js';
import { knows, show, showPlain } from './language.js';

export const stages = ['Creating (Infrastructure)', 'Creating (Endpoint)', 'InService'];

export const serves = status => status === 'InService';

/** Whether it stays as it is when nobody does anything. */
export const isSettled = status => status === 'InService' || status === 'Failed';

export const mannerOf = status => serves(status) ? 'good' : status === 'Failed' ? 'bad' : 'busy';

/** A state with its sign, its border and its word. */
export class Badge {
  #status = null;

  constructor() {
    this.element = el('span', { class: 'badge' });
  }

  show(status) {
    if (status === this.#status) return;
    this.#status = status;
    this.element.className = `badge ${mannerOf(status)}`;
    const key = `status.${status}`;
    const word = el('span');
    this.element.replaceChildren(icon(mannerOf(status)), knows(key) ? show(word, key) : showPlain(word, status));
  }
}
