import type { OrderId } from "../../domain/ids.ts";
import type { Currency } from "../../domain/money.ts";
import { tookTheMoney, type PaymentVerdict } from "../../domain/payments/payment.ts";
import type { BookedMoney, StatementFinding } from "../../domain/statements/judge.ts";
import { STATEMENT_LEASE_MS } from "../../domain/statements/nightly.ts";
import type { Movement } from "../../domain/statements/statement.ts";
import type { StatementRun } from "../../flows/statements/statement-ports.ts";
import type { statementFindings, statements } from "./statement-schema.ts";

export function startedRow(run: StatementRun): typeof statements.$inferSelect {
  const { id, merchantId, accountId, currency, day, format, startedAtMs, origin } = run;
  return {
    id,
    merchantId,
    accountId,
    currency,
    day,
    format,
    startedAtMs,
    rowsDone: 0,
    progressAtMs: startedAtMs,
    finishedAtMs: null,
    digest: null,
    summary: null,
    place: null,
    resumeAtMs: origin === "fetched" ? startedAtMs + STATEMENT_LEASE_MS : null,
  };
}

export function findingRow(
  { id: statementId, accountId }: StatementRun,
  { theirs, ours, ...finding }: StatementFinding,
): Omit<typeof statementFindings.$inferSelect, "number"> {
  return {
    ...finding,
    statementId,
    accountId,
    theirsMinor: theirs?.amountMinor ?? null,
    theirsCurrency: theirs?.currency ?? null,
    oursMinor: ours?.amountMinor ?? null,
    oursCurrency: ours?.currency ?? null,
    settledAs: null,
    settledBy: null,
    settledAtMs: null,
    note: null,
  };
}

export interface BookedRow {
  readonly kind: Movement;
  readonly tradeNo: string;
  readonly refundRef: string;
  readonly refundNo: string | null;
  readonly orderId: OrderId;
  readonly amountMinor: number;
  readonly currency: Currency;
  readonly verdict: PaymentVerdict | "refunded";
  readonly keysDelivered: number;
}

export function bookedMoney(row: BookedRow): BookedMoney {
  const { kind, tradeNo, refundRef, orderId, amountMinor, currency, verdict } = row;
  // A second payment of an order is recorded with it, and is owed back.
  const taken = verdict === "refunded" || (tookTheMoney(verdict) && verdict !== "surplus");
  return {
    kind,
    tradeNo,
    refundRef,
    refundNo: row.refundNo,
    orderRef: orderId,
    money: { amountMinor, currency },
    untaken: taken ? null : verdict,
    keysDelivered: row.keysDelivered,
  };
}
