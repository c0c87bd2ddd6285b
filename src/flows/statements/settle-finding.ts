import type { OrderSnapshot } from "../../../durable-objects/product-stock/contract.ts";
import type { Author } from "../../domain/audit.ts";
import type { Money } from "../../domain/money.ts";
import { tookTheMoney, type Payment, type PaymentVerdict } from "../../domain/payments/payment.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { RepairName } from "../../domain/statements/settlement.ts";
import { askGateway } from "../payments/ask-gateway.ts";
import type { PaymentOpenings, PaymentStatus } from "../payments/payment-ports.ts";
import type { Clock, NoticeInbox } from "../ports.ts";
import type { DeskRefundPorts } from "../refunds/refund-ports.ts";
import { giveBack, recordRefund } from "../refunds/settle-by-refund.ts";
import type { FindingRecord, SettledFindings, Settlement } from "./statement-ports.ts";

interface Ports extends DeskRefundPorts {
  readonly statementReports: SettledFindings;
  readonly paymentOpenings: PaymentOpenings;
  readonly notices: NoticeInbox;
  readonly clock: Clock;
}

export interface Repair {
  readonly finding: FindingRecord;
  readonly how: RepairName;
  readonly note: string | null;
  /** The merchant's order that the statement names; null where it names none. */
  readonly order: { readonly order: OrderSnapshot; readonly stockNumber: number } | null;
}

/**
 * - `nothing_to_book`: only what our books lack, of an order of ours, can be recorded, and only what no order took
 *   can be given back.
 * - `gateway_says`: the gateway, asked now, does not have this payment as the statement has it.
 * - `not_taken`: it is recorded, and the order could not take it: it is owed back.
 * - `not_refunded`: the order or its gateway has no such sum to give back.
 */
export type RepairRefusal =
  | { readonly reason: "nothing_to_book" }
  | { readonly reason: "gateway_says"; readonly answer: PaymentStatus["kind"] }
  | { readonly reason: "not_taken"; readonly verdict: PaymentVerdict }
  | { readonly reason: "not_refunded"; readonly because: string };

/**
 * Settles a finding, once. Money that is recorded by it is a payment like any other, under the
 * gateway's own number: its notice, should it come after all, changes nothing.
 */
export async function settleFinding(
  ports: Ports,
  author: Author,
  repair: Repair,
): Promise<Result<FindingRecord, RepairRefusal>> {
  const { finding, how, note } = repair;
  if (finding.settledAtMs !== null) return ok(finding);
  if (how === "explain") return ok(await settle(ports, author, finding, { as: "explained", note }));
  const givesBack = how === "refund";
  if (givesBack || (how === "vouch" && finding.movement === "refund")) {
    const repaired = await (givesBack ? giveBack : recordRefund)(ports, author, repair);
    if (!repaired.ok) return repaired;
    const as = givesBack ? "refunded" : "vouched";
    return ok(await settle(ports, author, finding, { as, note }));
  }

  const payment = bookable(repair, author.atMs);
  if (payment === null) return err({ reason: "nothing_to_book" });
  const recorded = await record(ports, author, repair, payment);
  if (!recorded.ok) return recorded;
  const as = how === "book" ? "booked" : "vouched";
  return ok(await settle(ports, author, finding, { as, note }));
}

function settle(ports: Ports, author: Author, finding: FindingRecord, settlement: Settlement) {
  const { number, statementId, kind, tradeNo } = finding;
  const { as, note } = settlement;
  const detail = { finding: number, kind, trade_no: tradeNo, as, note };
  const entry = { ...author, action: "statement.settle", subject: statementId, detail };
  return ports.statementReports.settle(finding, settlement, entry);
}

function bookable({ finding, order }: Repair, atMs: number): Payment | null {
  const { kind, movement, tradeNo, accountId } = finding;
  const money = theirMoney(finding);
  if (kind !== "missing_here" || movement !== "payment") return null;
  if (order === null || tradeNo === null || money === null) return null;
  // Money that the statement of another account shows is not vouched for: its own may have it, too.
  if (order.order.paymentAccountId !== accountId) return null;
  const orderId = order.order.id;
  return { accountId, tradeNo, orderId, money, source: "merchant", reportedAtMs: atMs };
}

function theirMoney({ theirsMinor, theirsCurrency }: FindingRecord): Money | null {
  if (theirsMinor === null || theirsCurrency === null) return null;
  return { amountMinor: theirsMinor, currency: theirsCurrency };
}

async function record(
  ports: Ports,
  author: Author,
  { finding, how, note, order }: Repair,
  payment: Payment,
): Promise<Result<null, RepairRefusal>> {
  if (order === null) return err({ reason: "nothing_to_book" });
  const { accountId, tradeNo } = payment;
  const ofIt = ({ payments }: OrderSnapshot) =>
    payments.find((each) => each.accountId === accountId && each.tradeNo === tradeNo);
  if (how === "book") {
    const { status, order: now } = await askGateway(ports, order);
    const recorded = ofIt(now);
    if (recorded === undefined) return err({ reason: "gateway_says", answer: status.kind });
    return takenOr(recorded.verdict);
  }
  // The entry comes first: no payment without the word of whoever vouched for it.
  const detail = { finding: finding.number, trade_no: tradeNo, note };
  const entry = { ...author, action: "order.vouch_payment", subject: payment.orderId, detail };
  await ports.audit.append(entry);
  const stock = ports.stock.of(order.stockNumber);
  const { verdict, order: now } = await stock.recordPayment(payment, author.merchantId);
  return takenOr((now === null ? undefined : ofIt(now))?.verdict ?? verdict);
}

function takenOr(verdict: PaymentVerdict): Result<null, RepairRefusal> {
  const taken = tookTheMoney(verdict) && verdict !== "surplus" && verdict !== "unknown_order";
  return taken ? ok(null) : err({ reason: "not_taken", verdict });
}
