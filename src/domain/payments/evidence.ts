import type { Dispute, Visit } from "./dispute.ts";
import type { KeyId, OrderId } from "../ids.ts";
import { formatDecimal, type Currency, type Money } from "../money.ts";
import type { Refund } from "./refund.ts";

/** An order as far as a gateway's examiner cares. */
export interface EvidenceOrder {
  readonly id: OrderId;
  readonly state: string;
  readonly productTitle: string;
  readonly variantTitle: string | null;
  readonly quantity: number;
  readonly amountMinor: number;
  readonly currency: Currency;
  readonly email: string;
  readonly placedAtMs: number;
  readonly paidAtMs: number | null;
  readonly deliveredAtMs: number | null;
  readonly history: readonly {
    readonly atMs: number;
    readonly event: string;
    readonly by: string;
  }[];
  readonly payments: readonly {
    readonly tradeNo: string;
    readonly money: Money;
    readonly verdict: string;
    readonly atMs: number;
  }[];
  readonly refunds?: readonly Refund[];
}

export interface EvidenceMail {
  readonly purpose: string;
  readonly state: string;
  /** What the provider called it. */
  readonly messageId: string | null;
  readonly createdAtMs: number;
  readonly sentAtMs: number | null;
}

export interface EvidenceNotice {
  readonly tradeNo: string;
  readonly verdict: string;
  readonly receivedAtMs: number;
  readonly lastReceivedAtMs: number;
  readonly times: number;
}

/** What we know of a disputed payment. Never a key that could be redeemed. */
export interface Evidence {
  readonly dispute: Dispute;
  /** Null where no order of ours has the payment. */
  readonly order: EvidenceOrder | null;
  /** Those that the buyer holds now; void ones are named by the visits that were shown them. */
  readonly keys: readonly { readonly id: KeyId; readonly masked: string }[];
  readonly visits: readonly Visit[];
  readonly mails: readonly EvidenceMail[];
  readonly notices: readonly EvidenceNotice[];
  readonly gatheredAtMs: number;
}

const ACTS: Readonly<Record<Visit["act"], string>> = {
  ordered: "placed the order",
  page: "opened the order's page",
  api: "fetched the order",
  stream: "was on the order's page as it changed",
  file: "downloaded the keys",
  look_up: "looked the order up",
};

/**
 * The evidence as plain text, for the form by which a gateway takes it (Stripe's "access_activity_log", PayPal's
 * upload): in English, which their examiners read, times in UTC.
 */
export function evidenceText(evidence: Evidence): string {
  const { dispute, order, gatheredAtMs } = evidence;
  return [
    `Evidence for dispute ${oneLine(dispute.disputeNo)}`,
    `Gathered ${at(gatheredAtMs)}`,
    "",
    `Payment: ${oneLine(dispute.tradeNo)}${dispute.money === null ? "" : `, ${sum(dispute.money)} disputed`}`,
    `Dispute opened ${at(dispute.openedAtMs)}, now ${dispute.state}`,
    ...(order === null ? ["", "No order is known for this payment."] : orderLines(order)),
    ...section(
      "Keys (masked)",
      evidence.keys.map(({ id, masked }) => `${id}  ${masked}`),
    ),
    ...section("Who was shown the keys, and when", evidence.visits.map(visitLine)),
    ...section("Mails to the buyer", evidence.mails.map(mailLine)),
    ...section("What the gateway told us", evidence.notices.map(noticeLine)),
    "",
  ].join("\n");
}

function orderLines(order: EvidenceOrder): string[] {
  const { amountMinor, currency } = order;
  const variant = order.variantTitle === null ? "" : ` (${oneLine(order.variantTitle)})`;
  return [
    "",
    "ORDER",
    `Number: ${order.id}`,
    `Digital goods: ${order.quantity} x ${oneLine(order.productTitle)}${variant}`,
    `Price: ${sum({ amountMinor, currency })}`,
    `Buyer's e-mail: ${oneLine(order.email)}`,
    `Placed ${at(order.placedAtMs)}`,
    `Paid ${at(order.paidAtMs)}`,
    `Delivered ${at(order.deliveredAtMs)}`,
    ...section(
      "Payments",
      order.payments.map(
        ({ tradeNo, money, verdict, atMs }) =>
          `${at(atMs)}  ${oneLine(tradeNo)}  ${sum(money)}  ${verdict}`,
      ),
    ),
    ...section(
      "Refunds",
      (order.refunds ?? []).map(
        ({ id, money, state, askedAtMs }) => `${at(askedAtMs)}  ${id}  ${sum(money)}  ${state}`,
      ),
    ),
    ...section(
      "What happened to the order",
      order.history.map(({ atMs, event, by }) => `${at(atMs)}  ${event} by ${by}`),
    ),
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return ["", title.toUpperCase(), ...(lines.length === 0 ? ["none"] : lines)];
}

/** One visit as a line: what others wrote stays on it. */
export function visitLine({
  act,
  visitor,
  keyIds,
  keys,
  firstAtMs,
  lastAtMs,
  times,
}: Visit): string {
  const { ip, country, userAgent } = visitor;
  const often = times === 1 ? "" : `, ${times} times until ${at(lastAtMs)}`;
  const more = keys > keyIds.length ? ` and ${keys - keyIds.length} more` : "";
  const shown = keys === 0 ? "" : `; was shown ${keyIds.join(", ")}${more}`;
  const from = `from ${ip === null ? "an unknown address" : oneLine(ip)}${country === null ? "" : ` (${country})`}`;
  return `${at(firstAtMs)}  ${ACTS[act]} ${from}${often}${shown}; browser: ${oneLine(userAgent)}`;
}

function mailLine({ purpose, state, messageId, createdAtMs, sentAtMs }: EvidenceMail): string {
  const id = messageId === null ? "" : `  provider's number ${oneLine(messageId)}`;
  return `${at(sentAtMs ?? createdAtMs)}  ${purpose}  ${state}${id}`;
}

function noticeLine({ tradeNo, verdict, receivedAtMs, times }: EvidenceNotice): string {
  return `${at(receivedAtMs)}  ${oneLine(tradeNo)}  ${verdict}${times === 1 ? "" : `  (${times} times)`}`;
}

function at(ms: number | null): string {
  return ms === null ? "never" : new Date(ms).toISOString();
}

function sum({ amountMinor, currency }: Money): string {
  return `${formatDecimal({ amountMinor, currency })} ${currency}`;
}

/** What others wrote stays on its line: a buyer must not be able to write lines of the log. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, " ");
}
