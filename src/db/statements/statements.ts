import { and, desc, eq, gte, isNotNull, isNull, sql } from "drizzle-orm";
import type { AccountId } from "../../domain/ids.ts";
import { moneyKey, noticeNumber } from "../../domain/statements/judge.ts";
import { STATEMENT_LEASE_MS } from "../../domain/statements/nightly.ts";
import type {
  LoneMoney,
  PausedRun,
  StatementBook,
  StatementPlace,
} from "../../flows/statements/statement-ports.ts";
import { auditIfChanged } from "../audit-log.ts";
import { insertFromJson, jsonChunks } from "../bulk.ts";
import type { Db } from "../db.ts";
import { statementFetches } from "./statement-fetches-schema.ts";
import { bookedMoney, findingRow, startedRow, type BookedRow } from "./statement-rows.ts";
import { statementFindings, statements } from "./statement-schema.ts";

/** A run that has not kept a page for so long broke off. */
const SILENT_MS = 120_000;

/** What another invocation may go on with has not broken off. */
const BROKEN_OFF = `"account_id" = ?1 AND "finished_at_ms" IS NULL AND "progress_at_ms" <= ?2
  AND "resume_at_ms" IS NULL`;
const FORGET_BROKEN_OFF = [
  `DELETE FROM "statement_findings" WHERE "statement_id" IN
     (SELECT "id" FROM "statements" WHERE ${BROKEN_OFF})`,
  `DELETE FROM "statements" WHERE ${BROKEN_OFF}`,
] as const;

const BEGIN = `${insertFromJson(statements)}
  AND NOT EXISTS (SELECT 1 FROM "statements"
    WHERE "account_id" = ?2 AND "finished_at_ms" IS NULL)`;

const NUMBERS = `(SELECT DISTINCT "value" AS "trade_no" FROM json_each(?2)) n`;

// CROSS JOIN holds SQLite to the order: each number is one look into the key.
const BOOKED = `SELECT p."kind", p."trade_no" AS "tradeNo", p."refund_ref" AS "refundRef",
    p."refund_no" AS "refundNo",
    p."order_id" AS "orderId", p."amount_minor" AS "amountMinor", p."currency", p."verdict",
    coalesce(o."keys_delivered", 0) AS "keysDelivered"
  FROM ${NUMBERS} CROSS JOIN "payments" p ON p."account_id" = ?1 AND p."trade_no" = n."trade_no"
    LEFT JOIN "orders" o ON o."id" = p."order_id"`;

/** In this very statement: seen among ours, or found. */
const BEFORE = `SELECT p."kind", p."trade_no" AS "tradeNo", p."refund_ref" AS "refundRef"
    FROM ${NUMBERS} CROSS JOIN "payments" p ON p."account_id" = ?1 AND p."trade_no" = n."trade_no"
    WHERE p."statement_id" = ?3
  UNION SELECT p."kind", p."trade_no", p."refund_no"
    FROM ${NUMBERS} CROSS JOIN "payments" p ON p."account_id" = ?1 AND p."trade_no" = n."trade_no"
    WHERE p."statement_id" = ?3 AND p."refund_no" IS NOT NULL
  UNION SELECT f."movement", f."trade_no", f."refund_ref"
    FROM ${NUMBERS} CROSS JOIN "statement_findings" f
      ON f."account_id" = ?1 AND f."trade_no" = n."trade_no"
    WHERE f."statement_id" = ?3`;

/** The last word of the inbox. "+" keeps SQLite from the index of all that the merchant has. */
const NOTICED = `SELECT n."trade_no" AS "number", i."verdict", max(i."last_received_at_ms")
  FROM ${NUMBERS} CROSS JOIN "payment_notices" i
    ON i."merchant_id" = ?3 AND +i."account_id" = ?1 AND i."trade_no" = n."trade_no"
  WHERE i."genuine" = 1 AND (i."verdict" IN ('unmatched', 'refunded') OR i."verdict" LIKE 'dispute_%')
  GROUP BY n."trade_no"`;

const MARK = `UPDATE "payments" SET "statement_id" = ?2
  FROM (SELECT DISTINCT "value" ->> 'tradeNo' AS "t", "value" ->> 'kind' AS "k",
      "value" ->> 'refundRef' AS "r" FROM json_each(?3)) s
  WHERE "account_id" = ?1 AND "trade_no" = s."t" AND "kind" = s."k" AND "refund_ref" = s."r"`;

