import { z } from "zod";
import type { Currency } from "../../../domain/money.ts";
import { STATEMENT_FINDINGS } from "../../../domain/statements/judge.ts";
import { MOVEMENTS } from "../../../domain/statements/statement.ts";
import { REPAIRS, repairsOf, SETTLEMENTS } from "../../../domain/statements/settlement.ts";
import type { FindingRecord } from "../../../flows/statements/statement-ports.ts";
import { instant, money, timeJson, type Json } from "../../api/json.ts";

export const statementFindingShape = z
  .object({
    number: z.int(),
    kind: z.enum(STATEMENT_FINDINGS),
    movement: z.enum(MOVEMENTS),
    line: z.int().nullable().describe("In the file, from 1; null for what only our books have."),
    trade_no: z.string().nullable(),
    refund_ref: z.string().nullable(),
    order_ref: z.string().nullable().describe("The order as the gateway names it."),
    our_order: z.string().nullable().describe("The order that our books have the money with."),
    theirs: money.nullable().describe("`fee`: the fees of both, not the payment."),
    ours: money.nullable(),
    unexplained_minor: z.int().describe("In the currency of `theirs`, else of `ours`."),
    unexplained_keys: z.int(),
    detail: z
      .string()
      .nullable()
      .describe(
        "`missing_here`: what the inbox made of a notice of it (`unmatched`, `refunded`, `dispute_…`), where one came; `other_state`, `other_sum`: the verdict under which no order took it; `unreadable`: which part.",
      ),
    repairs: z
      .array(z.enum(REPAIRS))
      .describe(
        "What `…/repair` may do about it (`how`), the surest first; none once it is settled.",
      ),
    settled: z
      .object({
        as: z.enum(SETTLEMENTS),
        by: z.string().nullable().describe("A token, `operator`, or `books`."),
        at: instant,
        note: z.string().nullable(),
      })
      .nullable()
      .describe("Null while it is open."),
  })
  .meta({ id: "StatementFinding" });

export function statementFindingJson(row: FindingRecord): Json<typeof statementFindingShape> {
  const { settledAs, settledBy, settledAtMs, note } = row;
  return {
    number: row.number,
    kind: row.kind,
    movement: row.movement,
    line: row.line,
    trade_no: row.tradeNo,
    refund_ref: row.refundRef === "" ? null : row.refundRef,
    order_ref: row.orderRef,
    our_order: row.ourOrder,
    theirs: sumJson(row.theirsMinor, row.theirsCurrency),
    ours: sumJson(row.oursMinor, row.oursCurrency),
    unexplained_minor: row.unexplainedMinor,
    unexplained_keys: row.unexplainedKeys,
    detail: row.detail === "" ? null : row.detail,
    repairs: [...repairsOf(row)],
    settled:
      settledAs === null || settledAtMs === null
        ? null
        : { as: settledAs, by: settledBy, at: timeJson(settledAtMs), note },
  };
}

function sumJson(amountMinor: number | null, currency: Currency | null) {
  if (amountMinor === null || currency === null) return null;
  return { amount_minor: amountMinor, currency };
}
