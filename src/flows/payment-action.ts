import type { OrderSnapshot } from "../../durable-objects/product-stock/contract.ts";
import type {
  Buyer,
  Opening,
  OpeningKey,
  PaymentAccount,
  PaymentAction,
  PaymentOpenings,
} from "./payment-ports.ts";
import type { Clock } from "./ports.ts";
import type { Surface } from "../domain/paying/surface.ts";
import { openSomewhere, type ReroutePorts } from "./open-somewhere.ts";

interface Ports extends ReroutePorts {
  readonly paymentOpenings: PaymentOpenings;
  readonly clock: Clock;
}

/** A buyer who is about to pay. `origin`: where they came to us, for the gateway's way back. */
export interface Payer extends Buyer {
  readonly origin: string;
  readonly surface: Surface;
}

/**
 * What the buyer of a pending order does to pay; null for an order that waits for no money. The
 * gateway's addresses of ours carry the order's id and no secret. A gateway that cannot be reached
 * takes nothing from the order: the next look asks it again.
 */
export async function paymentAction(
  ports: Ports,
  order: OrderSnapshot,
  payer: Payer,
): Promise<PaymentAction | null> {
  if (order.state !== "pending" || order.paymentAccountId === null) return null;
  const opening = await openSomewhere(ports, order, payer.surface, (account, at) =>
    account.gateway.capabilities.opensByCall
      ? openOnce(ports, account, at, payer)
      : openNow(account, at, payer),
  );
  return opening === null ? null : actionOf(opening);
}

/**
 * The gateway is called once an order and device: a page that asks every second would be its load, and some
 * gateways refuse to open the same order twice. While the memory is down the gateway is called again, which
 * opens no second payment.
 */
async function openOnce(
  { paymentOpenings, clock }: Pick<Ports, "paymentOpenings" | "clock">,
  account: PaymentAccount,
  order: OrderSnapshot,
  payer: Payer,
): Promise<Opening> {
  const key: OpeningKey = { orderId: order.id, accountId: account.id, device: payer.device };
  const find = () => paymentOpenings.find(key).catch(() => null);
  const known = await find();
  if (known !== null) return { kind: "opened", ...known };
  const opening = await openNow(account, order, payer);
  if (opening.kind === "opened") {
    await paymentOpenings.keep(key, opening, clock.nowMs()).catch(() => undefined);
  }
  if (opening.kind !== "refused") return opening;
  // Another edge may have opened it a moment ago, where a second opening is refused.
  const other = await find();
  return other === null ? opening : { kind: "opened", ...other };
}

function openNow(
  { id, gateway }: PaymentAccount,
  order: OrderSnapshot,
  { origin, surface: _, ...buyer }: Payer,
): Promise<Opening> {
  return gateway.open({
    orderId: order.id,
    title: order.productTitle,
    money: { amountMinor: order.amountMinor, currency: order.currency },
    expiresAtMs: order.expiresAtMs,
    notifyUrl: `${origin}/payments/${id}/notify`,
    returnUrl: `${origin}/orders/${order.id}`,
    buyer,
  });
}

function actionOf(opening: Opening): PaymentAction {
  switch (opening.kind) {
    case "opened":
      return opening.action;
    case "refused":
      return { action: "none", problem: "gateway_refused" };
    case "unavailable":
      return { action: "none", problem: "gateway_unavailable" };
    default:
      return opening satisfies never;
  }
}
