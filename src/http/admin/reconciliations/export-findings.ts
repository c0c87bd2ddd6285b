import { Hono } from "hono";
import { z } from "zod";
import { formatDecimal, type Currency } from "../../../domain/money.ts";
import type { StatementId } from "../../../domain/ids.ts";
import type { FindingRecord } from "../../../flows/statements/statement-ports.ts";
import { timeJson } from "../../api/json.ts";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminContext, AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { ownStatement } from "./own-statement.ts";

const PAGE = 1_000;
const COLUMNS: readonly [string, (row: FindingRecord) => string | number | null][] = [
  ["number", (row) => row.number],
  ["kind", (row) => row.kind],
  ["movement", (row) => row.movement],
  ["line", (row) => row.line],
  ["trade_no", (row) => row.tradeNo],
  ["refund_ref", (row) => row.refundRef],
  ["order_ref", (row) => row.orderRef],
  ["our_order", (row) => row.ourOrder],
  ["theirs", (row) => decimal(row.theirsMinor, row.theirsCurrency)],
  ["ours", (row) => decimal(row.oursMinor, row.oursCurrency)],
  ["currency", (row) => row.theirsCurrency ?? row.oursCurrency],
  ["unexplained_minor", (row) => row.unexplainedMinor],
  ["unexplained_keys", (row) => row.unexplainedKeys],
  ["detail", (row) => row.detail],
  ["settled_as", (row) => row.settledAs],
  ["settled_by", (row) => row.settledBy],
  ["settled_at", (row) => timeJson(row.settledAtMs)],
  ["note", (row) => row.note],
];

/** All findings of a comparison as a CSV, page by page: as long as it may be, a page is held. */
export const exportStatementFindingsRoute = new Hono<AdminEnv>().get(
  "/:id/findings.csv",
  allow("payments:read"),
  async (c) => {
    const { id, day } = await ownStatement(c);
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    // A reader who leaves makes the next write fail, and the rest is not asked for.
    c.executionCtx.waitUntil(writeAll(c, id, writable).catch(() => {}));
    return c.body(readable, 200, {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="findings-${day}.csv"`,
    });
  },
);

async function writeAll(
  c: AdminContext,
  statementId: StatementId,
  writable: WritableStream<Uint8Array>,
): Promise<void> {
  const writer = writable.getWriter();
  const text = new TextEncoder();
  // The mark by which spreadsheets know UTF-8.
  await writer.write(text.encode(`\ufeff${COLUMNS.map(([name]) => name).join(",")}\r\n`));
  let afterNumber: number | undefined = 0;
  /* oxlint-disable no-await-in-loop -- each page begins where the last one ended */
  while (afterNumber !== undefined) {
    const query = { statementId, afterNumber, limit: PAGE };
    const rows: FindingRecord[] = await c.var.deps.statementReports.findings(query);
    const lines = rows.map((row) => COLUMNS.map(([, of]) => cell(of(row))).join(","));
    await writer.write(text.encode(lines.map((line) => `${line}\r\n`).join("")));
    afterNumber = rows.length < PAGE ? undefined : rows.at(-1)?.number;
  }
  /* oxlint-enable no-await-in-loop */
  await writer.close();
}

/** RFC 4180. What a spreadsheet would run as a formula is made text: numbers come from strangers. */
function cell(value: string | number | null): string {
  const text = String(value ?? "");
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function decimal(amountMinor: number | null, currency: Currency | null): string {
  return amountMinor === null || currency === null ? "" : formatDecimal({ amountMinor, currency });
}

describeRoute(exportStatementFindingsRoute, {
  name: "exportStatementFindings",
  summary: "All findings of a comparison, as a CSV",
  answers: {
    200: { description: "UTF-8 with a byte order mark.", schema: z.string(), type: "text/csv" },
  },
});
