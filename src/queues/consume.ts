import type { Deps } from "../platform/deps.ts";
import { deliveryEmails } from "./delivery-emails.ts";
import { deliveryEmailsDead } from "./delivery-emails-dead.ts";
import { emailCodes } from "./email-codes.ts";
import { gatewayQuestions } from "./gateway-questions.ts";
import { orderEventsDead } from "./order-events-dead.ts";
import { orderEvents } from "./order-events.ts";

type Consumer = (batch: MessageBatch, deps: Deps) => Promise<void>;

const CONSUMERS: Readonly<Record<string, Consumer>> = {
  "order-events": orderEvents,
  "order-events-dead": orderEventsDead,
  "delivery-emails": deliveryEmails,
  "delivery-emails-dead": deliveryEmailsDead,
  "email-codes": emailCodes,
  "gateway-questions": gatewayQuestions,
};

/** Each queue has one consumer, which answers for every message of the batch by itself. */
export async function consume(batch: MessageBatch, deps: Deps): Promise<void> {
  const consumer = Object.hasOwn(CONSUMERS, batch.queue) ? CONSUMERS[batch.queue] : undefined;
  if (consumer === undefined) throw new Error(`no consumer for the queue ${batch.queue}`);
  await consumer(batch, deps);
}
