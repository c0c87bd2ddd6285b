import { askOrdersOf } from "../flows/payments/ask-due-orders.ts";
import type { Deps } from "../platform/deps.ts";
import { errorFields, log } from "../platform/log.ts";
import { questionsDue } from "./messages.ts";
import { readMessages } from "./read-messages.ts";

/**
 * Asks a gateway about some of an account's orders: one slice an invocation. No slice is tried again: what it did not
 * ask is due still, and the next minute's plan has it.
 */
export async function gatewayQuestions(batch: MessageBatch, deps: Deps): Promise<void> {
  const slices = await readMessages(batch, questionsDue, deps);
  await Promise.all(
    slices.map(async ({ message, body }) => {
      message.ack();
      const about = { account_id: body.accountId };
      try {
        const { paid, failures } = await askOrdersOf(deps, body, deps.clock.nowMs());
        if (paid > 0) log("info", "payments_found", { ...about, paid });
        for (const { cause } of failures) {
          log("warn", "order_not_asked_about", { ...about, ...errorFields(cause) });
        }
      } catch (error) {
        log("warn", "questions_interrupted", { ...about, ...errorFields(error) });
      }
    }),
  );
}
