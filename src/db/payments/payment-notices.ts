import { and, desc, eq, gte, inArray, lt, or, sql, type SQL } from "drizzle-orm";
import type { AccountId, MerchantId, NoticeId } from "../../domain/ids.ts";
import type { NoticeCheck, NoticeVerdict } from "../../domain/payments/notice.ts";
import type { NoticeRow } from "../../domain/payments/notice-row.ts";
import type { NoticeBook } from "../../flows/payments/notice-ports.ts";
import { paymentAccounts } from "./accounts-schema.ts";
import { auditIfChanged } from "../audit-log.ts";
import { insertFromJson, jsonChunks } from "../bulk.ts";
import type { Db } from "../db.ts";
import { paymentNotices } from "./notices-schema.ts";

/** Where a page ended: the newest come first. */
export interface NoticeCursor {
  readonly receivedAtMs: number;
  readonly id: NoticeId;
}

export interface NoticeQuery {
  readonly merchantId: MerchantId;
  readonly accountId?: AccountId | undefined;
  readonly gateway?: string | undefined;
  readonly tradeNo?: string | undefined;
  readonly orderRef?: string | undefined;
  readonly verdict?: NoticeVerdict | undefined;
  readonly failed?: NoticeCheck | undefined;
  readonly matched?: boolean | undefined;
  readonly attention?: boolean | undefined;
  readonly genuine?: boolean | undefined;
  /** Received first at or after. */
  readonly fromMs?: number | undefined;
  /** Received first before. */
  readonly toMs?: number | undefined;
  readonly cursor?: NoticeCursor | undefined;
  readonly limit: number;
}

/**
 * The same notice again is counted; what was made of it last is what stands, but for a signature that was
 * verified once. The raw material of the first time stays, with its time: by that its age is judged.
 */
const WRITE = `${insertFromJson(paymentNotices)} ON CONFLICT ("id") DO UPDATE SET
  "times" = "payment_notices"."times" + excluded."times",
  "last_received_at_ms" = max("payment_notices"."last_received_at_ms", excluded."last_received_at_ms"),
  "verdict" = excluded."verdict", "matched" = excluded."matched", "attention" = excluded."attention",
  "checks" = iif("payment_notices"."checks" ->> '$[0].result' = 'passed' AND excluded."checks" ->> '$[0].result' = 'unsigned',
    json_set(excluded."checks", '$[0].result', 'passed'), excluded."checks"),
  "source" = iif(excluded."source" = 'notice', 'notice', "payment_notices"."source"), "expires_at_ms" = excluded."expires_at_ms",
  "sealed_raw" = coalesce("payment_notices"."sealed_raw", excluded."sealed_raw")`;

/** All but the newest of what nobody signed, for one account. */
const TRIM = `DELETE FROM "payment_notices" WHERE "id" IN (
  SELECT "id" FROM "payment_notices" WHERE "account_id" = ?1 AND "genuine" = 0
  ORDER BY "received_at_ms" DESC LIMIT -1 OFFSET ?2)`;

/** In the words of the partial index. A refund's row is named by payment and refund. */
const UNHEARD = `UPDATE "payment_notices" SET "replayed_at_ms" = ?1 WHERE "id" IN (
    SELECT n."id" FROM "payment_notices" n INDEXED BY "payment_notices_unheard"
    WHERE n."verdict" = 'refunded' AND n."attention" = 1 AND n."matched" IS NULL
      AND n."received_at_ms" >= ?2 AND coalesce(n."replayed_at_ms", 0) <= ?1 - max(?3, (?1 - n."received_at_ms") / 4)
      AND EXISTS (SELECT 1 FROM "payments" p WHERE p."account_id" = n."account_id"
        AND p."trade_no" = substr(n."trade_no", 1, instr(n."trade_no" || '/', '/') - 1)
        AND p."kind" = 'payment')
    ORDER BY n."received_at_ms" LIMIT ?4)
  RETURNING "id"`;

export interface Notices extends NoticeBook {
  /** Rows of different ids. Of forged ones an account keeps the newest `forgedMax`. */
  write(rows: readonly NoticeRow[], forgedMax: number): Promise<void>;
  /** Newest first. */
  list(query: NoticeQuery): Promise<NoticeRow[]>;
  /** Those whose time has come, the longest first; answers how many. */
  forgetExpired(nowMs: number, limit: number): Promise<number>;
}

