import { fetchDueStatements } from "../flows/statements/fetch-due-statements.ts";
import type { Deps } from "../platform/deps.ts";
import { errorFields, log } from "../platform/log.ts";

/** Answers how many days of accounts were compared. What their books do not agree on is told in the log as well. */
export async function fetchStatements(deps: Deps, nowMs: number): Promise<number> {
  const { made, failures } = await fetchDueStatements(deps, nowMs);
  for (const { accountId, cause } of failures) {
    log("warn", "statement_not_fetched", { account_id: accountId, ...errorFields(cause) });
  }
  const found = await deps.statementReports.found(made.map(({ id }) => id));
  for (const { id, merchantId } of made) {
    const open = found.filter((each) => each.statementId === id);
    const findings = open.reduce((sum, each) => sum + each.open, 0);
    if (findings === 0) continue;
    const keys = open.reduce((sum, each) => sum + each.unexplainedKeys, 0);
    log("warn", "statement_unexplained", {
      statement: id,
      merchant_id: merchantId,
      findings,
      keys,
    });
  }
  return made.length;
}
