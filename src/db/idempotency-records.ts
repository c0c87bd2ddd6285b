import { and, asc, eq, lt, sql } from "drizzle-orm";
import type { MerchantId } from "../domain/ids.ts";
import type { Db } from "./db.ts";
import { idempotencyRecords } from "./schema.ts";

/** One attempt, as its Idempotency-Key names it. */
export interface Attempt {
  readonly merchantId: MerchantId;
  readonly operation: string;
  readonly key: string;
  /** Keyed digest of the body: the same key with another body is told by it. */
  readonly bodyHash: string;
}

/** The first answer, sealed: some answers show a secret once (a new token). */
export interface FirstAnswer {
  readonly status: number;
  readonly sealedBody: string;
}

export type Claim =
  /** Nobody has answered yet: do it (again). What is done must bear being done twice. */
  { kind: "open" } | { kind: "answered"; answer: FirstAnswer } | { kind: "reused" };

/** Status of a claim whose answer is not known: under way, or its Worker died. */
const UNANSWERED = 0;

export function makeIdempotencyRecords(db: Db) {
  const named = ({ merchantId, operation, key }: Attempt) =>
    and(
      eq(idempotencyRecords.merchantId, merchantId),
      eq(idempotencyRecords.operation, operation),
      eq(idempotencyRecords.key, key),
    );
  const unanswered = (attempt: Attempt) =>
    and(named(attempt), eq(idempotencyRecords.status, UNANSWERED));

  return {
    /** Before the work, so that a key is bound to its body even if the Worker dies on the way. */
    async claim(attempt: Attempt, nowMs: number): Promise<Claim> {
      const blank = { status: UNANSWERED, response: "", createdAtMs: nowMs };
      const [, [row]] = await db.batch([
        db
          .insert(idempotencyRecords)
          .values({ ...attempt, ...blank })
          .onConflictDoNothing(),
        db.select().from(idempotencyRecords).where(named(attempt)),
      ]);
      if (row === undefined || row.bodyHash !== attempt.bodyHash) return { kind: "reused" };
      if (row.status === UNANSWERED) return { kind: "open" };
      return { kind: "answered", answer: { status: row.status, sealedBody: row.response } };
    },

    /** The first answer stands: false where another was given meanwhile, which is the one to give. */
    async answer(attempt: Attempt, { status, sealedBody }: FirstAnswer): Promise<boolean> {
      const written = await db
        .update(idempotencyRecords)
        .set({ status, response: sealedBody })
        .where(unanswered(attempt))
        .returning({ key: idempotencyRecords.key });
      return written.length > 0;
    },

    /** After a refusal nothing was done: the key is free for a body that fits better. */
    async release(attempt: Attempt): Promise<void> {
      await db.delete(idempotencyRecords).where(unanswered(attempt));
    },

    /** Old answers, the oldest first and at most `limit` of them. Answers how many went. */
    async forgetBefore(beforeMs: number, limit: number): Promise<number> {
      const old = db
        .select({ row: sql`rowid` })
        .from(idempotencyRecords)
        .where(lt(idempotencyRecords.createdAtMs, beforeMs))
        .orderBy(asc(idempotencyRecords.createdAtMs))
        .limit(limit);
      const { meta } = await db.delete(idempotencyRecords).where(sql`rowid IN ${old}`);
      return meta.changes;
    },
  };
}
