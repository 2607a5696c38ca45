// The list of what is on the page, and where in it the reader is.

import { el } from './dom.js';
import { show } from './language.js';

const wide = matchMedia('(min-width: 60rem)');

/** Fills it with the page's own places and its endpoints. */
export function navigation(places, endpoints) {
  const links = [
    ...places.map(id => link(id, show(el('span'), `nav.${id}`))),
    ...endpoints.map(({ id, method, path }) => link(id, el('span', { class: `method ${method.toLowerCase()}` }, method), el('code', {}, path))),
  ];
  document.getElementById('places').append(...links.map(each => el('li', {}, each)));
  foldOnPhones(links);
  follow(links);
}

function link(id, ...content) {
  return el('a', { href: `#${id}` }, ...content);
}

function foldOnPhones(links) {
  const [menu, list] = [document.getElementById('menu'), document.getElementById('places')];
  const open = isOpen => {
    menu.setAttribute('aria-expanded', String(isOpen));
    list.hidden = !isOpen && !wide.matches;
  };
  menu.addEventListener('click', () => open(menu.getAttribute('aria-expanded') !== 'true'));
  links.forEach(each => each.addEventListener('click', () => open(false)));
  wide.addEventListener('change', () => open(false));
  open(false);
}

// The place that stands highest in the upper part of the window is where the reader is.
function follow(links) {
  const seen = new Set();
  const observer = new IntersectionObserver(entries => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) seen.add(target.id);
      else seen.delete(target.id);
    }
    const here = links.find(each => seen.has(each.hash.slice(1)));
    if (!here) return;
    links.forEach(each => each.removeAttribute('aria-current'));
    here.setAttribute('aria-current', 'true');
  }, { rootMargin: '-10% 0px -60% 0px' });
  links.forEach(each => observer.observe(document.getElementById(each.hash.slice(1))));
}
