import { and, asc, desc, eq, isNull, lt, lte, not, sql } from "drizzle-orm";
import type { Dispute, DisputeState, DisputeTold } from "../../domain/payments/dispute.ts";
import {
  newId,
  type AccountId,
  type DisputeId,
  type MerchantId,
  type OrderId,
} from "../../domain/ids.ts";
import { refundPatienceMs } from "../../domain/payments/refund.ts";
import type {
  DisputeBook,
  DisputeSchedule,
  EvidenceBook,
  TaskChange,
} from "../../flows/disputes/dispute-ports.ts";
import type { Db } from "../db.ts";
import { disputes } from "./disputes-schema.ts";
import { tasks } from "../payments/tasks-schema.ts";

/** An order that nobody has named in so long is another system's: a person sees the case without one. */
const LOOKED_FOR_MS = 30 * 24 * 3_600_000;

export interface DisputeQuery {
  readonly merchantId: MerchantId;
  readonly state: DisputeState | undefined;
  readonly accountId: AccountId | undefined;
  readonly orderId: string | undefined;
  readonly tradeNo: string | undefined;
  readonly reason: string | undefined;
  readonly dueBeforeMs: number | undefined;
  readonly after: { readonly openedAtMs: number; readonly id: DisputeId } | null;
  readonly limit: number;
}

export interface Disputes extends DisputeBook, DisputeSchedule, EvidenceBook {
  /** Newest first. */
  list(query: DisputeQuery): Promise<Dispute[]>;
  byId(merchantId: MerchantId, id: DisputeId): Promise<Dispute | null>;
}

/**
 * Where the gateway named no order, the book of payments knows whose its number is: of several the one that it paid,
 * and not those at which the number was shown again. Columns are written out:
 * Drizzle names no table where there is one, and inside the subquery they would be the payment's.
 */
const ORDER = sql<OrderId | null>`coalesce("disputes"."order_id", (SELECT "p"."order_id" FROM "payments" AS "p"
  WHERE "p"."account_id" = "disputes"."account_id" AND "p"."trade_no" = "disputes"."trade_no"
  AND "p"."kind" = 'payment' ORDER BY "p"."verdict" = 'trade_reused', "p"."reported_at_ms" LIMIT 1))`;

/** wordThatHolds (src/domain/payments/dispute.ts): whether what is told now holds over what is known. */
const HOLDS = sql`(excluded."state" <> 'opened', excluded."said_at_ms", excluded."state" = 'lost')
  > ("disputes"."state" <> 'opened', "disputes"."said_at_ms", "disputes"."state" = 'lost')`;
const toldOrKnown = (column: string) =>
  sql`CASE WHEN ${HOLDS} THEN excluded.${sql.identifier(column)}
    ELSE "disputes".${sql.identifier(column)} END`;

