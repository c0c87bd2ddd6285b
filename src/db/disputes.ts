import { and, desc, eq, sql } from "drizzle-orm";
import type { Dispute, DisputeState, DisputeTold } from "../domain/dispute.ts";
import { newId, type DisputeId, type MerchantId, type OrderId } from "../domain/ids.ts";
import type { DisputeBook } from "../flows/dispute-ports.ts";
import type { Db } from "./db.ts";
import { disputes } from "./disputes-schema.ts";

export interface DisputeQuery {
  readonly merchantId: MerchantId;
  readonly state: DisputeState | undefined;
  readonly after: { readonly openedAtMs: number; readonly id: DisputeId } | null;
  readonly limit: number;
}

export interface Disputes extends DisputeBook {
  /** Newest first. */
  list(query: DisputeQuery): Promise<Dispute[]>;
  byId(merchantId: MerchantId, id: DisputeId): Promise<Dispute | null>;
}

/**
 * Where the gateway named no order, the book of payments knows whose its number is. Columns are written out:
 * Drizzle names no table where there is one, and inside the subquery they would be the payment's.
 */
const ORDER = sql<OrderId | null>`coalesce("disputes"."order_id", (SELECT "p"."order_id" FROM "payments" AS "p"
  WHERE "p"."account_id" = "disputes"."account_id" AND "p"."trade_no" = "disputes"."trade_no"
  AND "p"."kind" = 'payment' LIMIT 1))`;

export function makeDisputes(db: Db): Disputes {
  const select = () => db.select({ row: disputes, orderId: ORDER }).from(disputes);
  return {
    async tell(told) {
      const row = await rowOf(told);
      await db
        .insert(disputes)
        .values(row)
        .onConflictDoUpdate({
          target: disputes.id,
          // In whichever order they come: one that has ended is not open again.
          set: {
            state: sql`CASE WHEN excluded."state" = 'opened' THEN "disputes"."state" ELSE excluded."state" END`,
            settledAtMs: sql`coalesce("disputes"."settled_at_ms", excluded."settled_at_ms")`,
            openedAtMs: sql`min("disputes"."opened_at_ms", excluded."opened_at_ms")`,
            orderId: sql`coalesce("disputes"."order_id", excluded."order_id")`,
            amountMinor: sql`coalesce("disputes"."amount_minor", excluded."amount_minor")`,
            currency: sql`coalesce("disputes"."currency", excluded."currency")`,
          },
        });
    },

    async list({ merchantId, state, after, limit }) {
      const rows = await select()
        .where(
          and(
            eq(disputes.merchantId, merchantId),
            state && eq(disputes.state, state),
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
  };
}

function disputeOf(found: { row: typeof disputes.$inferSelect; orderId: OrderId | null }): Dispute {
  const { amountMinor, currency, ...row } = found.row;
  const money = amountMinor === null || currency === null ? null : { amountMinor, currency };
  return { ...row, orderId: found.orderId, money };
}
