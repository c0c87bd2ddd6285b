import type { ReserveRequest } from "../../../../durable-objects/product-stock/contract.ts";
import type { OrderId } from "../../../domain/ids.ts";
import type { Listing } from "../../../domain/product/product.ts";
import type { OrderRefusal } from "../order-refusal.ts";
import type { OrderRequest } from "../place-order.ts";

/** An order that was asked for and has not been placed, as guards see it. */
export interface AskedOrder {
  readonly request: OrderRequest;
  readonly listing: Listing;
  readonly orderId: OrderId;
}

/**
 * What a guard says of an order.
 * - `passed`: with what the stock object is to know of it, if anything.
 * - `refused`, `certain`: no such order can be in the books, or asking again later is the answer (a
 *   limit): nobody else is asked.
 * - `refused` otherwise: the answer unless the object knows the order, because the same request always
 *   gets the same answer.
 */
export type Guarded =
  | { kind: "passed"; adds?: Partial<ReserveRequest> }
  | { kind: "refused"; refusal: OrderRefusal; certain: boolean };

/** One question that an order must pass before it is quoted. One file each. */
export type OrderGuard<Ports> = (ports: Ports, order: AskedOrder) => Promise<Guarded>;

/** The guards one after the other; the first refusal is the answer, so the cheap ones go first. */
export async function passGuards<Ports>(
  guards: readonly OrderGuard<Ports>[],
  ports: Ports,
  order: AskedOrder,
): Promise<Guarded> {
  const adds: Partial<ReserveRequest> = {};
  for (const guard of guards) {
    // Whom one guard refuses, the next is not asked about.
    // oxlint-disable-next-line no-await-in-loop
    const guarded = await guard(ports, order);
    if (guarded.kind === "refused") return guarded;
    Object.assign(adds, guarded.adds);
  }
  return { kind: "passed", adds };
}
