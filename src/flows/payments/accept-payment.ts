import { parseOrderId, type MerchantId, type OrderId } from "../../domain/ids.ts";
import type { Payment, PaymentVerdict } from "../../domain/payments/payment.ts";
import type { NoticeEntry, Receipt } from "../../domain/payments/notice-row.ts";
import type { NoticeVerdict } from "../../domain/payments/notice.ts";
import type { ShopSettings } from "../../domain/settings/shop-settings.ts";
import { Unavailable } from "../../domain/overload/unavailable.ts";
import { hearRefund, type Heard, type Hearing, type HearingPorts } from "../refunds/hear-refund.ts";
import {
  ignoredEntry,
  notPaidEntry,
  paidEntry,
  refusedEntry,
  reversedEntry,
} from "./notice-entry.ts";
import { openCase } from "../disputes/open-case.ts";
import type { DisputeBook } from "../disputes/dispute-ports.ts";
import type { NoticeReading, PaymentAccount, RawNotice } from "./payment-ports.ts";
import type { Clock, NoticeInbox, StockObjects } from "../ports.ts";
import type { TradeLook } from "./trade-ports.ts";

interface MoneyPorts {
  readonly stock: StockObjects;
  readonly notices: NoticeInbox;
  readonly clock: Clock;
  /** Left out: late money delivers. */
  readonly shopSettings?: (merchantId: MerchantId) => Promise<Pick<ShopSettings, "money">>;
  /** Left out: a number that paid for another product is found when the order is published. */
  readonly tradeLook?: TradeLook;
}

interface Ports extends MoneyPorts, HearingPorts {
  readonly shopSettings: HearingPorts["shopSettings"];
  readonly disputes: DisputeBook;
}

type Paid = Extract<NoticeReading, { kind: "paid" }>;
type Approved = Extract<NoticeReading, { kind: "approved" }>;
type Reversed = Extract<NoticeReading, { kind: "refunded" | "disputed" }>;
type Invalid = Extract<NoticeReading, { kind: "invalid" }>;

/** What of a payment counts, whoever told of it. */
type Money = Omit<Paid, "kind">;

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
  | Recorded
  | { kind: "unmatched" }
  | { kind: "not_paid" }
  | { kind: "reversed"; verdict: string }
  | { kind: "ignored" }
  | ({ kind: "refused"; check: Invalid["check"] } & Copied);

interface Recorded extends Copied {
  readonly kind: "recorded";
  readonly verdict: PaymentVerdict;
  readonly orderId: OrderId;
}

/** Why the inbox has no copy of what a person should see; null where it has, or none is due. */
interface Copied {
  readonly copyError: Error | null;
}

type Recipient = Pick<PaymentAccount, "id" | "merchantId"> & {
  readonly gateway: Pick<PaymentAccount["gateway"], "settle" | "refundsOf" | "orderOf">;
};

/** A notice as it was read, and as it came; `raw` is null where a test or a simulation has none. */
interface Received {
  readonly reading: NoticeReading;
  readonly raw: RawNotice | null;
}

/** When a gateway that could not be asked is to send its notice again, seconds, at the earliest. */
const AGAIN_AFTER_SECONDS = 30;

/**
 * Gives a notice that was read (its signature checked) to its order. It may come any number of times
 * and in any order: the object applies it once, the inbox keeps it once, so a crash after any step is
 * healed by the gateway's next try.
 *
 * What a person must see is in the inbox before the answer, where it is recorded nowhere else without
 * fail; what went as it should is copied after it, so that no delivery waits for D1.
 *
 * Throws when neither the object nor the inbox could take it: then nobody has said "success", and
 * the gateway sends it again.
 */
export async function acceptPayment(
  ports: Ports,
  account: Recipient,
  { reading, raw }: Received,
): Promise<Acceptance> {
  const receipt: Receipt = {
    merchantId: account.merchantId,
    accountId: account.id,
    source: "notice",
    raw,
    receivedAtMs: raw?.receivedAtMs ?? ports.clock.nowMs(),
  };
  switch (reading.kind) {
    case "invalid":
      return refuse(ports, receipt, reading);
    case "not_paid":
      return noteNotPaid(ports, receipt, reading, "not_paid");
    case "approved":
      return takeApproved(ports, account, receipt, reading);
    case "paid":
      return recordPaid(ports, receipt, reading);
    case "refunded":
    case "disputed":
      return keepReversed(ports, account, receipt, reading);
    case "ignored":
      ports.notices.keepLater(ignoredEntry(receipt, reading.about));
      return { kind: "ignored" };
    case "unavailable":
      throw new Unavailable("gateway", reading.retryAfterSeconds ?? AGAIN_AFTER_SECONDS);
    default:
      return reading satisfies never;
  }
}

function noteNotPaid(
  { notices }: Ports,
  receipt: Receipt,
  about: { readonly tradeNo: string; readonly orderRef: string; readonly status?: string },
  verdict: NoticeVerdict,
): Acceptance {
  notices.keepLater(notPaidEntry(receipt, about, verdict, about.status ?? verdict));
  return { kind: "not_paid" };
}

/**
 * The gateway is told to take the money that the buyer agreed to, once: whatever is thrown before it
 * is recorded, the notice comes again and finds it taken.
 */
