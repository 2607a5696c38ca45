// Looks at one deployment until it is where it was going.

import { pause } from './dom.js';
import { byId } from './endpoints.js';
import { send } from './request.js';
import { isSettled } from './statuses.js';

export const every = 2000;

/** Tells `seen` each outcome of `/emd_status`, until the deployment is in service, failed, gone, or the signal is aborted. */
export async function watch(id, tag, seen, signal) {
  while (!signal.aborted) {
    const outcome = await send(byId.emd_status, { model_id: id, model_tag: tag }, signal);
    if (signal.aborted) return;
    seen(outcome);
    // A server that is away may come back; one that says no will say it again.
    const isOver = outcome.kind === 'answered' && (!outcome.isGood || isSettled(outcome.json?.status));
    if (isOver) return;
    await pause(every, signal);
  }
}