export function makeDisputes(db: Db): Disputes {
  const select = () => db.select({ row: disputes, orderId: ORDER }).from(disputes);
  const byRow = async (id: DisputeId): Promise<Dispute | null> => {
    const [found] = await select().where(eq(disputes.id, id));
    return found === undefined ? null : disputeOf(found);
  };
  return {
    async tell(told) {
      const row = await rowOf(told);
      await db
        .insert(disputes)
        .values(row)
        .onConflictDoUpdate({
          target: disputes.id,
          // In whichever order they come, the end is the same.
          set: {
            state: toldOrKnown("state"),
            saidAtMs: toldOrKnown("said_at_ms"),
            settledAtMs: toldOrKnown("settled_at_ms"),
            lookAtMs: toldOrKnown("look_at_ms"),
            looks: sql`CASE WHEN ${HOLDS} THEN 0 ELSE "disputes"."looks" END`,
            reason: sql`coalesce("disputes"."reason", excluded."reason")`,
            evidenceDueAtMs: sql`max(coalesce("disputes"."evidence_due_at_ms", excluded."evidence_due_at_ms"),
              coalesce(excluded."evidence_due_at_ms", "disputes"."evidence_due_at_ms"))`,
            openedAtMs: sql`min("disputes"."opened_at_ms", excluded."opened_at_ms")`,
            orderId: sql`coalesce("disputes"."order_id", excluded."order_id")`,
            amountMinor: sql`coalesce("disputes"."amount_minor", excluded."amount_minor")`,
            currency: sql`coalesce("disputes"."currency", excluded."currency")`,
          },
        });
      const known = await byRow(row.id);
      if (known === null) throw new Error("a dispute that was written is not there");
      return known;
    },

    async heard({ id, state, saidAtMs }, change) {
      const isStill = and(
        eq(disputes.id, id),
        eq(disputes.state, state),
        eq(disputes.saidAtMs, saidAtMs),
      );
      const told = db.update(disputes).set({ lookAtMs: null }).where(isStill);
      if (change === null) await told;
      else await db.batch([...changeTask(db, change), told]);
    },

    async evidenceSent(id, atMs) {
      const unsent = and(eq(disputes.id, id), isNull(disputes.evidenceSentAtMs));
      await db.update(disputes).set({ evidenceSentAtMs: atMs }).where(unsent);
    },

    async claimDue(nowMs, limit) {
      const due = await db
        .select({ id: disputes.id, looks: disputes.looks, openedAtMs: disputes.openedAtMs })
        .from(disputes)
        .where(lte(disputes.lookAtMs, nowMs))
        .orderBy(asc(disputes.lookAtMs))
        .limit(limit);
      const [first, ...others] = due.map(({ id, looks, openedAtMs }) => {
        const lookAtMs =
          nowMs - openedAtMs > LOOKED_FOR_MS ? null : nowMs + refundPatienceMs(looks + 1);
        return db
          .update(disputes)
          .set({ looks: looks + 1, lookAtMs })
          .where(and(eq(disputes.id, id), lte(disputes.lookAtMs, nowMs)))
          .returning({ id: disputes.id });
      });
      const claimed = first === undefined ? [] : (await db.batch([first, ...others])).flat();
      const found = await Promise.all(claimed.map(({ id }) => byRow(id)));
      return found.filter((dispute) => dispute !== null);
    },

    async list({ merchantId, state, after, limit, ...wanted }) {
      const { accountId, orderId, tradeNo, reason, dueBeforeMs } = wanted;
      const rows = await select()
        .where(
          and(
            eq(disputes.merchantId, merchantId),
            state && eq(disputes.state, state),
            accountId === undefined ? undefined : eq(disputes.accountId, accountId),
            orderId === undefined ? undefined : sql`${ORDER} = ${orderId}`,
            tradeNo === undefined ? undefined : eq(disputes.tradeNo, tradeNo),
            reason === undefined ? undefined : eq(disputes.reason, reason),
            dueBeforeMs === undefined ? undefined : lt(disputes.evidenceDueAtMs, dueBeforeMs),
            after === null
              ? undefined
              : sql`(${disputes.openedAtMs}, ${disputes.id}) < (${after.openedAtMs}, ${after.id})`,
          ),
        )
        .orderBy(desc(disputes.openedAtMs), desc(disputes.id))
        .limit(limit);
      return rows.map(disputeOf);
    },

    async byId(merchantId, id) {
      const own = and(eq(disputes.merchantId, merchantId), eq(disputes.id, id));
      const [found] = await select().where(own);
      return found === undefined ? null : disputeOf(found);
    },
  };
}

/**
 * A person has a task while a dispute is open, with the deadline of its evidence. One that they have dealt with stays
 * so. It ends by itself once no dispute of that payment is open; asked of the rows in the same batch, so that a word
 * that others have overtaken meanwhile leaves none behind.
 */
function changeTask(db: Db, { dispute, about, atMs }: TaskChange) {
  const { merchantId, accountId, tradeNo, evidenceDueAtMs: dueAtMs } = dispute;
  const { orderId, paidAtMs, money } = about;
  const named = { orderId, accountId, tradeNo, reason: "disputed" } as const;
  const task = { ...named, merchantId, ...money, paidAtMs, dueAtMs, because: dispute.reason };
  const ofPayment = and(
    eq(tasks.orderId, orderId),
    eq(tasks.accountId, accountId),
    eq(tasks.tradeNo, tradeNo),
    eq(tasks.reason, "disputed"),
  );
  const isOpen = sql`EXISTS (SELECT 1 FROM "disputes" AS "d" WHERE "d"."merchant_id" = ${merchantId}
    AND "d"."account_id" = ${accountId} AND "d"."trade_no" = ${tradeNo} AND "d"."state" = 'opened')`;
  const end = { state: "done", doneAtMs: atMs } as const;
  return [
    db
      .insert(tasks)
      .values({ ...task, state: "open" })
      .onConflictDoNothing(),
    db
      .update(tasks)
      .set(end)
      .where(and(ofPayment, eq(tasks.state, "open"), not(isOpen))),
  ] as const;
}

async function rowOf(told: DisputeTold): Promise<typeof disputes.$inferSelect> {
  const { toldAtMs, money, ...named } = told;
  const name = new TextEncoder().encode(`${told.accountId}\0${told.disputeNo}`);
  return {
    ...named,
    id: newId("dispute", new Uint8Array(await crypto.subtle.digest("SHA-256", name))),
    amountMinor: money?.amountMinor ?? null,
    currency: money?.currency ?? null,
    openedAtMs: toldAtMs,
    settledAtMs: told.state === "opened" ? null : toldAtMs,
    // Whoever was told tells the order at once; the schedule is for when they could not.
    lookAtMs: toldAtMs + refundPatienceMs(1),
    looks: 0,
    evidenceSentAtMs: null,
  };
}

function disputeOf(found: { row: typeof disputes.$inferSelect; orderId: OrderId | null }): Dispute {
  const { amountMinor, currency, lookAtMs: _look, looks: _looks, ...row } = found.row;
  const money = amountMinor === null || currency === null ? null : { amountMinor, currency };
  return { ...row, orderId: found.orderId, money };
}
