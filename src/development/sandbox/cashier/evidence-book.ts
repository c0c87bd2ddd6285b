import { lazyTable } from "../../lazy-table.ts";
import type { Trade } from "./trade-book.ts";

/** What a shop gave a simulated gateway as evidence, in the gateway's own fields. */
export interface GivenEvidence {
  readonly dispute: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly givenAtMs: number;
}

const TABLE = `dev_gateway_evidence (
  gateway TEXT NOT NULL, trade_no TEXT NOT NULL, act TEXT NOT NULL, dispute TEXT NOT NULL, fields TEXT NOT NULL,
  given_at_ms INTEGER NOT NULL, PRIMARY KEY (gateway, trade_no, act))`;

/** The same `act` again is the same submission. */
export async function keepEvidence(
  db: D1Database,
  { gateway, trade_no }: Trade,
  given: { readonly act: string; readonly dispute: string; readonly fields: object },
): Promise<void> {
  await lazyTable(db, TABLE);
  await db
    .prepare("INSERT INTO dev_gateway_evidence VALUES (?,?,?,?,?,?) ON CONFLICT DO NOTHING")
    .bind(gateway, trade_no, given.act, given.dispute, JSON.stringify(given.fields), Date.now())
    .run();
}

/** Of one payment, the newest first. */
export async function evidenceOf(
  db: D1Database,
  { gateway, trade_no }: Pick<Trade, "gateway" | "trade_no">,
): Promise<(GivenEvidence & { readonly act: string })[]> {
  await lazyTable(db, TABLE);
  const { results } = await db
    .prepare(
      `SELECT act, dispute, fields, given_at_ms AS givenAtMs FROM dev_gateway_evidence
       WHERE gateway = ?1 AND trade_no = ?2 ORDER BY given_at_ms DESC, rowid DESC`,
    )
    .bind(gateway, trade_no)
    .all<{ act: string; dispute: string; fields: string; givenAtMs: number }>();
  return results.map((row) => ({
    ...row,
    fields: JSON.parse(row.fields) as Record<string, unknown>,
  }));
}
