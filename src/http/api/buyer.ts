import type { OrderSnapshot } from "../../../durable-objects/product-stock/contract.ts";
import { UNKNOWN_NETWORK } from "../../domain/network/caller.ts";
import { parseOrderId, type OrderId } from "../../domain/ids.ts";
import { ORDER_GUESSES } from "../../domain/limits/limit-rules.ts";
import { callerNetwork } from "../caller.ts";
import type { AppContext } from "../env.ts";
import { refuseTooMany, sayStanding } from "../limits.ts";
import { Refused } from "../problem.ts";

/** An order whose token the caller holds; its number names the stock object. */
export interface HeldOrder {
  readonly id: OrderId;
  readonly stockNumber: number;
}

/**
 * The order of the address, for the holder of its token. A wrong token, a malformed id and an order
 * that does not exist are one 404, told apart by no word and no object touched.
 */
export async function heldOrder(c: AppContext): Promise<HeldOrder> {
  const parsed = parseOrderId(c.req.param("id") ?? "");
  const token = /^Bearer (\S{1,200})$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? "";
  const id = parsed?.id ?? ("ord_" as OrderId);
  const held = await c.get("deps").vault.isAccessToken(id, token);
  if (held && parsed !== null) return parsed;
  limitGuesses(c);
  throw new Refused("not_found");
}

/** The order itself. An id whose token is genuine but which no object has was never placed. */
export async function readHeldOrder(c: AppContext): Promise<OrderSnapshot> {
  const { id, stockNumber } = await heldOrder(c);
  const order = await c.get("deps").stock.of(stockNumber).order(id);
  if (order === null) throw new Refused("not_found");
  return order;
}

/** Only who is wrong is counted: a holder of the token is never in the way of one who guesses. */
function limitGuesses(c: AppContext): void {
  const network = callerNetwork(c);
  if (network === UNKNOWN_NETWORK) return;
  const standing = c.get("deps").limits.takeHere({ rule: ORDER_GUESSES, key: network });
  if (standing.allowed) return;
  sayStanding(c, [standing]);
  refuseTooMany(standing);
}