async function takeApproved(
  ports: Ports,
  account: Recipient,
  receipt: Receipt,
  approved: Approved,
): Promise<Acceptance> {
  const { tradeNo, orderRef } = approved;
  const status = (await account.gateway.settle?.({ tradeNo, orderRef })) ?? { kind: "unsupported" };
  switch (status.kind) {
    case "paid":
      return recordPaid(ports, receipt, { ...status, orderRef });
    case "unavailable":
      throw new Unavailable("gateway", status.retryAfterSeconds ?? AGAIN_AFTER_SECONDS);
    default:
      return noteNotPaid(ports, receipt, approved, `approved_${status.kind}`);
  }
}

/** Money that went back is nowhere else in our books yet: without the row there is no success. */
async function keepReversed(
  ports: Ports,
  { gateway }: Recipient,
  receipt: Receipt,
  reading: Reversed,
): Promise<Acceptance> {
  const heard =
    reading.kind === "refunded" ? await hear(ports, { ...receipt, gateway }, reading) : null;
  const entry = reversedEntry(receipt, reading, heard instanceof Error ? "later" : heard);
  await keepOrThrow(ports, entry);
  if (heard instanceof Error) throw heard;
  if (reading.kind === "disputed") {
    await openCase(ports, { ...receipt, gateway }, reading);
  }
  return { kind: "reversed", verdict: entry.verdict };
}

/** The notice is kept even where its order cannot be asked now; its repeat finds the order. */
async function hear(
  ports: HearingPorts,
  hearing: Hearing,
  reading: Extract<Reversed, { kind: "refunded" }>,
): Promise<Heard | Error> {
  try {
    return await hearRefund(ports, hearing, reading);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/**
 * Genuine money, whether a notice told of it or an answer to our own question: the order's object takes it
 * once under the gateway's number.
 */
export async function recordPaid(
  ports: MoneyPorts,
  receipt: Receipt,
  money: Money,
): Promise<Recorded | { kind: "unmatched" }> {
  const order = parseOrderId(money.orderRef);
  if (order === null) return keepUnmatched(ports, receipt, money);

  const payment: Payment = {
    accountId: receipt.accountId,
    tradeNo: money.tradeNo,
    orderId: order.id,
    money: money.money,
    source: receipt.source,
    reportedAtMs: ports.clock.nowMs(),
  };
  // The account's merchant, not the order's: one merchant's gateway cannot pay another's order.
  const stock = ports.stock.of(order.stockNumber);
  const { merchantId } = receipt;
  const [late, takenBy] = await Promise.all([
    lateMoney(ports, merchantId),
    ports.tradeLook?.takenBy(payment) ?? null,
  ]);
  const [record] = await stock.recordPayments([{ payment, merchantId, late, takenBy }]);
  if (record === undefined) throw new Error("recordPayments answered nothing");
  const { verdict, firstVerdict, unfit } = record;
  if (firstVerdict === null) return keepUnmatched(ports, receipt, money);

  // The try that recorded it may have died before the inbox had it: what counts is what it was then.
  const entry = paidEntry(receipt, money, { verdict: firstVerdict, unfit });
  const copyError = await copy(ports, entry);
  return { kind: "recorded", verdict, orderId: order.id, copyError };
}

/** Where the settings cannot be read, money does what it does by default: it buys. */
async function lateMoney({ shopSettings }: MoneyPorts, merchantId: MerchantId) {
  const settings = await shopSettings?.(merchantId).catch(() => null);
  return settings?.money.late ?? "deliver";
}

/** No object holds this money: the inbox is its only record, so without it there is no success. */
async function keepUnmatched(
  ports: MoneyPorts,
  receipt: Receipt,
  money: Money,
): Promise<{ kind: "unmatched" }> {
  await keepOrThrow(ports, paidEntry(receipt, money, { verdict: "unknown_order" }));
  return { kind: "unmatched" };
}

async function keepOrThrow({ notices }: MoneyPorts, entry: NoticeEntry): Promise<void> {
  try {
    await notices.keep(entry);
  } catch (cause) {
    throw new Unavailable("notices", 5, { cause });
  }
}

/**
 * Of forged notices the inbox keeps a bounded sample, after the answer: a flood of them must not fill the
 * database. One that was signed rightly and says impossible things (another merchant's number, no sum)
 * may be money, so a person is shown it.
 */
async function refuse(ports: Ports, receipt: Receipt, invalid: Invalid): Promise<Acceptance> {
  const copyError = await copy(ports, refusedEntry(receipt, invalid));
  return { kind: "refused", check: invalid.check, copyError };
}

/**
 * A copy for the merchant's eyes of what is recorded elsewhere, or is no money: it blocks nothing, and only
 * what a person must see is waited for.
 */
async function copy({ notices }: MoneyPorts, entry: NoticeEntry): Promise<Error | null> {
  if (!entry.attention) {
    notices.keepLater(entry);
    return null;
  }
  try {
    await notices.keep(entry);
    return null;
  } catch (error) {
    // The gateway will not come again: the row is tried a little longer, after the answer.
    notices.keepLater(entry);
    return error instanceof Error ? error : new Error(String(error));
  }
}