const PROGRESS = `UPDATE "statements" SET "rows_done" = ?2, "progress_at_ms" = ?3,
    "place" = coalesce(?4, "place"),
    "resume_at_ms" = CASE WHEN "resume_at_ms" IS NOT NULL THEN ?3 + ${STATEMENT_LEASE_MS} END
  WHERE "id" = ?1`;

const CLAIM_PAUSED = `UPDATE "statements" SET "resume_at_ms" = ?1 + ${STATEMENT_LEASE_MS}
  WHERE "id" = (SELECT "id" FROM "statements" WHERE "resume_at_ms" <= ?1
    ORDER BY "resume_at_ms" LIMIT 1)
  RETURNING "id", "merchant_id" AS "merchantId", "account_id" AS "accountId", "day",
    "started_at_ms" AS "startedAtMs", "place"`;

/** Who died while writing down what the gateway lacks had not written all of it: it is looked for anew. */
const FORGET_MISSING_THERE = `DELETE FROM "statement_findings"
  WHERE "statement_id" = ?1 AND "kind" = 'missing_there'`;

const MISSING_THERE = `SELECT p."kind", p."trade_no" AS "tradeNo", p."refund_ref" AS "refundRef",
    p."refund_no" AS "refundNo",
    p."order_id" AS "orderId", p."amount_minor" AS "amountMinor", p."currency", p."verdict",
    p."reported_at_ms" AS "reportedAtMs", coalesce(o."keys_delivered", 0) AS "keysDelivered"
  FROM "payments" p LEFT JOIN "orders" o ON o."id" = p."order_id"
  WHERE p."account_id" = ?1 AND p."statement_id" IS NULL AND p."source" <> 'merchant'
    AND p."reported_at_ms" >= ?2 AND p."reported_at_ms" < ?3
    AND (p."reported_at_ms", p."trade_no", p."order_id") > (?4, ?5, ?6)
    AND NOT EXISTS (SELECT 1 FROM "statement_findings" f
      WHERE f."account_id" = ?1 AND f."trade_no" = p."trade_no" AND f."movement" = p."kind"
        AND f."refund_ref" IN (p."refund_ref", p."refund_no") AND f."theirs_minor" IS NOT NULL)
  ORDER BY p."reported_at_ms", p."trade_no", p."order_id" LIMIT ?7`;

const NAMED_ORDERS = `SELECT o."payment_account_id" AS "accountId", count(*) AS "rows"
  FROM "statement_findings" f CROSS JOIN "orders" o ON o."id" = f."order_ref" AND o."merchant_id" = ?2
  WHERE f."statement_id" = ?1 AND f."kind" = 'missing_here' AND o."payment_account_id" IS NOT NULL
  GROUP BY 1`;

/** Without its number, which SQLite gives where JSON has none. Of a run that was discarded meanwhile, none. */
const ADD_FINDINGS = `${insertFromJson(statementFindings)}
  AND EXISTS (SELECT 1 FROM "statements" WHERE "id" = ?2)`;

