// A button that copies a text.

import { announce, el, icon } from './dom.js';
import { say, show } from './language.js';

const shown = 1500;

/** Copies what `text` gives when it is pressed. */
export function copyButton(text) {
  const word = show(el('span'), 'copy');
  const button = el('button', { type: 'button', class: 'quiet' }, icon('copy'), word);
  button.addEventListener('click', async () => {
    const isDone = await copy(text());
    show(word, isDone ? 'copied' : 'not_copied');
    announce(say(isDone ? 'copied' : 'not_copied'));
    setTimeout(() => show(word, 'copy'), shown);
  });
  return button;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyOldWay(text);
  }
}

// Over plain HTTP browsers give pages no clipboard; what is selected can still be copied.
function copyOldWay(text) {
  const field = el('textarea', { class: 'unseen', readonly: true });
  field.value = text;
  const before = document.activeElement;
  document.body.append(field);
  field.select();
  const isDone = document.execCommand('copy');
  field.remove();
  before?.focus();
  return isDone;
}
