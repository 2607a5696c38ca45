// What may be written into a form's fields, as far as the catalog knows: all models, and then what the chosen one takes.

import { el } from './dom.js';
import { show } from './language.js';
import { catalog } from './catalog.js';

const lists = { services: 'supported_services', instances: 'supported_instance_types', engines: 'supported_engines' };
const mostNamed = 6;

const texts = values => Array.isArray(values) ? values.filter(value => typeof value === 'string') : [];

/** Keeps a form's suggestions up to date. */
export function suggest(form) {
  const offers = form.fields.filter(field => field.terms.suggests).map(field => {
    const list = el('datalist', { id: `${field.control.id}-offer` });
    field.control.setAttribute('list', list.id);
    field.element.append(list);
    return { field, list, of: field.terms.suggests };
  });

  const narrow = () => {
    const model = catalog.find(form.field('model_id')?.control.value.trim() ?? '');
    for (const offer of offers.filter(offer => offer.of !== 'models')) narrowTo(offer, texts(model?.[lists[offer.of]]));
  };
  catalog.addEventListener('change', () => {
    for (const offer of offers.filter(offer => offer.of === 'models')) write(offer.list, catalog.ids);
    narrow();
  });
  form.element.addEventListener('input', event => {
    if (event.target === form.element || event.target.name === 'model_id') narrow();
  });
}

function narrowTo({ field, list }, accepted) {
  write(list, accepted);
  const named = accepted.slice(0, mostNamed).join(', ');
  if (accepted.length === 0) show(field.hint, `field.${field.terms.name}.hint`);
  else if (accepted.length > mostNamed) show(field.hint, 'accepted.more', named, accepted.length - mostNamed);
  else show(field.hint, 'accepted', named);
}

function write(list, values) {
  list.replaceChildren(...values.map(value => el('option', { value })));
}