export function makeStatements(db: Db & { readonly $client: D1Database }): StatementBook {
  const d1 = db.$client;
  return {
    async begin(run) {
      const { accountId, startedAtMs } = run;
      const silent = FORGET_BROKEN_OFF.map((statement) =>
        d1.prepare(statement).bind(accountId, startedAtMs - SILENT_MS),
      );
      const row = JSON.stringify([startedRow(run)]);
      const results = await d1.batch([...silent, d1.prepare(BEGIN).bind(row, accountId)]);
      return results.at(-1)?.meta.changes === 1;
    },

    async look({ id, accountId, merchantId }, looked) {
      const numbers = JSON.stringify(looked.map(({ tradeNo }) => tradeNo));
      const told = JSON.stringify(looked.map(noticeNumber));
      const [booked, before, noticed] = await d1.batch([
        d1.prepare(BOOKED).bind(accountId, numbers),
        d1.prepare(BEFORE).bind(accountId, numbers, id),
        d1.prepare(NOTICED).bind(accountId, told, merchantId),
      ]);
      const rows = <Row>(of: D1Result | undefined) => (of?.results ?? []) as Row[];
      return {
        money: rows<BookedRow>(booked).map(bookedMoney),
        before: new Set(rows<Parameters<typeof moneyKey>[0]>(before).map(moneyKey)),
        noticed: new Map(
          rows<{ number: string; verdict: string }>(noticed).map((row) => [
            row.number,
            row.verdict,
          ]),
        ),
      };
    },

    async keep(run, { findings, seen, rowsDone, place }, nowMs) {
      const named = seen.map(({ tradeNo, kind, refundRef }) => ({ tradeNo, kind, refundRef }));
      await d1.batch([
        d1.prepare(PROGRESS).bind(run.id, rowsDone, nowMs, place && JSON.stringify(place)),
        ...jsonChunks(named).map((json) => d1.prepare(MARK).bind(run.accountId, run.id, json)),
        ...jsonChunks(findings.map((each) => findingRow(run, each))).map((json) =>
          d1.prepare(ADD_FINDINGS).bind(json, run.id),
        ),
      ]);
    },

    async missingThere({ accountId, fromMs, toMs }, after, limit) {
      const place = [after?.reportedAtMs ?? 0, after?.tradeNo ?? "", after?.orderRef ?? ""];
      const { results } = await d1
        .prepare(MISSING_THERE)
        .bind(accountId, fromMs, toMs, ...place, limit)
        .all<BookedRow & { readonly reportedAtMs: number }>();
      return results.map((row): LoneMoney => ({
        ...bookedMoney(row),
        reportedAtMs: row.reportedAtMs,
      }));
    },

    async namedOrders({ id, merchantId }) {
      const { results } = await d1
        .prepare(NAMED_ORDERS)
        .bind(id, merchantId)
        .all<{ accountId: AccountId; rows: number }>();
      return new Map(results.map(({ accountId, rows }) => [accountId, rows]));
    },

    async sameFile({ accountId, day }, digest) {
      const [row] = await db
        .select({ id: statements.id })
        .from(statements)
        .where(
          and(
            eq(statements.accountId, accountId),
            eq(statements.day, day),
            eq(statements.digest, digest),
            isNotNull(statements.finishedAtMs),
          ),
        )
        .orderBy(desc(statements.startedAtMs))
        .limit(1);
      return row?.id ?? null;
    },

    async finish({ id, accountId, day }, { digest, summary }, entry) {
      const done = db
        .update(statements)
        .set({
          digest,
          summary,
          finishedAtMs: entry.atMs,
          rowsDone: summary.rows,
          place: null,
          resumeAtMs: null,
        })
        .where(eq(statements.id, id));
      const fetched = db
        .update(statementFetches)
        .set({ state: "done", dueAtMs: null, statementId: id, answer: null })
        .where(
          // What was given up as well: the merchant has sent the file.
          and(
            eq(statementFetches.accountId, accountId),
            eq(statementFetches.day, day),
            // Nor of one that was discarded meanwhile.
            sql`EXISTS (SELECT 1 FROM "statements" WHERE "id" = ${id})`,
          ),
        );
      await db.batch([
        done,
        auditIfChanged(db, entry),
        foundLater(db, accountId, entry.atMs),
        fetched,
      ]);
    },

    async pause(id, atMs) {
      await db.update(statements).set({ resumeAtMs: atMs }).where(eq(statements.id, id));
    },

    async claimPaused(nowMs) {
      const claimed = await d1
        .prepare(CLAIM_PAUSED)
        .bind(nowMs)
        .first<Omit<PausedRun, "place"> & { readonly place: string | null }>();
      if (claimed === null) return null;
      await d1.prepare(FORGET_MISSING_THERE).bind(claimed.id).run();
      const place = claimed.place === null ? null : (JSON.parse(claimed.place) as StatementPlace);
      return { ...claimed, place };
    },

    async finishedBeside({ accountId, day, toMs }) {
      const finished = and(isNotNull(statements.finishedAtMs), gte(statements.startedAtMs, toMs));
      const [row] = await db
        .select({ id: statements.id })
        .from(statements)
        .where(and(eq(statements.accountId, accountId), eq(statements.day, day), finished))
        .orderBy(desc(statements.startedAtMs))
        .limit(1);
      return row?.id ?? null;
    },

    async forget(id) {
      await db.batch([
        db.delete(statementFindings).where(eq(statementFindings.statementId, id)),
        db.delete(statements).where(eq(statements.id, id)),
      ]);
    },
  };
}

/** What an earlier day's statement lacked and this one had: midnight was between the two books. */
function foundLater(db: Db, accountId: AccountId, atMs: number) {
  const f = statementFindings;
  return db
    .update(f)
    .set({ settledAs: "agrees", settledBy: "books", settledAtMs: atMs })
    .where(
      and(
        eq(f.accountId, accountId),
        eq(f.kind, "missing_there"),
        isNull(f.settledAtMs),
        sql`EXISTS (SELECT 1 FROM "payments" p WHERE p."account_id" = ${f.accountId}
          AND p."trade_no" = ${f.tradeNo} AND p."kind" = ${f.movement}
          AND p."refund_ref" = ${f.refundRef} AND p."statement_id" IS NOT NULL)`,
      ),
    );
}
