import type { DropRecord } from "../../../domain/drop/drop-record.ts";
import { isId } from "../../../domain/ids.ts";
import { Refused } from "../../problem.ts";
import type { AdminContext } from "../admin-env.ts";

/** The drop of the address, if it is this merchant's. */
export async function ownDrop(c: AdminContext): Promise<DropRecord> {
  const { deps, merchantId } = c.var;
  const id = c.req.param("id") ?? "";
  const record = isId("drop", id) ? await deps.dropRecords.find(merchantId, id) : null;
  if (record === null) throw new Refused("not_found");
  return record;
}
