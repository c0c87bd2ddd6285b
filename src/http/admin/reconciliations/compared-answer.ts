import { ID_BYTES, newId, type AccountId } from "../../../domain/ids.ts";
import { dayWindow } from "../../../domain/statements/day.ts";
import { formatOfGateway, statementFormat } from "../../../domain/statements/formats.ts";
import { compareStatement } from "../../../flows/compare-statement.ts";
import type { StatementRun } from "../../../flows/statement-ports.ts";
import { problem, Refused } from "../../problem.ts";
import { author, type AdminContext } from "../admin-env.ts";
import { reconciliationJson } from "./reconciliation-json.ts";

/** A run for this merchant's account; null where no statement of its gateway can be read. */
export async function startedRun(
  c: AdminContext,
  accountId: AccountId,
  day: string,
): Promise<StatementRun | null> {
  const { deps, merchantId } = c.var;
  const account = await deps.paymentAccountBook.byId(accountId);
  if (account?.merchantId !== merchantId) throw new Refused("not_found");
  const format = formatOfGateway(account.gateway);
  if (format === null) return null;
  const window = dayWindow(statementFormat(format).zone, day);
  if (window === null) {
    throw new Refused("invalid_query", { errors: [{ path: "day", message: "not a day" }] });
  }
  const id = newId("statement", deps.entropy.bytes(ID_BYTES));
  const { currency, feeFixedMinor: fixedMinor, feeBasisPoints: basisPoints } = account;
  const fee = fixedMinor + basisPoints === 0 ? null : { fixedMinor, basisPoints };
  const startedAtMs = deps.clock.nowMs();
  return { id, merchantId, accountId, currency, fee, day, format, ...window, startedAtMs };
}

/** The report of a file, in the words of HTTP: 201 of a new one, 200 of one that is known. */
export async function comparedAnswer(
  c: AdminContext,
  run: StatementRun,
  file: AsyncIterable<Uint8Array>,
): Promise<Response> {
  const { deps } = c.var;
  const compared = await compareStatement(deps, author(c), run, file);
  if (!compared.ok) {
    const { reason, ...evidence } = compared.error;
    if (reason === "under_way") return problem(c, "statement_under_way");
    return problem(c, "statement_unfit", { reason, ...evidence });
  }
  const { id, repeated } = compared.value;
  const record = await deps.statementReports.byId(run.merchantId, id);
  if (record === null) throw new Error("a comparison is gone");
  const found = await deps.statementReports.found([id]);
  const headers = { location: `/admin/api/v1/reconciliations/${id}` };
  return c.json(reconciliationJson(c, record, found), repeated ? 200 : 201, headers);
}
