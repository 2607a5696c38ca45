// Talks to a deployed model through the gateway, and shows its answer while it is written.

import { announce, el, icon } from './dom.js';
import { say, show } from './language.js';
import { duration } from './answer.js';
import * as checks from './checks.js';
import { eventsOf } from './events.js';
import { Field } from './field.js';
import { problemLine } from './problem.js';
import { open } from './request.js';
import { server } from './server.js';

const endpoint = { method: 'POST', path: '/v1/chat/completions' };

export class Chat {
  #model = new Field({ name: 'model', kind: 'choice', choices: [], isRequired: true }, 'chat');
  #message = new Field({ name: 'message', kind: 'text', isRequired: true, isOurs: true }, 'chat');
  #most = new Field({ name: 'max_tokens', kind: 'number', check: checks.wholeNumber }, 'chat');
  #log = el('div', { class: 'log', role: 'log', 'data-label': 'chat.log', tabindex: '0' });
  #send = el('button', { type: 'submit', class: 'primary' }, icon('send'), show(el('span'), 'send'));
  #stop = el('button', { type: 'button', hidden: true }, show(el('span'), 'chat.stop'));
  #clear = el('button', { type: 'button' }, show(el('span'), 'chat.clear'));
  #call = null;
  #turns = [];

  constructor(place) {
    const fields = [this.#model, this.#most, this.#message];
    const form = el('form', { novalidate: true }, ...fields.map(field => field.element), el('div', { class: 'actions' }, this.#send, this.#stop, this.#clear));
    this.#most.control.value = '256';
    this.#message.control.dataset.hint = 'chat.hint';
    form.addEventListener('submit', event => {
      event.preventDefault();
      if (!this.#call && this.#check(fields)) this.#ask();
    });
    this.#message.control.addEventListener('keydown', event => {
      // Enter that ends the input of Chinese characters is not meant for us.
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) { event.preventDefault(); form.requestSubmit(); }
    });
    this.#stop.addEventListener('click', () => this.#call?.abort());
    this.#clear.addEventListener('click', () => this.#forget());
    this.#forget();
    place.append(el('div', { class: 'sides' }, el('div', { class: 'request' }, form), this.#log));
  }

  /** Offers these models; the chosen one stays chosen while it is among them. */
  offer(names) {
    const select = this.#model.control;
    const chosen = select.value;
    // Written anew only when it changed: a list that is open would close.
    if (names.join('\n') !== [...select.options].map(option => option.value).join('\n')) {
      select.replaceChildren(...names.map(name => el('option', { value: name }, name)));
      if (names.includes(chosen)) select.value = chosen;
    }
    show(this.#model.hint, names.length > 0 ? 'field.model.hint' : 'chat.nobody');
  }

  choose(name) {
    this.#model.control.value = name;
    this.#message.control.focus();
    this.#message.control.scrollIntoView({ block: 'center' });
  }

  #check(fields) {
    const faulty = fields.filter(field => !field.check());
    faulty[0]?.control.focus();
    return faulty.length === 0;
  }

  #forget() {
    this.#call?.abort();
    this.#call = null;
    this.#busy(false);
    this.#turns = [];
    this.#log.replaceChildren(show(el('p', { class: 'hint' }), 'chat.empty'));
  }

  async #ask() {
    const question = { role: 'user', content: this.#message.control.value.trim() };
    if (this.#turns.length === 0) this.#log.replaceChildren();
    this.#message.control.value = '';
    this.#add('user', question.content);
    // On a phone it stands below the form.
    this.#log.scrollIntoView({ block: 'nearest' });
    const call = this.#call = new AbortController();
    this.#busy(true);
    const turn = this.#add('assistant', '');
    const answer = await this.#stream([...this.#turns, question], turn, call.signal);
    // Otherwise the reader has started over.
    if (this.#call !== call) return;
    this.#call = null;
    this.#busy(false);
    if (answer) this.#turns.push(question, { role: 'assistant', content: answer });
  }

  /** Shows the answer while it comes; resolves to what was said, which is nothing when the model was not heard. */
  async #stream(messages, turn, signal) {
    const began = performance.now();
    const took = () => (performance.now() - began) / 1000;
    const body = { model: this.#model.value, messages, max_tokens: Number(this.#most.value ?? 256), stream: true, stream_options: { include_usage: true } };
    const seen = { text: '', first: null, tokens: '–', why: 'down' };
    try {
      const response = await open(endpoint, body, signal);
      if (!response.ok) return this.#refuse(turn, await answered(response));
      seen.why = 'broken';
      for await (const data of eventsOf(response)) {
        if (data === '[DONE]') {
          seen.why = null;
          break;
        }
        const chunk = JSON.parse(data);
        if (chunk.error) return this.#refuse(turn, { kind: 'answered', status: response.status, json: chunk });
        this.#take(chunk, turn, seen, took);
      }
    } catch {
      // It broke, or the reader stopped it: either way it is not whole.
    }
    if (seen.why && !signal.aborted) return this.#refuse(turn, { kind: 'unreachable', why: seen.why, base: server.base });
    show(turn.note, signal.aborted ? 'chat.stopped' : 'chat.took', duration(seen.first ?? took()), duration(took()), seen.tokens);
    announce(seen.text);
    return seen.text;
  }

  #take(chunk, turn, seen, took) {
    seen.tokens = chunk.usage?.completion_tokens ?? seen.tokens;
    const delta = chunk.choices?.[0]?.delta ?? {};
    if (delta.content || delta.reasoning_content) seen.first ??= took();
    if (delta.reasoning_content) this.#write(turn.thought, delta.reasoning_content);
    if (delta.content) this.#write(turn.text, delta.content);
    seen.text += delta.content ?? '';
  }

  #refuse(turn, outcome) {
    turn.element.append(problemLine(outcome));
    return '';
  }

  #write(element, text) {
    const isAtEnd = this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < 40;
    element.hidden = false;
    element.append(text);
    if (isAtEnd) this.#log.scrollTop = this.#log.scrollHeight;
  }

  #add(role, text) {
    const turn = {
      thought: el('p', { class: 'thought', hidden: true }),
      text: el('p', { class: 'said' }, text),
      note: el('p', { class: 'hint' }),
    };
    turn.element = el('article', { class: `turn ${role}` }, show(el('h4'), `chat.${role}`), turn.thought, turn.text, turn.note);
    this.#log.append(turn.element);
    this.#log.scrollTop = this.#log.scrollHeight;
    return turn;
  }

  #busy(isBusy) {
    this.#log.setAttribute('aria-busy', String(isBusy));
    this.#send.setAttribute('aria-disabled', String(isBusy));
    if (!isBusy && document.activeElement === this.#stop) this.#message.control.focus();
    this.#stop.hidden = !isBusy;
  }
}

async function answered(response) {
  const text = await response.text();
  let json;
  try { json = JSON.parse(text); } catch { /* Not every refusal is JSON. */ }
  return { kind: 'answered', status: response.status, isGood: false, json };
}
