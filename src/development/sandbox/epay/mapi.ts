import type { AppContext } from "../../../http/env.ts";
import { requestFields } from "./fields.ts";
import { openTrade } from "./trade-store.ts";
import { readSubmission } from "./trade.ts";

/** The same as submit.php for servers: JSON, with the address to send the buyer to. */
export async function createTrade(c: AppContext) {
  const fields = await requestFields(c);
  const submission = await readSubmission(fields);
  if (typeof submission === "string") return c.json({ code: -1, msg: submission });
  const trade = await openTrade(c.env.DB, submission, c.get("deps").clock.nowMs());
  const payurl = new URL(`submit.php?${new URLSearchParams(fields)}`, c.req.url).href;
  return c.json({ code: 1, msg: "", trade_no: trade.trade_no, payurl });
}
