import { ID_BYTES, newId, parseOrderId, type OrderId } from "../domain/ids.ts";
import { needsAttention, type Payment, type PaymentVerdict } from "../domain/payment.ts";
import { Unavailable } from "../domain/unavailable.ts";
import type { NoticeReading, PaymentAccount } from "./payment-ports.ts";
import type { Clock, Entropy, NoticeInbox, StockObjects } from "./ports.ts";

interface Ports {
  readonly stock: StockObjects;
  readonly notices: NoticeInbox;
  readonly clock: Clock;
  readonly entropy: Entropy;
}

type Paid = Extract<NoticeReading, { kind: "paid" }>;
type Approved = Extract<NoticeReading, { kind: "approved" }>;
type Reversed = Extract<NoticeReading, { kind: "refunded" | "disputed" }>;
type Invalid = Extract<NoticeReading, { kind: "invalid" }>;

/** What a row of the inbox is about. */
interface About {
  readonly tradeNo: string;
  readonly orderRef: string;
  readonly amountMinor: number | null;
}

/**
 * What became of a notice.
 * - `recorded`: the order's object has committed it, whatever the verdict.
 * - `unmatched`: genuine money that names no order of this merchant; kept in the inbox.
 * - `not_paid`: noted, and no obstacle to the notice that says "paid".
 * - `reversed`: money went back, or a buyer wants it back; kept in the inbox for a person.
 * - `ignored`: genuine, and about nothing of ours.
 * - `refused`: nothing of it was believed; nothing was granted.
 */
export type Acceptance =
  | ({ kind: "recorded"; verdict: PaymentVerdict; orderId: OrderId } & Copied)
  | { kind: "unmatched" }
  | ({ kind: "not_paid" } & Copied)
  | { kind: "reversed"; verdict: string }
  | { kind: "ignored" }
  | ({ kind: "refused"; check: Invalid["check"] } & Copied);

/** Why the inbox has no copy of what it should show; null where it has, or none is due. */
interface Copied {
  readonly copyError: Error | null;
}

type Recipient = Pick<PaymentAccount, "id" | "merchantId"> & {
  readonly gateway: Pick<PaymentAccount["gateway"], "settle">;
};

/** When a gateway that could not be asked is to send its notice again, seconds, at the earliest. */
const AGAIN_AFTER_SECONDS = 30;

/**
 * Gives a notice that was read (its signature checked) to its order. It may come any number of times
 * and in any order: the object applies it once, the inbox keeps it once, so a crash after any step is
 * healed by the gateway's next try.
 *
 * Throws when neither the object nor the inbox could take it: then nobody has said "success", and
 * the gateway sends it again.
 */
export async function acceptPayment(
  ports: Ports,
  account: Recipient,
  reading: NoticeReading,
): Promise<Acceptance> {
  switch (reading.kind) {
    case "invalid":
      return refuse(ports, account, reading);
    case "not_paid":
      return noteNotPaid(ports, account, reading, "not_paid");
    case "approved":
      return takeApproved(ports, account, reading);
    case "paid":
      return recordPaid(ports, account, reading);
    case "refunded":
    case "disputed":
      return keepReversed(ports, account, reading);
    case "ignored":
      return { kind: "ignored" };
    case "unavailable":
      throw new Unavailable("gateway", reading.retryAfterSeconds ?? AGAIN_AFTER_SECONDS);
    default:
      return reading satisfies never;
  }
}

async function noteNotPaid(
  ports: Ports,
  account: Recipient,
  about: { readonly tradeNo: string; readonly orderRef: string },
  verdict: string,
): Promise<Acceptance> {
  const row = { ...about, amountMinor: null };
  return { kind: "not_paid", copyError: await keepIfPossible(ports, account, row, verdict) };
}

/**
 * The gateway is told to take the money that the buyer agreed to, once: whatever is thrown before it
 * is recorded, the notice comes again and finds it taken.
 */
async function takeApproved(
  ports: Ports,
  account: Recipient,
  approved: Approved,
): Promise<Acceptance> {
  const { tradeNo, orderRef } = approved;
  const status = (await account.gateway.settle?.({ tradeNo, orderRef })) ?? { kind: "unsupported" };
  switch (status.kind) {
    case "paid":
      return recordPaid(ports, account, { ...status, orderRef });
    case "unavailable":
      throw new Unavailable("gateway", status.retryAfterSeconds ?? AGAIN_AFTER_SECONDS);
    default:
      return noteNotPaid(ports, account, approved, `approved_${status.kind}`);
  }
}

