import { isId } from "../../../domain/ids.ts";
import { Refused } from "../../problem.ts";
import type { AdminContext } from "../admin-env.ts";

/** The account of the address, if it is this merchant's: another's does not exist for them. */
export async function ownAccount(c: AdminContext) {
  const id = c.req.param("id") ?? "";
  const { deps, merchantId } = c.var;
  const account = isId("account", id) ? await deps.paymentAccountBook.byId(id) : null;
  if (account?.merchantId !== merchantId) throw new Refused("not_found");
  return account;
}
