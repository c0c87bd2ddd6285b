import { and, asc, eq, gt, lte } from "drizzle-orm";
import type { OrderSnapshot } from "../../../durable-objects/product-stock/contract.ts";
import type { AuditEntry } from "../../domain/audit.ts";
import type { MerchantId } from "../../domain/ids.ts";
import { taskReasonOf } from "../../domain/payments/money-policy.ts";
import { refundableMinor } from "../../domain/payments/refund.ts";
import type { Task, TaskEnd } from "../../domain/payments/task.ts";
import { auditIfChanged } from "../audit-log.ts";
import { jsonChunks } from "../bulk.ts";
import type { Db } from "../db.ts";
import { tasks } from "./tasks-schema.ts";

/** One a payment and reason: an order that is booked again adds nothing and moves nothing. */
const OWE = `INSERT INTO "tasks" ("merchant_id", "order_id", "account_id", "trade_no", "reason",
    "amount_minor", "currency", "paid_at_ms", "state", "look_at_ms")
  SELECT value ->> '$.merchantId', value ->> '$.orderId', value ->> '$.accountId',
    value ->> '$.tradeNo', value ->> '$.reason', value ->> '$.amountMinor', value ->> '$.currency',
    value ->> '$.paidAtMs', 'policy', value ->> '$.paidAtMs'
  FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING`;

/** For want of keys nobody need act any more: they came, or there is another reason to act by now. */
const OVERTAKEN = `UPDATE "tasks" SET "state" = 'done', "look_at_ms" = NULL,
    "note" = now.value ->> '$.note', "done_at_ms" = now.value ->> '$.atMs'
  FROM json_each(?1) AS now
  WHERE "tasks"."order_id" = now.value ->> '$.id' AND "reason" = 'unfilled' AND "state" <> 'done'`;

/** What a person was to give back has gone back: the refund itself is in the audit log. */
const GIVEN_BACK = `UPDATE "tasks" SET "state" = 'done', "note" = 'given back',
    "done_at_ms" = now.value ->> '$.atMs'
  FROM json_each(?1) AS now
  WHERE "tasks"."order_id" = now.value ->> '$.orderId' AND "state" = 'open'
    AND "tasks"."account_id" = now.value ->> '$.accountId'
    AND "tasks"."trade_no" = now.value ->> '$.tradeNo'`;

/** What the order book writes beside its orders, in their batch. */
export function taskStatements(
  d1: D1Database,
  orders: readonly OrderSnapshot[],
): D1PreparedStatement[] {
  const rows = orders.flatMap((order) =>
    order.payments.flatMap((payment) => {
      const reason = taskReasonOf(payment, order);
      if (reason === null) return [];
      const { id: orderId, merchantId } = order;
      const { accountId, tradeNo, money, atMs: paidAtMs } = payment;
      return [{ merchantId, orderId, accountId, tradeNo, reason, ...money, paidAtMs }];
    }),
  );
  const overtaken = orders.flatMap((order) => {
    const note = overtakes(order);
    const atMs = order.history.at(-1)?.atMs ?? null;
    return note === null ? [] : [{ id: order.id, note, atMs }];
  });
  return [
    ...jsonChunks(rows).map((json) => d1.prepare(OWE).bind(json)),
    ...jsonChunks(overtaken).map((json) => d1.prepare(OVERTAKEN).bind(json)),
    ...jsonChunks(orders.flatMap(givenBack)).map((json) => d1.prepare(GIVEN_BACK).bind(json)),
  ];
}

/** Payments of which nothing is left, and no refund is under way. */
function givenBack({ id: orderId, payments, refunds = [] }: OrderSnapshot) {
  if (refunds.length === 0) return [];
  return payments.flatMap((payment) => {
    const { accountId, tradeNo } = payment;
    const ofIt = refunds.filter(
      (refund) => refund.accountId === accountId && refund.tradeNo === tradeNo,
    );
    const isUnderWay = ofIt.some(({ state }) => state === "asked");
    if (isUnderWay || refundableMinor(payment, ofIt) > 0) return [];
    const atMs = Math.max(...ofIt.map(({ settledAtMs }) => settledAtMs ?? 0));
    return [{ orderId, accountId, tradeNo, atMs }];
  });
}

/** Why an order that was paid without keys is no task for want of them any more; null where it is, or never was. */
function overtakes(order: OrderSnapshot): string | null {
  const paid = order.payments.find(({ verdict }) => verdict === "unfilled");
  if (paid === undefined) return null;
  if (order.state === "delivered") return "keys came";
  const reason = taskReasonOf(paid, order);
  return reason === "unfilled" ? null : reason;
}

export function makeTasks(db: Db) {
  return {
    /** Those that are due, put off for `leaseMs`: a look that crashes is had again then. */
    async claimDue(nowMs: number, leaseMs: number, limit: number): Promise<Task[]> {
      const due = await db
        .select({ number: tasks.number, lookAtMs: tasks.lookAtMs })
        .from(tasks)
        .where(lte(tasks.lookAtMs, nowMs))
        .orderBy(asc(tasks.lookAtMs))
        .limit(limit);
      const [first, ...others] = due.map(({ number }) =>
        db
          .update(tasks)
          .set({ lookAtMs: nowMs + leaseMs })
          .where(and(eq(tasks.number, number), lte(tasks.lookAtMs, nowMs)))
          .returning(),
      );
      return first === undefined ? [] : (await db.batch([first, ...others])).flat();
    },

    /** A task that a person has dealt with meanwhile stays done. */
    async settle(number: number, end: TaskEnd): Promise<void> {
      await db
        .update(tasks)
        .set({ lookAtMs: null, ...end })
        .where(and(eq(tasks.number, number), eq(tasks.state, "policy")));
    },

    /** Open ones, the oldest first. */
    open(merchantId: MerchantId, after: number, limit: number): Promise<Task[]> {
      return db
        .select()
        .from(tasks)
        .where(
          and(eq(tasks.merchantId, merchantId), eq(tasks.state, "open"), gt(tasks.number, after)),
        )
        .orderBy(asc(tasks.number))
        .limit(limit);
    },

    /** Null where there is no such task. One that is done stays as it was done. */
    async done(number: number, note: string, audit: AuditEntry): Promise<Task | null> {
      const own = and(eq(tasks.merchantId, audit.merchantId), eq(tasks.number, number));
      const [, , found] = await db.batch([
        db
          .update(tasks)
          .set({ state: "done", note, doneAtMs: audit.atMs })
          .where(and(own, eq(tasks.state, "open"))),
        auditIfChanged(db, audit),
        db.select().from(tasks).where(own),
      ]);
      return found[0] ?? null;
    },
  };
}
