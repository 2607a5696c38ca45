// Calls, and what became of them.

import { server } from './server.js';

/**
 * Calls an endpoint. Never throws: the outcome is `answered`, `cancelled` or `unreachable`, with `seconds` it took.
 * An answer has `status`, `reason`, `isGood`, `text`, and `json` when it is some.
 */
export async function send(endpoint, body, signal) {
  const began = performance.now();
  const took = () => (performance.now() - began) / 1000;
  try {
    const response = await open(endpoint, body, signal);
    const text = await response.text();
    return {
      kind: 'answered', status: response.status, reason: response.statusText, isGood: response.ok, text, json: parse(text), seconds: took(),
    };
  } catch {
    if (signal?.aborted) return { kind: 'cancelled', seconds: took() };
    const seconds = took();
    return { kind: 'unreachable', why: await whyNot(), base: server.base, seconds };
  }
}

/** Begins a call; who wants to read the answer as it comes takes it from here. */
export function open({ method, path }, body, signal) {
  const headers = { Accept: 'application/json, text/event-stream' };
  if (server.key) headers.Authorization = `Bearer ${server.key}`;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  return fetch(server.base + path, {
    method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body),
    cache: 'no-store', credentials: 'omit', redirect: 'error', referrerPolicy: 'no-referrer',
  });
}

/** A sentence for what a refusal says; empty when it says none. */
export function sentenceOf(json) {
  const said = json?.detail ?? json?.error?.message ?? json?.message;
  return typeof said === 'string' ? said : '';
}

/** The faults of a 422, by the name of their field. */
export function faultsOf(outcome) {
  if (outcome.status !== 422 || !Array.isArray(outcome.json?.detail)) return new Map();
  return new Map(outcome.json.detail
    .filter(fault => Array.isArray(fault?.loc) && typeof fault.msg === 'string')
    .map(fault => [String(fault.loc[1] ?? ''), fault.msg]));
}

function parse(text) {
  try { return JSON.parse(text); } catch { return undefined; }
}

// A browser does not say why a call failed. Asked in a way that needs nobody's leave, a server that is there answers.
async function whyNot() {
  if (location.protocol === 'https:' && server.base.startsWith('http:')) return 'mixed';
  if (!server.isElsewhere) return 'down';
  try {
    await fetch(`${server.base}/ping`, { mode: 'no-cors', cache: 'no-store', credentials: 'omit', signal: AbortSignal.timeout(3000) });
    return 'cors';
  } catch {
    return 'down';
  }
}
