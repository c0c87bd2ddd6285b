import type { Outlet } from "../flows/ports.ts";

/** The most that one sendBatch takes (docs: queues/platform/limits). */
const BATCH_MAX = 100;

export function outlet<Message>(queue: Queue<unknown>): Outlet<Message> {
  return {
    async send(messages) {
      for (let at = 0; at < messages.length; at += BATCH_MAX) {
        // One after the other: a queue that is short of breath is not helped by haste.
        // oxlint-disable-next-line no-await-in-loop
        await queue.sendBatch(messages.slice(at, at + BATCH_MAX).map((body) => ({ body })));
      }
    },
  };
}
