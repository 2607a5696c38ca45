// What the browser remembers for this page. A browser that remembers nothing is no reason to stop.

function store(area) {
  return {
    get(name) {
      try { return window[area].getItem(`slipway.${name}`); } catch { return null; }
    },
    set(name, value) {
      try {
        if (value) window[area].setItem(`slipway.${name}`, value);
        else window[area].removeItem(`slipway.${name}`);
      } catch { /* Then it is asked again next time. */ }
    },
  };
}

/** Until it is cleared. */
export const lasting = store('localStorage');

/** Until the tab is closed. */
export const passing = store('sessionStorage');
