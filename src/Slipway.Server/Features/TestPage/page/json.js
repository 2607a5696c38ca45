// JSON for people: indented, and coloured a little.

import { el } from './dom.js';

// Beyond this the colours cost more than they tell.
const mostColoured = 300_000;

const token = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** A block with the value in it. */
export function jsonBlock(value) {
  const text = JSON.stringify(value, null, 2);
  return el('pre', { class: 'json' }, el('code', {}, ...(text.length > mostColoured ? [text] : pieces(text))));
}

function* pieces(text) {
  let end = 0;
  for (const match of text.matchAll(token)) {
    if (match.index > end) yield text.slice(end, match.index);
    const [whole, string, colon] = match;
    const kind = colon ? 'name' : string ? 'string' : /^[tfn]/.test(whole) ? 'word' : 'number';
    yield el('span', { class: kind }, string ?? whole);
    if (colon) yield colon;
    end = match.index + whole.length;
  }
  yield text.slice(end);
}