/** Money that went back is nowhere else in our books yet: without the row there is no success. */
async function keepReversed(
  ports: Ports,
  account: Recipient,
  reading: Reversed,
): Promise<Acceptance> {
  const { tradeNo, money } = reading;
  const refunded = reading.kind === "refunded";
  const number = refunded ? reading.refundNo : reading.disputeNo;
  const verdict = refunded ? "refunded" : `dispute_${reading.state}`;
  // Each refund of a payment is a row of its own; the gateway's repeat of one is not.
  const row = {
    tradeNo: number === null ? tradeNo : `${tradeNo}/${number}`,
    orderRef: reading.orderRef ?? "",
    amountMinor: money?.amountMinor ?? null,
  };
  await keepOrThrow(ports, account, row, verdict);
  return { kind: "reversed", verdict };
}

async function recordPaid(
  ports: Ports,
  account: Recipient,
  reading: Omit<Paid, "kind">,
): Promise<Acceptance> {
  const about = { ...reading, amountMinor: reading.money.amountMinor };
  const order = parseOrderId(reading.orderRef);
  if (order === null) return keepUnmatched(ports, account, about);

  const payment: Payment = {
    accountId: account.id,
    tradeNo: reading.tradeNo,
    orderId: order.id,
    money: reading.money,
    source: "notice",
    reportedAtMs: ports.clock.nowMs(),
  };
  // The account's merchant, not the order's: one merchant's gateway cannot pay another's order.
  const stock = ports.stock.of(order.stockNumber);
  const [record] = await stock.recordPayments([{ payment, merchantId: account.merchantId }]);
  if (record === undefined) throw new Error("recordPayments answered nothing");
  const { verdict, firstVerdict } = record;
  if (firstVerdict === null) return keepUnmatched(ports, account, about);

  // The try that recorded it may have died before the inbox had it: what counts is what it was then.
  const copyError = needsAttention(firstVerdict)
    ? await keepIfPossible(ports, account, about, firstVerdict)
    : null;
  return { kind: "recorded", verdict, orderId: order.id, copyError };
}

/** No object holds this money: the inbox is its only record, so without it there is no success. */
async function keepUnmatched(ports: Ports, account: Recipient, about: About): Promise<Acceptance> {
  await keepOrThrow(ports, account, about, "unmatched");
  return { kind: "unmatched" };
}

async function keepOrThrow(
  ports: Ports,
  account: Recipient,
  about: About,
  verdict: string,
): Promise<void> {
  try {
    await keep(ports, account, about, verdict);
  } catch (cause) {
    throw new Unavailable("notices", 5, { cause });
  }
}

/**
 * A forged notice leaves no row: a flood of them must not fill the database. One that was signed
 * rightly and says impossible things (another merchant's number, no sum) may be money, so a person
 * is shown it.
 */
async function refuse(
  ports: Ports,
  account: Recipient,
  { check, about }: Invalid,
): Promise<Acceptance> {
  if (about === undefined) return { kind: "refused", check, copyError: null };
  const row = { ...about, amountMinor: null };
  const copyError = await keepIfPossible(ports, account, row, `refused_${check}`);
  return { kind: "refused", check, copyError };
}

/** A copy for the merchant's eyes of what is recorded elsewhere, or is no money: it blocks nothing. */
async function keepIfPossible(
  ports: Ports,
  account: Recipient,
  about: About,
  verdict: string,
): Promise<Error | null> {
  try {
    await keep(ports, account, about, verdict);
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function keep(
  { notices, clock, entropy }: Ports,
  account: Recipient,
  { tradeNo, orderRef, amountMinor }: About,
  verdict: string,
): Promise<void> {
  await notices.keep({
    id: newId("notice", entropy.bytes(ID_BYTES)),
    merchantId: account.merchantId,
    accountId: account.id,
    tradeNo,
    orderRef,
    amountMinor,
    verdict,
    receivedAtMs: clock.nowMs(),
  });
}
