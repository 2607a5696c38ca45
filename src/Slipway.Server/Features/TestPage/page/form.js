// The form of an endpoint: its fields, what they say together, and what is wrong with them.

import { el } from './dom.js';
import { show } from './language.js';
import { Field } from './field.js';
import { suggest } from './suggestions.js';

export class Form {
  #more = null;

  constructor(endpoint) {
    this.fields = endpoint.fields.map(terms => new Field(terms, endpoint.id));
    this.element = el('form', { novalidate: true, id: `${endpoint.id}-form` });
    this.element.append(...this.fields.filter(field => !field.terms.isMore).map(field => field.element));
    const further = this.fields.filter(field => field.terms.isMore);
    if (further.length > 0) {
      this.#more = el(
        'details', { class: 'more' }, show(el('summary'), 'more'), el('div', { class: 'fields' }, ...further.map(field => field.element)));
      this.element.append(this.#more);
    }
    suggest(this);
  }

  field(name) {
    return this.fields.find(field => field.terms.name === name);
  }

  /** What the form says: all that it shows, save what is empty. */
  body() {
    return Object.fromEntries(this.fields.map(field => [field.terms.name, field.value]).filter(([, value]) => value !== undefined));
  }

  /** Whether all may be sent; otherwise the first fault has the focus. */
  check() {
    const faulty = this.fields.filter(field => !field.check());
    this.#lead(faulty[0]);
    return faulty.length === 0;
  }

  /** Shows the server's faults beside their fields. */
  refuse(faults) {
    const faulty = this.fields.filter(field => faults.has(field.terms.name));
    faulty.forEach(field => field.refuse(faults.get(field.terms.name)));
    this.#lead(faulty[0]);
  }

  fill(values) {
    this.fields.forEach(field => field.fill(values[field.terms.name]));
    this.element.dispatchEvent(new Event('input', { bubbles: true }));
  }

  #lead(field) {
    if (!field) return;
    if (field.terms.isMore) this.#more.open = true;
    field.control.focus();
  }
}
