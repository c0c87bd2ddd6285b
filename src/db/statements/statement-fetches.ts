import { and, desc, eq, isNotNull, sql } from "drizzle-orm";
import type { AccountId, MerchantId } from "../../domain/ids.ts";
import type { FetchState } from "../../domain/statements/nightly.ts";
import type {
  DueFetch,
  FetchRecord,
  StatementFetches,
} from "../../flows/statements/statement-fetch-ports.ts";
import type { Db } from "../db.ts";
import { statementFetches } from "./statement-fetches-schema.ts";

const SPREAD_MS = 30 * 60_000;

/**
 * A day is planned once for all accounts of its gateway, so that each later minute costs one look. One that was
 * turned off since yesterday may have been paid to, and one that is newer than the day has nothing to compare.
 */
const PLAN = `INSERT INTO "statement_fetches"
    ("account_id", "day", "merchant_id", "gateway", "state", "due_at_ms", "failures")
  SELECT a."id", d.value ->> '$.day', a."merchant_id", a."gateway", 'waiting',
    ?2 + (a."rowid" * 7919000) % ${SPREAD_MS}, 0
  FROM json_each(?1) d CROSS JOIN "payment_accounts" a ON a."gateway" = d.value ->> '$.gateway'
  WHERE NOT EXISTS (SELECT 1 FROM "statement_fetches" f
      WHERE f."gateway" = d.value ->> '$.gateway' AND f."day" = d.value ->> '$.day')
    AND a."created_at_ms" < d.value ->> '$.toMs'
    AND (a."active" = 1 OR a."updated_at_ms" >= d.value ->> '$.fromMs')
  ON CONFLICT DO NOTHING`;

const CLAIM = `UPDATE "statement_fetches" SET "due_at_ms" = ?2
  WHERE ("account_id", "day") = (SELECT "account_id", "day" FROM "statement_fetches"
    WHERE "due_at_ms" <= ?1 ORDER BY "due_at_ms" LIMIT 1)
  RETURNING "account_id" AS "accountId", "merchant_id" AS "merchantId", "day", "failures"`;

export interface FetchCursor {
  readonly day: string;
  readonly accountId: AccountId;
}

export interface FetchFilter {
  readonly day?: string | undefined;
  readonly accountId?: AccountId | undefined;
  readonly state?: FetchState | undefined;
}

export function makeStatementFetches(db: Db & { readonly $client: D1Database }) {
  const d1 = db.$client;
  return {
    async plan(days, nowMs) {
      await d1.prepare(PLAN).bind(JSON.stringify(days), nowMs).run();
    },

    claim: (nowMs, leaseMs) =>
      d1
        .prepare(CLAIM)
        .bind(nowMs, nowMs + leaseMs)
        .first<DueFetch>(),

    async settle({ accountId, day }, result) {
      const f = statementFetches;
      const one = and(eq(f.accountId, accountId), eq(f.day, day), isNotNull(f.dueAtMs));
      await db.update(f).set(result).where(one);
    },

    /** The newest day first. */
    list: (
      merchantId: MerchantId,
      after: FetchCursor | null,
      limit: number,
      { day, accountId, state }: FetchFilter = {},
    ): Promise<FetchRecord[]> => {
      const f = statementFetches;
      return db
        .select()
        .from(f)
        .where(
          and(
            eq(f.merchantId, merchantId),
            day === undefined ? undefined : eq(f.day, day),
            accountId === undefined ? undefined : eq(f.accountId, accountId),
            state === undefined ? undefined : eq(f.state, state),
            after === null
              ? undefined
              : sql`(${f.day}, ${f.accountId}) < (${after.day}, ${after.accountId})`,
          ),
        )
        .orderBy(desc(f.day), desc(f.accountId))
        .limit(limit);
    },
  } satisfies StatementFetches & Record<string, unknown>;
}
