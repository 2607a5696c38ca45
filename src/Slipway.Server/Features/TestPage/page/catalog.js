// The models that the server can deploy, once they are known.

import { byId } from './endpoints.js';
import { send } from './request.js';

class Catalog extends EventTarget {
  #models = {};

  get ids() { return Object.keys(this.#models); }

  find(id) {
    return Object.hasOwn(this.#models, id) ? this.#models[id] : null;
  }

  /** Takes the answer of `/emd_supported_models`. */
  take(models) {
    if (typeof models !== 'object' || models === null || Array.isArray(models)) return;
    this.#models = models;
    this.dispatchEvent(new Event('change'));
  }

  async load() {
    const outcome = await send(byId.emd_supported_models, {});
    if (outcome.isGood) this.take(outcome.json);
  }
}

export const catalog = new Catalog();
