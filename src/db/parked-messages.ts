import { and, asc, count, eq, inArray, lte } from "drizzle-orm";
import type { Db } from "./db.ts";
import { parkedMessages } from "./parked-schema.ts";

export interface ParkedMessage {
  readonly id: string;
  readonly queue: string;
  readonly body: unknown;
  readonly parkedAtMs: number;
}

export interface ParkedMessages {
  /** The same subject parked twice is one row, parked since the first time. */
  park(messages: readonly ParkedMessage[]): Promise<void>;
  /** Those of `queue` parked at or before, the oldest first. */
  parkedBefore(queue: string, atMs: number, limit: number): Promise<ParkedMessage[]>;
  remove(ids: readonly string[]): Promise<void>;
  count(): Promise<number>;
}

/** Four columns of 100 bound parameters. */
const INSERT_ROWS_MAX = 25;
const IDS_MAX = 100;

export function makeParkedMessages(db: Db): ParkedMessages {
  return {
    async park(messages) {
      for (let at = 0; at < messages.length; at += INSERT_ROWS_MAX) {
        // Consumers see at most 100 messages at a time: four statements, one after the other.
        // oxlint-disable-next-line no-await-in-loop
        await db
          .insert(parkedMessages)
          .values(messages.slice(at, at + INSERT_ROWS_MAX))
          .onConflictDoNothing();
      }
    },

    parkedBefore: (queue, atMs, limit) =>
      db
        .select()
        .from(parkedMessages)
        .where(and(eq(parkedMessages.queue, queue), lte(parkedMessages.parkedAtMs, atMs)))
        .orderBy(asc(parkedMessages.parkedAtMs))
        .limit(Math.min(limit, IDS_MAX)),

    async remove(ids) {
      if (ids.length === 0) return;
      await db.delete(parkedMessages).where(inArray(parkedMessages.id, ids.slice(0, IDS_MAX)));
    },

    async count() {
      const [parked] = await db.select({ rows: count() }).from(parkedMessages);
      return parked?.rows ?? 0;
    },
  };
}
