// One field of a form: label, control, hint, and what is wrong with it.

import { el, icon } from './dom.js';
import { show } from './language.js';

/**
 * Its terms: `name`, `kind` (line, number, text, object, choice, flag), `isRequired`, `check` (of checks.js), `choices`, `usual` (what an
 * empty one means), `suggests` (of suggestions.js), `isMore` (stands among the further options), `isOurs` (no request has it by that name).
 */
export class Field {
  #fault = el('span');
  #faultLine;

  constructor(terms, formId) {
    this.terms = terms;
    const id = `${formId}-${terms.name}`;
    this.control = control(terms, id);
    this.hint = el('p', { class: 'hint', id: `${id}-hint` });
    show(this.hint, `field.${terms.name}.hint`);
    this.#faultLine = el('p', { class: 'fault', id: `${id}-fault`, hidden: true }, icon('bad'), this.#fault);
    this.control.setAttribute('aria-describedby', `${id}-fault ${id}-hint`);
    this.control.addEventListener('input', () => this.clearFault());
    this.element = terms.kind === 'flag'
      ? el('div', { class: 'field flag' }, label(terms, id, this.control), this.#faultLine, this.hint)
      : el('div', { class: `field ${terms.kind}` }, label(terms, id), this.control, this.#faultLine, this.hint);
  }

  /** What is written in it; undefined when nothing is. */
  get value() {
    if (this.terms.kind === 'flag') return this.control.checked;
    const text = this.control.value.trim();
    if (text === '') return undefined;
    if (this.terms.kind !== 'object') return text;
    try { return JSON.parse(text); } catch { return text; }
  }

  fill(value) {
    this.clearFault();
    if (this.terms.kind === 'flag') this.control.checked = value === true;
    else if (this.terms.kind === 'choice') this.control.value = value ?? this.terms.choices[0];
    else this.control.value = value ?? '';
  }

  /** Whether it may be sent; says beside it why not. */
  check() {
    const text = this.control.value.trim();
    const fault = text === ''
      ? this.terms.isRequired ? 'fault.required' : null
      : this.terms.check?.(text) ?? null;
    if (fault) this.#complain(line => show(line, fault));
    else this.clearFault();
    return fault === null;
  }

  /** Shows what the server says is wrong. */
  refuse(sentence) {
    this.#complain(line => show(line, 'fault.server', sentence));
  }

  clearFault() {
    this.#faultLine.hidden = true;
    this.control.removeAttribute('aria-invalid');
  }

  #complain(write) {
    write(this.#fault);
    this.#faultLine.hidden = false;
    this.control.setAttribute('aria-invalid', 'true');
  }
}

function label(terms, id, box = null) {
  return el(
    'label', { for: id }, box,
    show(el('span'), `field.${terms.name}`),
    terms.isOurs ? null : el('code', {}, terms.name),
    terms.isRequired ? show(el('span', { class: 'need' }), 'field.required') : null);
}

function control(terms, id) {
  const common = { id, name: terms.name };
  // Names of models are nothing for a phone's keyboard to better.
  const written = { autocomplete: 'off', autocapitalize: 'none', autocorrect: 'off', spellcheck: 'false' };
  switch (terms.kind) {
    case 'flag':
      return el('input', { ...common, type: 'checkbox' });
    case 'choice':
      return el('select', common, ...terms.choices.map(choice => el('option', {}, choice)));
    case 'object':
      return el('textarea', { ...common, ...written, rows: 4, placeholder: '{"engine_params": {"cli_args": ""}}' });
    case 'text':
      return el('textarea', { ...common, rows: 3, 'aria-required': terms.isRequired ? 'true' : null });
    default:
      return el('input', {
        ...common, ...written, type: 'text', 'aria-required': terms.isRequired ? 'true' : null, placeholder: terms.usual ?? null,
        inputmode: terms.kind === 'number' ? 'numeric' : null,
      });
  }
}
