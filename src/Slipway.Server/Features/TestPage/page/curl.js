// The same call for a shell.

import { server } from './server.js';

const quote = text => `'${text.replaceAll("'", `'\\''`)}'`;

/** The key stays out of it: such lines are pasted into chats and tickets. */
export function curlOf({ method, path }, body) {
  const parts = [method === 'GET' ? 'curl' : `curl -X ${method}`, quote(server.base + path)];
  if (server.key) parts.push('-H "Authorization: Bearer $SLIPWAY_API_KEY"');
  if (body !== undefined) parts.push("-H 'Content-Type: application/json'", `-d ${quote(JSON.stringify(body))}`);
  return parts.join(' \\\n  ').replace(' \\\n  ', ' ');
}
