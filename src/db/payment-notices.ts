import { and, desc, eq, lt, or } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import type { MerchantId, NoticeId } from "../domain/ids.ts";
import type { NoticeInbox } from "../flows/ports.ts";
import { paymentNotices } from "./schema.ts";

export type KeptNotice = typeof paymentNotices.$inferSelect;

/** Where a page ended: the newest come first. */
export interface NoticeCursor {
  readonly receivedAtMs: number;
  readonly id: NoticeId;
}

export interface Notices extends NoticeInbox {
  /** At most `limit` notices of the merchant, newest first, older than `after`. */
  list(
    merchantId: MerchantId,
    after: NoticeCursor | null,
    limit: number,
  ): Promise<readonly KeptNotice[]>;
}

export function makeNoticeInbox(db: DrizzleD1Database): Notices {
  return {
    async keep(notice) {
      // The same account, trade, order and verdict are one row, however often the gateway repeats.
      await db.insert(paymentNotices).values(notice).onConflictDoNothing();
    },
    list: (merchantId, after, limit) =>
      db
        .select()
        .from(paymentNotices)
        .where(and(eq(paymentNotices.merchantId, merchantId), olderThan(after)))
        .orderBy(desc(paymentNotices.receivedAtMs), desc(paymentNotices.id))
        .limit(limit),
  };
}

function olderThan(cursor: NoticeCursor | null) {
  if (cursor === null) return undefined;
  const { receivedAtMs, id } = paymentNotices;
  return or(
    lt(receivedAtMs, cursor.receivedAtMs),
    and(eq(receivedAtMs, cursor.receivedAtMs), lt(id, cursor.id)),
  );
}
