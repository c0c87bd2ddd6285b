import { and, asc, desc, eq, gt, isNull, sql } from "drizzle-orm";
import type { AuditEntry } from "../../domain/audit.ts";
import type { AccountId, MerchantId, StatementId } from "../../domain/ids.ts";
import type { StatementFindingKind } from "../../domain/statements/judge.ts";
import type {
  AccountWindow,
  FindingRecord,
  FoundOfKind,
  SettledFindings,
  Settlement,
  StatementRecord,
} from "../../flows/statements/statement-ports.ts";
import { auditIfChanged } from "../audit-log.ts";
import type { Db } from "../db.ts";
import { statementFetches } from "./statement-fetches-schema.ts";
import { statementFindings, statements } from "./statement-schema.ts";

export interface StatementCursor {
  readonly startedAtMs: number;
  readonly id: StatementId;
}

export interface StatementFilter {
  readonly accountId?: AccountId | undefined;
  readonly day?: string | undefined;
  readonly attention?: boolean | undefined;
}

/** Comparisons of one day that are looked through: some of each account. */
const DAY_MAX = 1_000;
/** Done, and something that was found is open: by the index of what is. */
const HAS_OPEN = `"statements"."finished_at_ms" IS NOT NULL AND EXISTS (SELECT 1
  FROM "statement_findings" f WHERE f."statement_id" = "statements"."id" AND f."settled_at_ms" IS NULL)`;

export interface FindingQuery {
  readonly statementId: StatementId;
  readonly kind?: StatementFindingKind | undefined;
  readonly open?: boolean | undefined;
  readonly afterNumber: number;
  readonly limit: number;
}

const FOUND = `SELECT "statement_id" AS "statementId", "kind",
    coalesce("theirs_currency", "ours_currency") AS "currency", count(*) AS "found",
    count(*) FILTER (WHERE "settled_at_ms" IS NULL) AS "open",
    coalesce(sum("unexplained_minor") FILTER (WHERE "settled_at_ms" IS NULL), 0)
      AS "unexplainedMinor",
    coalesce(sum("unexplained_keys") FILTER (WHERE "settled_at_ms" IS NULL), 0)
      AS "unexplainedKeys"
  FROM "statement_findings" WHERE "statement_id" IN (SELECT "value" FROM json_each(?1))
  GROUP BY 1, 2, 3`;

/** What no statement has had: by the index of what is unseen. */
const UNSEEN = `SELECT w.value ->> '$.accountId' AS "accountId", count(*) AS "movements"
  FROM json_each(?1) w CROSS JOIN "payments" p ON p."account_id" = w.value ->> '$.accountId'
    AND p."statement_id" IS NULL AND p."reported_at_ms" >= w.value ->> '$.fromMs'
    AND p."reported_at_ms" < w.value ->> '$.toMs' AND p."source" <> 'merchant'
  GROUP BY 1`;

const ATTENTION = `SELECT
  (SELECT count(*) FROM (SELECT 1 FROM "statements"
    WHERE "merchant_id" = ?1 AND ${HAS_OPEN} LIMIT 100)) AS "reports",
  (SELECT count(*) FROM (SELECT 1 FROM "statement_fetches"
    WHERE "merchant_id" = ?1 AND "state" = 'given_up' LIMIT 100)) AS "givenUp"`;

export interface StatementAttention {
  /** Reports with findings that nobody has settled. */
  readonly reports: number;
  /** Days that the schedule could not fetch. */
  readonly givenUp: number;
}

