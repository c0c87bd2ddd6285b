import { askDueOrders } from "../flows/payments/ask-due-orders.ts";
import { errorFields, log } from "../platform/log.ts";

/** Answers how many payments were found whose notice has not come. */
export async function askGateways(
  deps: Parameters<typeof askDueOrders>[0],
  nowMs: number,
): Promise<number> {
  const { paid, failures, unsent } = await askDueOrders(deps, nowMs);
  if (unsent !== null) log("warn", "questions_unsent", errorFields(unsent));
  for (const { accountId, cause } of failures) {
    log("warn", "order_not_asked_about", { account_id: accountId, ...errorFields(cause) });
  }
  return paid;
}
