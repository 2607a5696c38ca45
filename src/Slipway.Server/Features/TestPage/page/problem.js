// What went wrong, in words.

import { el, icon } from './dom.js';
import { show, showPlain } from './language.js';
import { sentenceOf } from './request.js';

/** The words of an outcome that is not good. */
export function explain(element, outcome) {
  if (outcome.kind === 'cancelled') return show(element, 'cancelled.words');
  if (outcome.kind === 'unreachable') return show(element, `unreachable.${outcome.why}`, outcome.base, location.origin);
  if (outcome.status === 422 && Array.isArray(outcome.json?.detail)) return show(element, 'refused.fields', outcome.json.detail.length);
  const sentence = sentenceOf(outcome.json);
  return sentence ? showPlain(element, sentence) : show(element, 'refused.silent', outcome.status);
}

/** What the reader can do about it, where that is clear; null otherwise. */
export function remedy(outcome) {
  return outcome.status === 401 ? show(el('p', { class: 'remedy' }), 'remedy.key') : null;
}

/** A line that says it, for places without room for an answer. */
export function problemLine(outcome) {
  return el('div', { class: 'notice bad', role: 'alert' }, icon('bad'), el('div', {}, explain(el('p'), outcome), remedy(outcome)));
}
