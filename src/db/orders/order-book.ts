import { and, asc, desc, eq, gte, lt, sql, type SQL } from "drizzle-orm";
import type { OrderSnapshot } from "../../../durable-objects/product-stock/contract.ts";
import { archivableAtMs } from "../../domain/order/archiving.ts";
import { mailDueAtMs, mailsOwed } from "../../domain/mail/delivery.ts";
import {
  deliveryId,
  type DeliveryId,
  type MerchantId,
  type OrderId,
  type ProductId,
} from "../../domain/ids.ts";
import type { OrderState } from "../../domain/order/order.ts";
import type { OrderBookWriter } from "../../flows/ports.ts";
import { excludedColumns, insertFromJson, jsonChunks } from "../bulk.ts";
import type { Db } from "../db.ts";
import { queryStatements } from "../payments/payment-queries.ts";
import { BOOK_REFUNDS, refundRows } from "../payments/refunds.ts";
import { deliveries, orders } from "../schema.ts";
import { payments } from "../statements/statement-schema.ts";
import { taskStatements } from "../payments/tasks.ts";

/** An order as the order book has it: everything but the keys. */
export type OrderRow = typeof orders.$inferSelect;

export interface OrderQuery {
  readonly merchantId: MerchantId;
  readonly state?: OrderState | undefined;
  /** Normalised. */
  readonly email?: string | undefined;
  readonly productId?: ProductId | undefined;
  /** Placed at or after. */
  readonly fromMs?: number | undefined;
  /** Placed before. */
  readonly toMs?: number | undefined;
  /** The last row of the page before: what comes after it, however many are placed meanwhile. */
  readonly cursor?: OrderCursor | undefined;
  readonly limit: number;
}

export interface OrderCursor {
  readonly placedAtMs: number;
  readonly id: OrderId;
}

/** What a buyer must know to find orders again; an e-mail address alone is never enough. */
export type LookupProof =
  | { readonly orderId: OrderId; readonly email: string }
  | { readonly email: string; readonly lookupHash: string };

export interface OrderBook extends OrderBookWriter {
  /** Newest first. */
  list(query: OrderQuery): Promise<OrderRow[]>;
  byId(merchantId: MerchantId, id: OrderId): Promise<OrderRow | null>;
  /** Paid and waiting for a person's look, the longest first, from after that place. */
  reviews(
    merchantId: MerchantId,
    after: { readonly paidAtMs: number; readonly id: OrderId } | null,
    limit: number,
  ): Promise<OrderRow[]>;
  /** Newest first. */
  lookup(merchantId: MerchantId, proof: LookupProof, limit: number): Promise<OrderRow[]>;
}

/**
 * A version is written once: messages come twice and out of order, and what is older than the row
 * changes nothing.
 */
const UPSERT = `${insertFromJson(orders)}
  ON CONFLICT ("id") DO UPDATE SET ${excludedColumns(orders, ["id"])}
  WHERE excluded."version" > "orders"."version"`;

/**
 * The row is the record that this mail is owed: the second to say so adds nothing. One that was struck off because the
 * order moved on is owed again where it has moved back: a refund that failed, a dispute that was won after all.
 */
const OWE = `${insertFromJson(deliveries)} ON CONFLICT ("id") DO UPDATE SET "state" = excluded."state",
    "attempts" = excluded."attempts", "due_at_ms" = excluded."due_at_ms"
  WHERE "deliveries"."state" = 'superseded' RETURNING "id"`;

/**
 * What was recorded of a payment never changes; that a statement had it is not the order's to say. A refund may learn its
 * number later.
 */
const BOOK_PAYMENTS = `${insertFromJson(payments)}
  ON CONFLICT DO UPDATE SET "refund_no" = excluded."refund_no"
  WHERE "payments"."refund_no" IS NULL AND excluded."refund_no" IS NOT NULL`;

