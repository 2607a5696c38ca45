// Asks whether something is really meant that cannot be undone.

import { show } from './language.js';

/** Resolves to whether it is. The texts are those of `confirm.KEY…`, with the name of what it is about. */
export function confirm(key, name) {
  const dialog = document.getElementById('confirm');
  const part = id => document.getElementById(`confirm-${id}`);
  show(part('title'), `confirm.${key}`, name);
  show(part('words'), `confirm.${key}.words`);
  show(part('yes'), `confirm.${key}.yes`);
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise(resolve => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
    part('yes').onclick = () => dialog.close('yes');
    part('no').onclick = () => dialog.close('no');
  });
}