/** Comparisons as the merchant reads and settles them. */
export function makeStatementReports(db: Db & { readonly $client: D1Database }) {
  return {
    /** Newest first. `attention`: those that are done and have open findings. */
    list: (
      merchantId: MerchantId,
      after: StatementCursor | null,
      limit: number,
      { accountId, day, attention = false }: StatementFilter = {},
    ): Promise<StatementRecord[]> =>
      db
        .select()
        .from(statements)
        .where(
          and(
            eq(statements.merchantId, merchantId),
            accountId === undefined ? undefined : eq(statements.accountId, accountId),
            day === undefined ? undefined : eq(statements.day, day),
            attention ? sql.raw(HAS_OPEN) : undefined,
            after === null
              ? undefined
              : sql`(${statements.startedAtMs}, ${statements.id}) < (${after.startedAtMs}, ${after.id})`,
          ),
        )
        .orderBy(desc(statements.startedAtMs), desc(statements.id))
        .limit(limit),

    /** Of each account the last that is done, else the one that is under way. */
    async ofDay(accountIds: readonly AccountId[], day: string): Promise<StatementRecord[]> {
      const ofThem = sql`${statements.accountId} IN (SELECT value FROM json_each(${JSON.stringify(accountIds)}))`;
      const rows = await db
        .select()
        .from(statements)
        .where(and(ofThem, eq(statements.day, day)))
        .orderBy(asc(sql`${statements.finishedAtMs} IS NULL`), desc(statements.startedAtMs))
        .limit(DAY_MAX);
      return rows.filter(
        ({ accountId }, at) => rows.findIndex((row) => row.accountId === accountId) === at,
      );
    },

    async unseen(windows: readonly AccountWindow[]): Promise<ReadonlyMap<AccountId, number>> {
      const { results } = await db.$client
        .prepare(UNSEEN)
        .bind(JSON.stringify(windows))
        .all<{ accountId: AccountId; movements: number }>();
      return new Map(results.map(({ accountId, movements }) => [accountId, movements]));
    },

    /** How much there is that a person must look at, each counted up to a hundred. */
    async attention(merchantId: MerchantId): Promise<StatementAttention> {
      const counted = await db.$client
        .prepare(ATTENTION)
        .bind(merchantId)
        .first<StatementAttention>();
      return counted ?? { reports: 0, givenUp: 0 };
    },

    async byId(merchantId: MerchantId, id: StatementId): Promise<StatementRecord | null> {
      const mine = and(eq(statements.merchantId, merchantId), eq(statements.id, id));
      const [row] = await db.select().from(statements).where(mine);
      return row ?? null;
    },

    /** As if it had never been made; what was seen in it stays seen. */
    async discard({ id, accountId, day }: StatementRecord, entry: AuditEntry): Promise<void> {
      await db.batch([
        db.delete(statementFindings).where(eq(statementFindings.statementId, id)),
        db.delete(statements).where(eq(statements.id, id)),
        auditIfChanged(db, entry),
        db
          .update(statementFetches)
          .set({ statementId: null })
          .where(
            and(
              eq(statementFetches.accountId, accountId),
              eq(statementFetches.day, day),
              eq(statementFetches.statementId, id),
            ),
          ),
      ]);
    },

    async found(ids: readonly StatementId[]): Promise<FoundOfKind[]> {
      const { results } = await db.$client
        .prepare(FOUND)
        .bind(JSON.stringify(ids))
        .all<FoundOfKind>();
      return results;
    },

    /** In the order in which they were found. */
    findings: ({ statementId, kind, open, afterNumber, limit }: FindingQuery) =>
      db
        .select()
        .from(statementFindings)
        .where(
          and(
            eq(statementFindings.statementId, statementId),
            gt(statementFindings.number, afterNumber),
            kind === undefined ? undefined : eq(statementFindings.kind, kind),
            open === undefined
              ? undefined
              : sql`(${statementFindings.settledAtMs} IS NULL) = ${open ? 1 : 0}`,
          ),
        )
        .orderBy(asc(statementFindings.number))
        .limit(limit),

    async finding(statementId: StatementId, number: number): Promise<FindingRecord | null> {
      const one = eq(statementFindings.number, number);
      const [row] = await db
        .select()
        .from(statementFindings)
        .where(and(eq(statementFindings.statementId, statementId), one));
      return row ?? null;
    },

    async settle({ number }: FindingRecord, { as, note }: Settlement, entry: AuditEntry) {
      const one = eq(statementFindings.number, number);
      const [, , [row]] = await db.batch([
        db
          .update(statementFindings)
          .set({ settledAs: as, note, settledBy: entry.actor, settledAtMs: entry.atMs })
          // Who comes second changes nothing.
          .where(and(one, isNull(statementFindings.settledAtMs))),
        auditIfChanged(db, entry),
        db.select().from(statementFindings).where(one),
      ]);
      if (row === undefined) throw new Error("a finding is gone");
      return row;
    },

    /** What our books lacked and have by now: the same sum, taken by the order that was named. */
    async lookAgain(statementId: StatementId, entry: AuditEntry): Promise<void> {
      const f = statementFindings;
      const agree = db
        .update(f)
        .set({ settledAs: "agrees", settledBy: "books", settledAtMs: entry.atMs })
        .where(
          and(
            eq(f.statementId, statementId),
            eq(f.kind, "missing_here"),
            isNull(f.settledAtMs),
            sql`EXISTS (SELECT 1 FROM "payments" p WHERE p."account_id" = ${f.accountId}
              AND p."trade_no" = ${f.tradeNo} AND p."kind" = ${f.movement}
              AND ${f.refundRef} IN (p."refund_ref", p."refund_no") AND p."amount_minor" = ${f.theirsMinor}
              AND p."currency" = ${f.theirsCurrency}
              AND p."order_id" = coalesce(${f.orderRef}, p."order_id")
              AND p."verdict" NOT IN ('mismatch', 'trade_reused', 'surplus'))`,
          ),
        );
      await db.batch([agree, auditIfChanged(db, entry)]);
    },
  } satisfies SettledFindings & Record<string, unknown>;
}
