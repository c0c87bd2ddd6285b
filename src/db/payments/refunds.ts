import { and, asc, desc, eq, lte, sql } from "drizzle-orm";
import type { OrderSnapshot } from "../../../durable-objects/product-stock/contract.ts";
import type { MerchantId, OrderId, RefundId } from "../../domain/ids.ts";
import { refundPatienceMs, type RefundState } from "../../domain/payments/refund.ts";
import { insertFromJson } from "../bulk.ts";
import type { Db } from "../db.ts";
import { refunds } from "./refunds-schema.ts";

export type RefundRow = typeof refunds.$inferSelect;

/** What is older than the row changes nothing; tries and the time of the next are the schedule's own. */
export const BOOK_REFUNDS = `${insertFromJson(refunds)}
  ON CONFLICT ("id") DO UPDATE SET "account_id" = excluded."account_id",
    "trade_no" = excluded."trade_no", "state" = excluded."state", "refund_no" = excluded."refund_no",
    "refusal" = excluded."refusal", "settled_at_ms" = excluded."settled_at_ms",
    "version" = excluded."version",
    "ask_at_ms" = CASE WHEN excluded."state" = 'asked' THEN "refunds"."ask_at_ms" END
  WHERE excluded."version" > "refunds"."version"`;

export function refundRows(order: OrderSnapshot): RefundRow[] {
  return (order.refunds ?? []).map((refund) => ({
    id: refund.id,
    orderId: order.id,
    merchantId: order.merchantId,
    accountId: refund.accountId,
    tradeNo: refund.tradeNo,
    amountMinor: refund.money.amountMinor,
    currency: refund.money.currency,
    state: refund.state,
    method: refund.method,
    keys: refund.keys,
    reason: refund.reason,
    refundNo: refund.refundNo,
    refusal: refund.refusal,
    askedAtMs: refund.askedAtMs,
    settledAtMs: refund.settledAtMs,
    version: order.version,
    tries: 0,
    // Whoever began it asks at once; the schedule is for when they could not.
    askAtMs: refund.state === "asked" ? refund.askedAtMs + refundPatienceMs(1) : null,
  }));
}

export interface RefundQuery {
  readonly merchantId: MerchantId;
  readonly state: RefundState | undefined;
  readonly after: { readonly askedAtMs: number; readonly id: RefundId } | null;
  readonly limit: number;
}

export function makeRefunds(db: Db) {
  return {
    /** Newest first. */
    list({ merchantId, state, after, limit }: RefundQuery): Promise<RefundRow[]> {
      return db
        .select()
        .from(refunds)
        .where(
          and(
            eq(refunds.merchantId, merchantId),
            state && eq(refunds.state, state),
            after === null
              ? undefined
              : sql`(${refunds.askedAtMs}, ${refunds.id}) < (${after.askedAtMs}, ${after.id})`,
          ),
        )
        .orderBy(desc(refunds.askedAtMs), desc(refunds.id))
        .limit(limit);
    },

    /** Those that are due, moved on to their next try in the same transaction: each is given to one. */
    async claimDue(nowMs: number, limit: number): Promise<{ id: RefundId; orderId: OrderId }[]> {
      const due = await db
        .select({ id: refunds.id, tries: refunds.tries })
        .from(refunds)
        .where(lte(refunds.askAtMs, nowMs))
        .orderBy(asc(refunds.askAtMs))
        .limit(limit);
      const [first, ...others] = due.map(({ id, tries }) =>
        db
          .update(refunds)
          .set({ tries: tries + 1, askAtMs: nowMs + refundPatienceMs(tries + 2) })
          .where(and(eq(refunds.id, id), eq(refunds.tries, tries), lte(refunds.askAtMs, nowMs)))
          .returning({ id: refunds.id, orderId: refunds.orderId }),
      );
      return first === undefined ? [] : (await db.batch([first, ...others])).flat();
    },
  };
}
