import { isId } from "../../../domain/ids.ts";
import type { NoticeRow } from "../../../domain/payments/notice-row.ts";
import { Refused } from "../../problem.ts";
import type { AdminContext } from "../admin-env.ts";

/** The notice of the address, if it came to an account of this merchant's. */
export async function ownNotice(c: AdminContext): Promise<NoticeRow> {
  const id = c.req.param("id") ?? "";
  const { deps, merchantId } = c.var;
  const notice = isId("notice", id) ? await deps.noticeBook.byId(merchantId, id) : null;
  if (notice === null) throw new Refused("not_found");
  return notice;
}
