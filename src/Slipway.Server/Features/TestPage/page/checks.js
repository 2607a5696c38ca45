// What a field may hold. Each check gives null, or the key of a text that says what is wrong.

const longest = 256;
const longestParams = 16384;

const isObject = value => typeof value === 'object' && value !== null && !Array.isArray(value);

const fits = (pattern, fault) => text => pattern.test(text) ? null : fault;

export const line = text => text.length > longest ? 'fault.long' : null;

export const tag = fits(/^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$/, 'fault.tag');

export const region = fits(/^[a-z]{2,3}(-[a-z]{2,12}){1,3}-[0-9]{1,2}$/, 'fault.region');

export const stack = fits(/^[A-Za-z][A-Za-z0-9-]{0,127}$/, 'fault.stack');

export function object(text) {
  if (text.length > longestParams) return 'fault.long_object';
  try {
    return isObject(JSON.parse(text)) ? null : 'fault.object';
  } catch {
    return 'fault.json';
  }
}

export function wholeNumber(text) {
  return /^[1-9][0-9]{0,5}$/.test(text) ? null : 'fault.number';
}