/** The bulk write goes past Drizzle, whose statements bind each value. */
export function makeOrderBook(db: Db & { readonly $client: D1Database }): OrderBook {
  const newestFirst = (where: SQL | undefined, limit: number) =>
    db
      .select()
      .from(orders)
      .where(where)
      .orderBy(desc(orders.placedAtMs), desc(orders.id))
      .limit(limit);

  return {
    async publish(snapshots, nowMs) {
      if (snapshots.length === 0) return [];
      const d1 = db.$client;
      const upserts = jsonChunks(snapshots.map(orderRow)).map((json) =>
        d1.prepare(UPSERT).bind(json),
      );
      const booked = jsonChunks(snapshots.flatMap(moneyRows)).map((json) =>
        d1.prepare(BOOK_PAYMENTS).bind(json),
      );
      const refunded = jsonChunks(snapshots.flatMap(refundRows)).map((json) =>
        d1.prepare(BOOK_REFUNDS).bind(json),
      );
      const owed = snapshots.flatMap((order) => deliveryRows(order, nowMs));
      const owe = jsonChunks(owed).map((json) => d1.prepare(OWE).bind(json));
      // One batch is one transaction: the book never shows a delivered order whose mail is not owed.
      const results = await d1.batch<{ id: DeliveryId }>([
        ...owe,
        ...upserts,
        ...booked,
        ...queryStatements(d1, snapshots, nowMs),
        ...refunded,
        ...taskStatements(d1, snapshots),
      ]);
      return results.slice(0, owe.length).flatMap((result) => result.results.map(({ id }) => id));
    },

    list({ merchantId, state, email, productId, fromMs, toMs, cursor, limit }) {
      return newestFirst(
        and(
          eq(orders.merchantId, merchantId),
          state && eq(orders.state, state),
          email === undefined ? undefined : eq(orders.email, email),
          productId && eq(orders.productId, productId),
          fromMs === undefined ? undefined : gte(orders.placedAtMs, fromMs),
          toMs === undefined ? undefined : lt(orders.placedAtMs, toMs),
          cursor &&
            sql`(${orders.placedAtMs}, ${orders.id}) < (${cursor.placedAtMs}, ${cursor.id})`,
        ),
        limit,
      );
    },

    async byId(merchantId, id) {
      const rows = await newestFirst(and(eq(orders.merchantId, merchantId), eq(orders.id, id)), 1);
      return rows[0] ?? null;
    },

    reviews(merchantId, after, limit) {
      const { paidAtMs, id } = after ?? { paidAtMs: 0, id: "" };
      return db
        .select()
        .from(orders)
        .where(
          and(
            eq(orders.merchantId, merchantId),
            // In the words of the index, which is as long as the queue.
            sql`"review" = 'asked' AND "state" = 'paid'`,
            sql`(${orders.paidAtMs}, ${orders.id}) > (${paidAtMs}, ${id})`,
          ),
        )
        .orderBy(asc(orders.paidAtMs), asc(orders.id))
        .limit(limit);
    },

    lookup(merchantId, proof, limit) {
      return newestFirst(
        and(
          eq(orders.merchantId, merchantId),
          eq(orders.email, proof.email),
          "orderId" in proof
            ? eq(orders.id, proof.orderId)
            : eq(orders.lookupHash, proof.lookupHash),
        ),
        limit,
      );
    },
  };
}

/** Named one by one, so that nothing new in a snapshot (sealed keys above all) drifts into D1. */
function orderRow(order: OrderSnapshot): OrderRow {
  return {
    id: order.id,
    version: order.version,
    merchantId: order.merchantId,
    productId: order.productId,
    productTitle: order.productTitle,
    variantId: order.variantId,
    variantTitle: order.variantTitle,
    quantity: order.quantity,
    unitPriceMinor: order.unitPriceMinor,
    amountMinor: order.amountMinor,
    discountMinor: order.discountMinor,
    feeMinor: order.feeMinor ?? 0,
    currency: order.currency,
    email: order.email,
    locale: order.locale,
    fields: order.fields,
    lookupHash: order.lookupHash,
    paymentAccountId: order.paymentAccountId,
    paymentMethod: order.paymentMethod,
    state: order.state,
    placedAtMs: order.placedAtMs,
    expiresAtMs: order.expiresAtMs,
    paidAtMs: order.paidAtMs,
    deliveredAtMs: order.deliveredAtMs,
    keysDelivered: order.keys.length,
    history: [...order.history],
    payments: [...order.payments],
    archivableAtMs: archivableAtMs(order),
    risk: order.risk ?? null,
    review: order.review ?? null,
  };
}

/** By the gateway's number, so that a statement finds its orders without a look at each. */
function moneyRows(order: OrderSnapshot): (typeof payments.$inferSelect)[] {
  return [...paymentRows(order), ...refundedRows(order)];
}

function paymentRows(order: OrderSnapshot): (typeof payments.$inferSelect)[] {
  return order.payments.map(({ accountId, tradeNo, money, verdict, source, atMs }) => ({
    accountId,
    tradeNo,
    kind: "payment",
    refundRef: "",
    orderId: order.id,
    merchantId: order.merchantId,
    amountMinor: money.amountMinor,
    currency: money.currency,
    verdict,
    source,
    reportedAtMs: atMs,
    statementId: null,
    refundNo: null,
  }));
}

/** Money that has gone back; what is only asked for may come to nothing. */
function refundedRows(order: OrderSnapshot): (typeof payments.$inferSelect)[] {
  const done = (order.refunds ?? []).filter(({ state }) => state === "done");
  return done.map(({ id, accountId, tradeNo, money, method, refundNo, ...at }) => ({
    accountId,
    tradeNo,
    kind: "refund",
    refundRef: id,
    orderId: order.id,
    merchantId: order.merchantId,
    amountMinor: money.amountMinor,
    currency: money.currency,
    verdict: "refunded",
    // What a person gave back by hand is not the gateway's.
    source: method === "hand" ? "merchant" : "notice",
    reportedAtMs: at.settledAtMs ?? at.askedAtMs,
    statementId: null,
    refundNo,
  }));
}

function deliveryRows(order: OrderSnapshot, nowMs: number): (typeof deliveries.$inferSelect)[] {
  const { merchantId, id: orderId } = order;
  return mailsOwed(order).map((mail) => newDelivery({ merchantId, orderId, ...mail }, nowMs));
}

/** A delivery that nobody has tried yet. */
export function newDelivery(
  of: Pick<typeof deliveries.$inferSelect, "merchantId" | "orderId" | "purpose" | "round">,
  nowMs: number,
): typeof deliveries.$inferSelect {
  return {
    ...of,
    id: deliveryId(of.orderId, of.purpose, of.round),
    state: "queued",
    attempts: 0,
    dueAtMs: mailDueAtMs(of.purpose, nowMs),
    sender: null,
    messageId: null,
    lastError: null,
    createdAtMs: nowMs,
    sentAtMs: null,
  };
}
