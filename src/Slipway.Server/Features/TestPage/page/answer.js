// The answer of a call: what came of it, how long it took, and what it says.

import { announce, el, icon } from './dom.js';
import { say, show } from './language.js';
import { copyButton } from './copy.js';
import { jsonBlock } from './json.js';
import { explain, remedy } from './problem.js';

const beat = 100;

export class Answer {
  #timer = 0;

  constructor() {
    this.element = el('div', { class: 'answer' });
    this.#become('', show(el('p', { class: 'hint' }), 'answer.none'));
  }

  /** Until something is shown. */
  wait() {
    const began = performance.now();
    const time = el('span', { class: 'time', 'aria-hidden': 'true' });
    clearInterval(this.#timer);
    this.#timer = setInterval(() => { time.textContent = duration((performance.now() - began) / 1000); }, beat);
    this.#become('busy', el('p', { class: 'verdict' }, icon('busy'), show(el('strong'), 'sending'), time));
    this.element.setAttribute('aria-busy', 'true');
    // On a phone it stands below the form.
    this.element.scrollIntoView({ block: 'nearest' });
  }

  /** Shows an outcome, with what else there is to say about it. */
  show(outcome, extra = null) {
    clearInterval(this.#timer);
    this.element.removeAttribute('aria-busy');
    const manner = outcome.isGood ? 'good' : outcome.kind === 'cancelled' ? 'calm' : 'bad';
    this.#become(manner, verdict(outcome, manner), ...words(outcome), extra, ...content(outcome));
    announce([...this.element.querySelectorAll('.verdict, .words')].map(part => part.textContent).join(' '));
  }

  #become(manner, ...parts) {
    this.element.className = `answer ${manner}`.trim();
    this.element.replaceChildren(...parts.filter(part => part !== null));
  }
}

/** Seconds as people say them. */
export function duration(seconds) {
  return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`;
}

function verdict(outcome, manner) {
  const word = outcome.isGood ? 'success' : outcome.kind === 'cancelled' ? 'cancelled' : outcome.kind === 'unreachable' ? 'unreachable' : 'refused';
  return el(
    'p', { class: 'verdict' }, icon(manner), show(el('strong'), word),
    outcome.kind === 'answered' ? el('span', { class: 'status' }, `${outcome.status} ${outcome.reason}`.trim()) : null,
    el('span', { class: 'time' }, duration(outcome.seconds)));
}

function words(outcome) {
  return outcome.isGood ? [] : [explain(el('p', { class: 'words' }), outcome), remedy(outcome)];
}

function content(outcome) {
  if (outcome.kind !== 'answered') return [];
  const block = outcome.json === undefined ? el('pre', {}, outcome.text) : jsonBlock(outcome.json);
  // What scrolls must be reached with the keyboard.
  block.tabIndex = 0;
  block.setAttribute('role', 'region');
  block.dataset.label = 'answer.body';
  block.setAttribute('aria-label', say('answer.body'));
  const text = () => outcome.json === undefined ? outcome.text : JSON.stringify(outcome.json, null, 2);
  return [el('div', { class: 'tools' }, copyButton(text)), block];
}
