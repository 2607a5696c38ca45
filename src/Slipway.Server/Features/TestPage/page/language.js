// What the page says, in the reader's language. Elements keep the key of their text, so that a switch changes all at once
// and nothing that was typed is lost.

import en from './texts.en.js';
import zh from './texts.zh.js';
import { lasting } from './memory.js';

const texts = { en, zh };
const attributes = { label: 'aria-label', hint: 'placeholder' };

let current = choose();

function choose() {
  const remembered = lasting.get('language');
  if (remembered in texts) return remembered;
  return (navigator.language ?? '').toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

export const language = () => current;

/** A text, with {0}, {1}, … filled in. */
export function say(key, ...values) {
  const text = texts[current][key] ?? key;
  return text.replace(/\{(\d)\}/g, (_, index) => values[index] ?? '');
}

export const knows = key => key in texts[current];

/** Writes a text into an element, which follows the language from then on. */
export function show(element, key, ...values) {
  element.dataset.text = key;
  element.dataset.values = JSON.stringify(values);
  element.textContent = say(key, ...values);
  return element;
}

/** Writes a text that has no translation, such as a server's own words. */
export function showPlain(element, text) {
  delete element.dataset.text;
  element.textContent = text;
  return element;
}

/** Shows a moment as a clock here would. */
export function showTime(element, moment) {
  element.dateTime = moment;
  const date = new Date(moment);
  element.textContent = Number.isNaN(date.getTime())
    ? moment
    : new Intl.DateTimeFormat(current, { dateStyle: 'medium', timeStyle: 'medium' }).format(date);
  return element;
}

export function translate(root = document) {
  for (const element of root.querySelectorAll('[data-text]')) {
    element.textContent = say(element.dataset.text, ...JSON.parse(element.dataset.values ?? '[]'));
  }
  for (const [name, attribute] of Object.entries(attributes)) {
    for (const element of root.querySelectorAll(`[data-${name}]`)) element.setAttribute(attribute, say(element.dataset[name]));
  }
  for (const element of root.querySelectorAll('time[datetime]')) showTime(element, element.dateTime);
}

export function useLanguage(name) {
  current = name;
  lasting.set('language', name);
  apply();
}

/** Brings the whole page to the language in use. */
export function apply() {
  document.documentElement.lang = current === 'zh' ? 'zh-CN' : 'en';
  document.title = say('title');
  for (const button of document.querySelectorAll('[data-language]')) {
    button.setAttribute('aria-pressed', String(button.dataset.language === current));
  }
  translate();
}
