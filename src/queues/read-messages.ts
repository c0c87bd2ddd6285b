import type { z } from "zod";
import type { Deps } from "../platform/deps.ts";
import { errorFields, log } from "../platform/log.ts";
import { retryDelaySeconds } from "./backoff.ts";

export interface Read<Body> {
  readonly message: Message;
  readonly body: Body;
}

/** Under which name what no consumer can read is parked: nothing sends it again. */
function malformedQueue(queue: string): string {
  return `${queue}:malformed`;
}

/**
 * The messages of a batch that fit `schema`. The others are parked for a person to look at and
 * acknowledged: no number of tries would make them readable. Logged by id, never by content.
 */
export async function readMessages<Schema extends z.ZodType>(
  batch: MessageBatch,
  schema: Schema,
  deps: Pick<Deps, "parked" | "clock">,
): Promise<Read<z.output<Schema>>[]> {
  const read: Read<z.output<Schema>>[] = [];
  const malformed: Message[] = [];
  for (const message of batch.messages) {
    const parsed = schema.safeParse(message.body);
    if (parsed.success) read.push({ message, body: parsed.data });
    else malformed.push(message);
  }
  if (malformed.length > 0) await parkMalformed(batch.queue, malformed, deps);
  return read;
}

async function parkMalformed(
  queue: string,
  messages: readonly Message[],
  { parked, clock }: Pick<Deps, "parked" | "clock">,
): Promise<void> {
  for (const { id, attempts } of messages) {
    log("error", "message_malformed", { queue, id, attempts });
  }
  const name = malformedQueue(queue);
  try {
    await parked.park(
      messages.map(({ id, body }) => ({
        id: `${name}:${id}`,
        queue: name,
        body: { received: body },
        parkedAtMs: clock.nowMs(),
      })),
    );
    for (const message of messages) message.ack();
  } catch (error) {
    log("error", "park_failed", { queue, messages: messages.length, ...errorFields(error) });
    for (const message of messages) {
      message.retry({ delaySeconds: retryDelaySeconds(message.attempts, Math.random()) });
    }
  }
}
