import type { Outlet } from "../flows/ports.ts";
import type { GatewayQuestions } from "../flows/payments/query-ports.ts";

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

/** The same for messages that are to come after a while each. */
export function delayedOutlet(queue: Queue<unknown>): GatewayQuestions {
  return {
    async send(slices) {
      for (let at = 0; at < slices.length; at += BATCH_MAX) {
        const batch = slices.slice(at, at + BATCH_MAX);
        // oxlint-disable-next-line no-await-in-loop -- as above
        await queue.sendBatch(
          batch.map(({ body, afterSeconds }) => ({ body, delaySeconds: afterSeconds })),
        );
      }
    },
  };
}
