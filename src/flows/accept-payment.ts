import {
  ID_BYTES,
  newId,
  parseOrderId,
  type AccountId,
  type MerchantId,
  type OrderId,
} from "../domain/ids.ts";
import { needsAttention, type Payment, type PaymentVerdict } from "../domain/payment.ts";
import { Unavailable } from "../domain/unavailable.ts";
import type { Clock, Entropy, NoticeInbox, NoticeReading, StockObjects } from "./ports.ts";

interface Ports {
  readonly stock: StockObjects;
  readonly notices: NoticeInbox;
  readonly clock: Clock;
  readonly entropy: Entropy;
}

type Reading = Exclude<NoticeReading, { kind: "invalid" }>;
type Invalid = Extract<NoticeReading, { kind: "invalid" }>;

/**
 * What became of a notice.
 * - `recorded`: the order's object has committed it, whatever the verdict.
 * - `unmatched`: genuine money that names no order of this merchant; kept in the inbox.
 * - `not_paid`: noted, and no obstacle to the notice that says "paid".
 * - `refused`: nothing of it was believed; nothing was granted.
 */
export type Acceptance =
  | ({ kind: "recorded"; verdict: PaymentVerdict; orderId: OrderId } & Copied)
  | { kind: "unmatched" }
  | ({ kind: "not_paid" } & Copied)
  | ({ kind: "refused"; check: Invalid["check"] } & Copied);

/** Why the inbox has no copy of what it should show; null where it has, or none is due. */
interface Copied {
  readonly copyError: Error | null;
}

interface Recipient {
  readonly id: AccountId;
  readonly merchantId: MerchantId;
}

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
      return {
        kind: "not_paid",
        copyError: await keepIfPossible(ports, account, reading, "not_paid"),
      };
    case "paid":
      return recordPaid(ports, account, reading);
    default:
      return reading satisfies never;
  }
}

async function recordPaid(
  ports: Ports,
  account: Recipient,
  reading: Extract<Reading, { kind: "paid" }>,
): Promise<Acceptance> {
  const order = parseOrderId(reading.orderRef);
  if (order === null) return keepUnmatched(ports, account, reading);

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
  if (firstVerdict === null) return keepUnmatched(ports, account, reading);

  // The try that recorded it may have died before the inbox had it: what counts is what it was then.
  const copyError = needsAttention(firstVerdict)
    ? await keepIfPossible(ports, account, reading, firstVerdict)
    : null;
  return { kind: "recorded", verdict, orderId: order.id, copyError };
}

/** No object holds this money: the inbox is its only record, so without it there is no success. */
async function keepUnmatched(
  ports: Ports,
  account: Recipient,
  reading: Reading,
): Promise<Acceptance> {
  try {
    await keep(ports, account, reading, "unmatched");
  } catch (cause) {
    throw new Unavailable("notices", 5, { cause });
  }
  return { kind: "unmatched" };
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
  const status = `refused_${check}`;
  const reading: Reading = { kind: "not_paid", ...about, status };
  return {
    kind: "refused",
    check,
    copyError: await keepIfPossible(ports, account, reading, status),
  };
}

/** A copy for the merchant's eyes of what is recorded elsewhere, or is no money: it blocks nothing. */
async function keepIfPossible(
  ports: Ports,
  account: Recipient,
  reading: Reading,
  verdict: string,
): Promise<Error | null> {
  try {
    await keep(ports, account, reading, verdict);
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function keep(
  { notices, clock, entropy }: Ports,
  account: Recipient,
  reading: Reading,
  verdict: string,
): Promise<void> {
  await notices.keep({
    id: newId("notice", entropy.bytes(ID_BYTES)),
    merchantId: account.merchantId,
    accountId: account.id,
    tradeNo: reading.tradeNo,
    orderRef: reading.orderRef,
    amountMinor: reading.kind === "paid" ? reading.money.amountMinor : null,
    verdict,
    receivedAtMs: clock.nowMs(),
  });
}
