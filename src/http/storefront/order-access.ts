import type { OrderSnapshot } from "../../../durable-objects/product-stock/contract.ts";
import { parseOrderId, type OrderId } from "../../domain/ids.ts";
import type { AppContext } from "../env.ts";
import { heldTokens } from "./order-cookie.ts";

/** An order of the address whose token this browser holds. */
export interface OpenedOrder {
  readonly id: OrderId;
  readonly stockNumber: number;
  readonly token: string;
}

/**
 * The order of the address, for a browser that holds its token; null otherwise, whether the order
 * exists or not. The token is checked before any object is touched, so guesses cost no one.
 */
export async function openedOrder(c: AppContext, id: string): Promise<OpenedOrder | null> {
  const parsed = parseOrderId(id);
  const token = heldTokens(c).find((held) => held.id === id)?.token ?? "";
  const genuine = await c.get("deps").vault.isAccessToken(parsed?.id ?? ("ord_" as OrderId), token);
  return genuine && parsed !== null ? { ...parsed, token } : null;
}

export async function readOpened(
  c: AppContext,
  opened: OpenedOrder,
): Promise<OrderSnapshot | null> {
  return c.get("deps").stock.of(opened.stockNumber).order(opened.id);
}
