import { reconcile } from "../flows/stock/reconcile.ts";
import type { Deps } from "../platform/deps.ts";
import { errorFields, log } from "../platform/log.ts";

/** Answers how many things were found: none, when all is well. */
export async function reconcileStock(
  deps: Pick<Deps, "stock" | "archive" | "orderBook" | "reconcileBook">,
  nowMs: number,
): Promise<number> {
  const { findings, failed } = await reconcile(deps, nowMs);
  for (const { stockNumber, cause } of failed) {
    log("warn", "stock_unreconciled", { stock_number: stockNumber, ...errorFields(cause) });
  }
  for (const repaired of [true, false]) {
    const kinds = findings.filter((each) => each.repaired === repaired).map(({ kind }) => kind);
    if (kinds.length === 0) continue;
    const fields = { findings: kinds.length, kinds: [...new Set(kinds)].join(" ") };
    log(repaired ? "warn" : "error", repaired ? "rows_repaired" : "rows_differ", fields);
  }
  return findings.length;
}