/** The inbox in D1. Bulk writes go past Drizzle, whose statements bind each value. */
export function makeNoticeBook(db: Db & { readonly $client: D1Database }): Notices {
  const d1 = db.$client;
  return {
    async write(rows, forgedMax) {
      if (rows.length === 0) return;
      const writes = jsonChunks(rows).map((json) => d1.prepare(WRITE).bind(json));
      const forged = rows.filter(({ genuine }) => !genuine).map(({ accountId }) => accountId);
      const trims = [...new Set(forged)].map((id) => d1.prepare(TRIM).bind(id, forgedMax));
      await d1.batch([...writes, ...trims]);
    },

    list: (query) =>
      db
        .select()
        .from(paymentNotices)
        .where(and(...conditions(db, query)))
        .orderBy(desc(paymentNotices.receivedAtMs), desc(paymentNotices.id))
        .limit(query.limit),

    async byId(merchantId, id) {
      const own = and(eq(paymentNotices.merchantId, merchantId), eq(paymentNotices.id, id));
      const [row] = await db.select().from(paymentNotices).where(own);
      return row ?? null;
    },

    async claimUnheard({ nowMs, fromMs, againAfterMs }, limit) {
      const claimed = await d1
        .prepare(UNHEARD)
        .bind(nowMs, fromMs, againAfterMs, limit)
        .all<{ id: NoticeId }>();
      const ids = claimed.results.map(({ id }) => id);
      if (ids.length === 0) return [];
      return db.select().from(paymentNotices).where(inArray(paymentNotices.id, ids));
    },

    async rejudge(id, judgement, audit) {
      await db.batch([
        db
          .update(paymentNotices)
          .set({ ...judgement, replayedAtMs: audit.atMs })
          .where(eq(paymentNotices.id, id)),
        auditIfChanged(db, audit),
      ]);
    },

    async forgetExpired(nowMs, limit) {
      const expired = db
        .select({ id: paymentNotices.id })
        .from(paymentNotices)
        .where(lt(paymentNotices.expiresAtMs, nowMs))
        .orderBy(paymentNotices.expiresAtMs)
        .limit(limit);
      const { meta } = await db
        .delete(paymentNotices)
        .where(inArray(paymentNotices.id, expired))
        .run();
      return meta.changes;
    },
  };
}

/** What fails of a notice that no person need look at: those of any other are found by `attention`. */
const ORDINARY_FAILURES: ReadonlySet<NoticeCheck> = new Set([
  "status",
  "signature",
  "form",
  "order",
]);

function conditions(db: Db, query: NoticeQuery): (SQL | undefined)[] {
  const { merchantId, failed, cursor, gateway } = query;
  const row = paymentNotices;
  const attention = failed !== undefined && !ORDINARY_FAILURES.has(failed) ? true : query.attention;
  return [
    eq(row.merchantId, merchantId),
    // In the words of the partial index.
    attention === undefined ? undefined : attention ? sql`"attention" = 1` : sql`"attention" = 0`,
    query.accountId && eq(row.accountId, query.accountId),
    gateway === undefined ? undefined : inArray(row.accountId, accountsOf(db, merchantId, gateway)),
    // A refund's row is named by payment and refund: who looks for the payment finds both.
    query.tradeNo === undefined
      ? undefined
      : or(
          eq(row.tradeNo, query.tradeNo),
          and(gte(row.tradeNo, `${query.tradeNo}/`), lt(row.tradeNo, `${query.tradeNo}0`)),
        ),
    query.orderRef === undefined ? undefined : eq(row.orderRef, query.orderRef),
    query.verdict === undefined ? undefined : eq(row.verdict, query.verdict),
    failed &&
      sql`EXISTS (SELECT 1 FROM json_each(${row.checks}) WHERE value ->> 'check' = ${failed} AND value ->> 'result' = 'failed')`,
    query.matched === undefined ? undefined : eq(row.matched, query.matched),
    query.genuine === undefined ? undefined : eq(row.genuine, query.genuine),
    query.fromMs === undefined ? undefined : gte(row.receivedAtMs, query.fromMs),
    query.toMs === undefined ? undefined : lt(row.receivedAtMs, query.toMs),
    cursor && sql`(${row.receivedAtMs}, ${row.id}) < (${cursor.receivedAtMs}, ${cursor.id})`,
  ];
}

function accountsOf(db: Db, merchantId: MerchantId, gateway: string) {
  return db
    .select({ id: paymentAccounts.id })
    .from(paymentAccounts)
    .where(and(eq(paymentAccounts.merchantId, merchantId), eq(paymentAccounts.gateway, gateway)));
}
