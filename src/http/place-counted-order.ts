import type { Result } from "../domain/result.ts";
import { Unavailable } from "../domain/overload/unavailable.ts";
import type { OrderRefusal } from "../flows/orders/order-refusal.ts";
import { placeOrder, type OrderRequest, type PlacedOrder } from "../flows/orders/place-order.ts";
import type { Deps } from "../platform/deps.ts";

/** Both doors of the shop order through here, so that every order is counted once, by its outcome. */
export async function placeCountedOrder(
  deps: Deps,
  request: OrderRequest,
): Promise<Result<PlacedOrder, OrderRefusal>> {
  try {
    const placed = await placeOrder(deps, request);
    const outcome = outcomeOf(placed);
    deps.metrics.count("orders", outcome);
    if (outcome === "busy") deps.metrics.count("shed", "line_full");
    deps.earlyRefusal.heard(outcome === "busy");
    return placed;
  } catch (error) {
    deps.earlyRefusal.heard(error instanceof Unavailable);
    deps.metrics.count("orders", error instanceof Unavailable ? "busy" : "failed");
    throw error;
  }
}

function outcomeOf(placed: Result<PlacedOrder, OrderRefusal>): string {
  if (!placed.ok) return placed.error.reason;
  return placed.value.repeated ? "repeated" : "placed";
}
