import type { OrderSnapshot } from "../../../durable-objects/product-stock/contract.ts";
import type {
  Device,
  Opening,
  OpeningKey,
  PaymentAccount,
  PaymentAction,
  PaymentOpenings,
} from "./payment-ports.ts";
import type { Clock, Vault } from "../ports.ts";
import type { AccountId } from "../../domain/ids.ts";
import type { App, Surface } from "../../domain/payments/surface.ts";
import { recognitionState } from "./recognition-state.ts";
import { openSomewhere, type ReroutePorts } from "./open-somewhere.ts";

interface Ports extends ReroutePorts {
  readonly paymentOpenings: PaymentOpenings;
  readonly clock: Clock;
  readonly vault: Pick<Vault, "signText">;
}

/** A buyer who is about to pay. `origin`: where they came to us, for the gateway's way back. */
export interface Payer {
  readonly origin: string;
  readonly surface: Surface;
  readonly device: Device;
  /** Their address; null where we do not know it. */
  readonly ip: string | null;
  /** Who they are to that account, where its app has just told us. */
  readonly recognized: { readonly accountId: AccountId; readonly openId: string } | null;
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
  const opening = await openSomewhere(ports, order, payer.surface, (account, at) => {
    const { capabilities, recognition } = account.gateway;
    if (!capabilities.opensByCall) return openNow(account, at, payer);
    return recognition?.inside === payer.surface
      ? openRecognized(ports, account, at, payer, recognition.inside)
      : openOnce(ports, account, at, payer, payer.device);
  });
  return opening === null ? null : actionOf(opening);
}

/**
 * Inside an app whose gateway must be told who pays: what was opened there for this order, else the way to be
 * recognized. Nobody keeps who it was: what is kept is the payment that was opened for them.
 */
async function openRecognized(
  ports: Ports,
  account: PaymentAccount,
  order: OrderSnapshot,
  payer: Payer,
  inside: App,
): Promise<Opening> {
  if (payer.recognized?.accountId === account.id) {
    return openOnce(ports, account, order, payer, inside);
  }
  const key = { orderId: order.id, accountId: account.id, device: inside };
  const known = await ports.paymentOpenings.find(key).catch(() => null);
  if (known !== null) return { kind: "opened", ...known };
  const state = await recognitionState(ports, order.id, account.id);
  const url = `${payer.origin}/payments/${account.id}/recognize?state=${state}`;
  return { kind: "opened", action: { action: "redirect", url }, reference: null };
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
  device: OpeningKey["device"],
): Promise<Opening> {
  const key: OpeningKey = { orderId: order.id, accountId: account.id, device };
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
  { origin, device, ip, recognized }: Payer,
): Promise<Opening> {
  const openId = recognized?.accountId === id ? recognized.openId : null;
  return gateway.open({
    orderId: order.id,
    title: order.productTitle,
    money: { amountMinor: order.amountMinor, currency: order.currency },
    expiresAtMs: order.expiresAtMs,
    notifyUrl: `${origin}/payments/${id}/notify`,
    returnUrl: `${origin}/orders/${order.id}`,
    buyer: { device, ip, openId },
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
