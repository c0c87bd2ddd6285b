import type { OrderSnapshot } from "../../../durable-objects/product-stock/contract.ts";
import {
  isOwed,
  MAIL_ATTEMPTS_MAX,
  MAIL_LEASE_MS,
  mailBackoffSeconds,
  type Delivery,
} from "../../domain/mail/delivery.ts";
import { parseOrderId, type DeliveryId } from "../../domain/ids.ts";
import { MAIL_KEYS_MAX, writeMail } from "../../domain/mail/mail.ts";
import { goneBack } from "../../domain/payments/refund.ts";
import type { Deliveries, Mail, MailSender, StockObjects, Switches, Vault } from "../ports.ts";
import { sendByFirst, type MailTrouble } from "./send-by-first.ts";

interface DeliverDeps {
  readonly deliveries: Deliveries;
  readonly stock: Pick<StockObjects, "of">;
  readonly vault: Pick<Vault, "openKey" | "accessToken">;
  readonly mailSenders: readonly MailSender[];
  readonly settings: { readonly publicOrigin: string };
  /** What the operator has switched off; absent: nothing. */
  readonly switches?: Switches;
}

/**
 * - `not_due`: sent before, being sent, or not yet; another message or the schedule sees to it.
 * - `waiting`: no sender is set up, all have been down, or mail is switched off; the schedule asks again.
 * - `retrying`: again after `delaySeconds`. `cause` is what was thrown, for the log.
 */
export type DeliverOutcome =
  | { readonly kind: "sent"; readonly sender: string }
  | { readonly kind: "not_due" }
  | { readonly kind: "waiting" }
  | { readonly kind: "superseded" }
  | { readonly kind: "failed"; readonly reason: string; readonly cause?: unknown }
  | {
      readonly kind: "retrying";
      readonly reason: string;
      readonly delaySeconds: number;
      readonly cause?: unknown;
    };

/** How long a delivery sleeps while nobody can send it. */
const NO_SENDER_WAIT_MS = 5 * 60_000;

/**
 * Sends one delivery: claim, look at the order as it is now, open its keys, write, send, mark.
 * At least once: a crash between sending and marking sends again when the lease has lapsed, under
 * the same id, by which a provider (Resend) or the buyer's mailbox (Message-ID) can tell.
 */
export async function deliverMail(
  deps: DeliverDeps,
  id: DeliveryId,
  nowMs: number,
): Promise<DeliverOutcome> {
  if (deps.mailSenders.length === 0) {
    await deps.deliveries.postpone(id, "no_sender", nowMs + NO_SENDER_WAIT_MS);
    return { kind: "waiting" };
  }
  if ((await deps.switches?.of(null))?.mail === true) return { kind: "waiting" };
  // No attempt is spent on senders that would not try, and the mail stays due: readiness must see it.
  if (deps.mailSenders.every((sender) => (sender.closedForMs?.() ?? 0) > 0)) {
    return { kind: "waiting" };
  }
  const delivery = await deps.deliveries.claim(id, nowMs, MAIL_LEASE_MS);
  if (delivery === null) return { kind: "not_due" };

  const prepared = await prepare(deps, delivery);
  if (prepared.kind === "superseded") {
    await deps.deliveries.superseded(delivery, prepared.reason);
    return { kind: "superseded" };
  }
  const attempt =
    prepared.kind === "mail" ? await sendByFirst(deps.mailSenders, prepared.mail) : prepared;
  if (attempt.kind === "sent") {
    await deps.deliveries.sent(id, attempt, nowMs);
    return { kind: "sent", sender: attempt.sender };
  }
  return giveUpOrRetry(deps.deliveries, delivery, attempt, nowMs);
}

async function giveUpOrRetry(
  deliveries: Deliveries,
  delivery: Delivery,
  { permanent, reason, cause }: MailTrouble,
  nowMs: number,
): Promise<DeliverOutcome> {
  if (permanent || delivery.attempts >= MAIL_ATTEMPTS_MAX) {
    await deliveries.failed(delivery, reason);
    return { kind: "failed", reason, cause };
  }
  const delaySeconds = mailBackoffSeconds(delivery.attempts);
  await deliveries.retry(delivery, reason, nowMs + delaySeconds * 1000);
  // The message comes a second after the row is due, so that it is not turned away as too early.
  return { kind: "retrying", reason, delaySeconds: delaySeconds + 1, cause };
}

type Prepared =
  | { readonly kind: "mail"; readonly mail: Mail }
  | { readonly kind: "superseded"; readonly reason: string }
  | MailTrouble;

async function prepare(deps: DeliverDeps, delivery: Delivery): Promise<Prepared> {
  try {
    const parsed = parseOrderId(delivery.orderId);
    const order = parsed && (await deps.stock.of(parsed.stockNumber).order(parsed.id));
    // A delivery is made from an order that its object knew; not to find it now is not normal.
    if (!order) return { kind: "trouble", permanent: false, reason: "order_not_found" };
    // What the mail would say must be true when it is sent, not when it was first owed.
    if (!isOwed(order, delivery)) {
      // Should the gateway refuse, the order is what it was, and owes this very mail.
      if (isGoingBack(order))
        return { kind: "trouble", permanent: false, reason: "refund_under_way" };
      return { kind: "superseded", reason: `order_${order.state}` };
    }
    return { kind: "mail", mail: await write(deps, delivery, order) };
  } catch (cause) {
    // An object that is busy, or a key that does not open: this mail waits, the others go out.
    return { kind: "trouble", permanent: false, reason: "order_unreadable", cause };
  }
}

function isGoingBack({ state, refunds = [] }: OrderSnapshot): boolean {
  return state === "refunded" && refunds.some((refund) => refund.state === "asked");
}

async function write(deps: DeliverDeps, delivery: Delivery, order: OrderSnapshot): Promise<Mail> {
  const shown = delivery.purpose === "keys" ? order.keys.slice(0, MAIL_KEYS_MAX) : [];
  const keys = await Promise.all(
    shown.map(async (key) => ({
      secret: await deps.vault.openKey(order.productId, key),
      note: key.note,
    })),
  );
  const { subject, text, html } = writeMail({
    purpose: delivery.purpose,
    locale: order.locale,
    orderId: order.id,
    productTitle: order.productTitle,
    variantTitle: order.variantTitle,
    quantity: order.quantity,
    money: { amountMinor: order.amountMinor, currency: order.currency },
    keys,
    keysTotal: order.keys.length,
    goneBack: goneBack(order).map(({ money }) => money),
    orderUrl: await orderUrl(deps, order),
  });
  return { id: delivery.id, to: order.email, subject, text, html };
}

/** Null where the shop does not know its own address: then the mail carries no link. */
async function orderUrl(deps: DeliverDeps, order: OrderSnapshot): Promise<string | null> {
  const { publicOrigin } = deps.settings;
  if (publicOrigin === "") return null;
  const token = await deps.vault.accessToken(order.id);
  return `${publicOrigin}/orders/${order.id}?token=${encodeURIComponent(token)}`;
}
