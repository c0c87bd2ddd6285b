import { z } from "zod";
import type { FoundOfKind, StatementRecord } from "../../../flows/statements/statement-ports.ts";
import { CURRENCIES } from "../../../domain/money.ts";
import { unexplainedOf, type Unexplained } from "../../../domain/statements/day-summary.ts";
import { STATEMENT_FINDINGS } from "../../../domain/statements/judge.ts";
import { STATEMENT_FORMATS } from "../../../domain/statements/statement.ts";
import { instant, timeJson, type Json } from "../../api/json.ts";
import type { AdminContext } from "../admin-env.ts";

/** One that has not told of progress for so long broke off, and is forgotten by the next. */
const SILENT_MS = 120_000;

export const unexplainedShape = z
  .object({
    amounts: z.array(z.object({ currency: z.enum(CURRENCIES), amount_minor: z.int() })),
    keys: z.int().describe("Handed over for money that the gateway does not have."),
  })
  .describe("What open findings come to. Explained: no amounts, 0 keys.");

export function unexplainedJson({ amounts, keys }: Unexplained): Json<typeof unexplainedShape> {
  const sums = amounts.map(({ currency, amountMinor }) => ({
    currency,
    amount_minor: amountMinor,
  }));
  return { amounts: sums, keys };
}

export const reconciliationShape = z
  .object({
    id: z.string().startsWith("stm_"),
    account_id: z.string().startsWith("acct_"),
    day: z.iso.date().describe("On the gateway's calendar."),
    format: z.enum(STATEMENT_FORMATS),
    state: z
      .enum(["comparing", "done", "broken_off"])
      .describe("`broken_off`: send the file again; nothing of this one counts."),
    rows_done: z.int(),
    continues_at: instant
      .nullable()
      .describe(
        "Of one that is fetched and long: when the schedule goes on with it, at the latest.",
      ),
    started_at: instant,
    finished_at: instant.nullable(),
    file_sha256: z.string().nullable(),
    totals: z
      .object({
        currency: z.enum(CURRENCIES),
        gross_minor: z.int().describe("Paid by buyers."),
        refunded_minor: z.int(),
        fee_minor: z.int().describe("What the gateway says it kept."),
        expected_fee_minor: z
          .int()
          .nullable()
          .describe("What the account's fee makes of the payments; null where it has none."),
        net_minor: z.int().describe("gross − refunded − fee."),
        matched_minor: z.int().describe("Of both ways, what the two books have alike."),
      })
      .nullable()
      .describe("Of the gateway's rows in the account's currency; null until it is done."),
    rows: z
      .object({
        payments: z.int(),
        refunds: z.int(),
        matched: z.int(),
        unreadable: z.int(),
        other_day: z.int(),
        other_currency: z.int(),
      })
      .nullable(),
    findings: z.array(
      z.object({ kind: z.enum(STATEMENT_FINDINGS), found: z.int(), open: z.int() }),
    ),
    unexplained: unexplainedShape,
    explained: z.boolean().describe("Done, and no finding is open."),
  })
  .meta({ id: "Reconciliation" });

/** `found` may be of other comparisons as well. */
export function reconciliationJson(
  c: AdminContext,
  record: StatementRecord,
  found: readonly FoundOfKind[],
): Json<typeof reconciliationShape> {
  const nowMs = c.var.deps.clock.nowMs();
  const mine = found.filter(({ statementId }) => statementId === record.id);
  const { finishedAtMs, progressAtMs, resumeAtMs } = record;
  const silent = resumeAtMs === null && progressAtMs + SILENT_MS < nowMs;
  return {
    id: record.id,
    account_id: record.accountId,
    day: record.day,
    format: record.format,
    state: finishedAtMs !== null ? "done" : silent ? "broken_off" : "comparing",
    rows_done: record.rowsDone,
    continues_at: timeJson(resumeAtMs),
    started_at: timeJson(record.startedAtMs),
    finished_at: timeJson(finishedAtMs),
    file_sha256: record.digest,
    ...sumsJson(record),
    findings: byKind(mine),
    unexplained: unexplainedJson(unexplainedOf(mine)),
    explained: finishedAtMs !== null && mine.every(({ open }) => open === 0),
  };
}

function sumsJson({ summary, currency }: StatementRecord) {
  if (summary === null) return { totals: null, rows: null };
  const { grossMinor, refundedMinor, feeMinor } = summary;
  return {
    totals: {
      currency,
      gross_minor: grossMinor,
      refunded_minor: refundedMinor,
      fee_minor: feeMinor,
      expected_fee_minor: summary.expectedFeeMinor ?? null,
      net_minor: grossMinor - refundedMinor - feeMinor,
      matched_minor: summary.matchedMinor,
    },
    rows: {
      payments: summary.payments,
      refunds: summary.refunds,
      matched: summary.matched,
      unreadable: summary.badRows,
      other_day: summary.otherDayRows,
      other_currency: summary.otherCurrencyRows,
    },
  };
}

function byKind(found: readonly FoundOfKind[]) {
  return STATEMENT_FINDINGS.flatMap((kind) => {
    const those = found.filter((each) => each.kind === kind);
    if (those.length === 0) return [];
    const sum = (of: "found" | "open") => those.reduce((total, each) => total + each[of], 0);
    return [{ kind, found: sum("found"), open: sum("open") }];
  });
}
