import { archiveOrders } from "../flows/orders/archive-orders.ts";
import type { Deps } from "../platform/deps.ts";
import { errorFields, log } from "../platform/log.ts";

export async function archiveOldOrders(
  deps: Pick<Deps, "stock" | "archive">,
  nowMs: number,
): Promise<number> {
  const { archived, failed } = await archiveOrders(deps, nowMs);
  for (const { productNumber, cause } of failed) {
    log("warn", "product_unarchived", { product_number: productNumber, ...errorFields(cause) });
  }
  return archived;
}
