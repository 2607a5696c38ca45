// Which server is called, and with which key.

import { lasting, passing } from './memory.js';

/** Where the page came from, with whatever path a proxy puts in front. */
export const found = new URL('.', location.href).href.replace(/\/+$/, '');

/** An address as it is used, or null when it is none. */
export function addressOf(text) {
  try {
    const url = new URL(text.trim());
    const isPlain = /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash;
    return isPlain ? url.href.replace(/\/+$/, '') : null;
  } catch {
    return null;
  }
}

class Server extends EventTarget {
  #base = addressOf(lasting.get('base') ?? '') ?? found;

  get base() { return this.#base; }

  set base(address) {
    this.#base = address;
    lasting.set('base', address === found ? '' : address);
    this.dispatchEvent(new Event('change'));
  }

  // A key belongs to the server it was given for: another one must never be sent it.
  get key() { return passing.get(`key ${this.#base}`) ?? ''; }

  set key(text) {
    passing.set(`key ${this.#base}`, text);
    this.dispatchEvent(new Event('change'));
  }

  get isElsewhere() { return new URL(this.#base).origin !== location.origin; }
}

export const server = new Server();
