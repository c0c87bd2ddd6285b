import type { OrderSnapshot } from "../../durable-objects/product-stock/contract.ts";
import { UNKNOWN_NETWORK } from "../domain/network/caller.ts";
import {
  GATEWAY_QUESTIONS,
  GATEWAY_QUESTIONS_OF_ORDER,
  refusedOf,
  type Standing,
} from "../domain/limits/limit-rules.ts";
import { askGateway } from "../flows/payments/ask-gateway.ts";
import type { PaymentStatus } from "../flows/payments/payment-ports.ts";
import type { AppContext } from "./env.ts";
import { callerNetwork } from "./caller.ts";

/** `settled`: nobody was asked, since the order waits for no money. */
export type BuyersAnswer =
  | { readonly kind: PaymentStatus["kind"] | "settled"; readonly order: OrderSnapshot }
  | { readonly kind: "too_soon"; readonly standing: Standing };

/**
 * A buyer says that they have paid: their gateway is asked, which is a call to someone else, so an order may be
 * asked about every ten seconds and a network may ask twenty times a minute. They hold the order's token.
 */
export async function askForBuyer(
  c: AppContext,
  order: OrderSnapshot,
  stockNumber: number,
): Promise<BuyersAnswer> {
  const { state } = order;
  const waits = state === "pending" || state === "expired" || state === "cancelled";
  if (!waits || order.paymentAccountId === null) return { kind: "settled", order };
  const deps = c.get("deps");
  const network = callerNetwork(c);
  const standings = await deps.limits.take([
    { rule: GATEWAY_QUESTIONS_OF_ORDER, key: order.id },
    ...(network === UNKNOWN_NETWORK ? [] : [{ rule: GATEWAY_QUESTIONS, key: network }]),
  ]);
  const standing = refusedOf(standings);
  if (standing !== undefined) return { kind: "too_soon", standing };
  const { status, order: now } = await askGateway(deps, { order, stockNumber });
  return { kind: status.kind, order: now };
}
