// Puts the page together.

import { Card } from './card.js';
import { catalog } from './catalog.js';
import { Chat } from './chat.js';
import { confirm } from './confirm.js';
import { Connection } from './connection.js';
import { Deployments } from './deployments.js';
import { el, icon } from './dom.js';
import { endpoints } from './endpoints.js';
import { apply, show, useLanguage } from './language.js';
import { navigation } from './navigation.js';
import { Badge } from './statuses.js';

const place = id => document.getElementById(id);
const nameOf = body => `${body.model_id}/${body.model_tag ?? 'dev'}`;

const chat = new Chat(place('chat-place'));
const deployments = new Deployments(place('deployments-place'), {
  chat: name => chat.choose(name),
  begin: () => {
    cards.get('emd_deploy').fillSample('local');
    place('emd_deploy').scrollIntoView();
    cards.get('emd_deploy').focus();
  },
});
deployments.addEventListener('change', () => chat.offer(deployments.serving));
chat.offer([]);

// What else is to be done about some calls.
const more = {
  emd_deploy: {
    after: (outcome, body) => {
      if (!outcome.isGood) return null;
      deployments.follow(nameOf(body));
      return followed(nameOf(body));
    },
  },
  emd_destroy: {
    before: body => confirm('destroy', nameOf(body)),
    after: outcome => { if (outcome.isGood) deployments.refresh(); },
  },
  emd_supported_models: {
    after: outcome => { if (outcome.isGood) catalog.take(outcome.json); },
  },
};

const cards = new Map(endpoints.map(endpoint => [endpoint.id, new Card(endpoint, more[endpoint.id])]));
place('endpoints').append(...[...cards.values()].map(card => card.element));
navigation(['server', 'deployments', 'chat'], endpoints);

const connection = new Connection(async () => {
  const outcome = await deployments.refresh();
  if (outcome.isGood) catalog.load();
  return outcome;
});

for (const button of document.querySelectorAll('[data-language]')) {
  button.addEventListener('click', () => useLanguage(button.dataset.language));
}
place('refresh').addEventListener('click', () => deployments.refresh());
apply();
connection.check();

/** Tells beside the answer how a deployment that was asked for is getting on. */
function followed(name) {
  const badge = new Badge();
  const strip = el(
    'div', { class: 'strip' }, badge.element,
    el('button', { type: 'button', on: { click: () => deployments.reveal(name) } }, icon('more'), show(el('span'), 'follow')));
  badge.show('Creating (Infrastructure)');
  const update = () => {
    const status = deployments.statusOf(name);
    if (status) badge.show(status);
    else if (!strip.isConnected) deployments.removeEventListener('change', update);
  };
  deployments.addEventListener('change', update);
  return strip;
}
