import { and, asc, count, desc, eq, inArray, lte, min, ne, sql } from "drizzle-orm";
import { MAIL_ATTEMPTS_MAX, type DeliveryState } from "../../domain/mail/delivery.ts";
import { deliveryId, type DeliveryId, type OrderId } from "../../domain/ids.ts";
import type { Deliveries } from "../../flows/ports.ts";
import type { Db } from "../db.ts";
import { newDelivery } from "./order-book.ts";
import { deliveries } from "../schema.ts";

export type DeliveryRow = typeof deliveries.$inferSelect;

export interface DeliveryBook extends Deliveries {
  /** Every mail of an order, oldest first. */
  ofOrder(orderId: OrderId): Promise<DeliveryRow[]>;
  /** Ids of mails that should be under way and are not: at most `limit`, the longest due first. */
  due(nowMs: number, limit: number): Promise<DeliveryId[]>;
  /** For readiness: since when the oldest of those has been due, null when there is none. */
  oldestDueAtMs(nowMs: number): Promise<number | null>;
  countFailed(): Promise<number>;
  /** Its message ran out of tries in the queue: the schedule takes it up, or it has failed for good. */
  deadLettered(id: DeliveryId, dueAtMs: number): Promise<void>;
}

const OPEN = ["queued", "retrying", "sending"] as const;
const ERROR_CHARACTERS_MAX = 200;

/** The claim is one conditional UPDATE: of two that want a delivery, D1 lets one change the row. */
export function makeDeliveries(db: Db): DeliveryBook {
  return {
    async claim(id, nowMs, leaseMs) {
      const [row] = await db
        .update(deliveries)
        .set({
          state: "sending",
          attempts: sql`${deliveries.attempts} + 1`,
          dueAtMs: nowMs + leaseMs,
        })
        .where(and(eq(deliveries.id, id), isDue(nowMs)))
        .returning();
      return row ?? null;
    },

    // Not fenced: whoever's attempt it was, the mail is out.
    async sent(id, { sender, messageId }, nowMs) {
      await db
        .update(deliveries)
        .set({ state: "sent", sender, messageId, lastError: null, sentAtMs: nowMs })
        .where(and(eq(deliveries.id, id), ne(deliveries.state, "sent")));
    },

    async retry(claimed, reason, dueAtMs) {
      await db
        .update(deliveries)
        .set({ state: "retrying", dueAtMs, lastError: clip(reason) })
        .where(stillMine(claimed));
    },

    async failed(claimed, reason) {
      await db
        .update(deliveries)
        .set({ state: "failed", lastError: clip(reason) })
        .where(stillMine(claimed));
    },

    async superseded(claimed, reason) {
      await db
        .update(deliveries)
        .set({ state: "superseded", lastError: clip(reason) })
        .where(stillMine(claimed));
    },

    async postpone(id, reason, dueAtMs) {
      await db
        .update(deliveries)
        .set({ dueAtMs, lastError: clip(reason) })
        .where(and(eq(deliveries.id, id), inArray(deliveries.state, ["queued", "retrying"])));
    },

    async addRound({ merchantId, orderId, purpose }, nowMs) {
      const [last] = await db
        .select({ id: deliveries.id, round: deliveries.round, state: deliveries.state })
        .from(deliveries)
        .where(and(eq(deliveries.orderId, orderId), eq(deliveries.purpose, purpose)))
        .orderBy(desc(deliveries.round))
        .limit(1);
      if (last && isOpen(last.state)) {
        await db
          .update(deliveries)
          .set({ dueAtMs: nowMs })
          .where(
            and(eq(deliveries.id, last.id), inArray(deliveries.state, ["queued", "retrying"])),
          );
        return last.id;
      }
      const round = (last?.round ?? -1) + 1;
      // Two people who ask at the same moment wish for the same mail: both get this round.
      await db
        .insert(deliveries)
        .values(newDelivery({ merchantId, orderId, purpose, round }, nowMs))
        .onConflictDoNothing();
      return deliveryId(orderId, purpose, round);
    },

    ofOrder: (orderId) =>
      db
        .select()
        .from(deliveries)
        .where(eq(deliveries.orderId, orderId))
        .orderBy(asc(deliveries.createdAtMs), asc(deliveries.id)),

    async due(nowMs, limit) {
      const rows = await db
        .select({ id: deliveries.id })
        .from(deliveries)
        .where(isDue(nowMs))
        .orderBy(asc(deliveries.dueAtMs))
        .limit(limit);
      return rows.map((row) => row.id);
    },

    async oldestDueAtMs(nowMs) {
      const [oldest] = await db
        .select({ dueAtMs: min(deliveries.dueAtMs) })
        .from(deliveries)
        .where(isDue(nowMs));
      return oldest?.dueAtMs ?? null;
    },

    async countFailed() {
      const [failed] = await db
        .select({ rows: count() })
        .from(deliveries)
        .where(eq(deliveries.state, "failed"));
      return failed?.rows ?? 0;
    },

    async deadLettered(id, dueAtMs) {
      await db
        .update(deliveries)
        .set({
          state: sql`CASE WHEN ${deliveries.attempts} >= ${MAIL_ATTEMPTS_MAX} THEN 'failed' ELSE 'retrying' END`,
          lastError: sql`coalesce(${deliveries.lastError}, 'dead_letter')`,
          dueAtMs,
        })
        .where(and(eq(deliveries.id, id), inArray(deliveries.state, [...OPEN])));
    },
  };
}

/**
 * Queued or waiting to be tried again, and the time has come; or its holder's lease has lapsed. Not of a
 * shop whose merchant has switched mail off: in the claim itself, so that waiting spends no attempt.
 */
function isDue(nowMs: number) {
  return and(
    inArray(deliveries.state, [...OPEN]),
    lte(deliveries.dueAtMs, nowMs),
    // In plain words: Drizzle would leave out the tables' names, and each column would be its own.
    sql`NOT EXISTS (SELECT 1 FROM "merchant_settings" AS "theirs"
      WHERE "theirs"."merchant_id" = "deliveries"."merchant_id"
        AND json_extract("theirs"."settings", '$.switches.mail') = 0)`,
  );
}

/**
 * An attempt that outlived its lease must not undo what a later one wrote: `attempts` grew with
 * every claim, so it tells whose turn it is.
 */
function stillMine(claimed: { readonly id: DeliveryId; readonly attempts: number }) {
  return and(
    eq(deliveries.id, claimed.id),
    eq(deliveries.state, "sending"),
    eq(deliveries.attempts, claimed.attempts),
  );
}

function isOpen(state: DeliveryState): boolean {
  return OPEN.some((open) => open === state);
}

function clip(reason: string): string {
  return reason.slice(0, ERROR_CHARACTERS_MAX);
}
