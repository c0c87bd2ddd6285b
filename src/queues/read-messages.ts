import type { z } from "zod";
import type { Deps } from "../platform/deps.ts";
import { log } from "../platform/log.ts";

export interface Read<Body> {
  readonly message: Message;
  readonly body: Body;
}

/** Queue name under which what no consumer can read is parked: it is never sent again. */
export function malformedQueue(queue: string): string {
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
  for (const { id, attempts } of messages)
    log("error", "message_malformed", { queue, id, attempts });
  const name = malformedQueue(queue);
  await parked.park(
    messages.map(({ id, body }) => ({
      id: `${name}:${id}`,
      queue: name,
      body: body ?? null,
      parkedAtMs: clock.nowMs(),
    })),
  );
  for (const message of messages) message.ack();
}
