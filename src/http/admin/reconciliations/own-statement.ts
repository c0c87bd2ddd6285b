import { isId } from "../../../domain/ids.ts";
import type { StatementRecord } from "../../../flows/statements/statement-ports.ts";
import { Refused } from "../../problem.ts";
import type { AdminContext } from "../admin-env.ts";

/** The comparison of the address, if it is this merchant's. */
export async function ownStatement(c: AdminContext): Promise<StatementRecord> {
  const { deps, merchantId } = c.var;
  const id = c.req.param("id") ?? "";
  const record = isId("statement", id) ? await deps.statementReports.byId(merchantId, id) : null;
  if (record === null) throw new Refused("not_found");
  return record;
}
