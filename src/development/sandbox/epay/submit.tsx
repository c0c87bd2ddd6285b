import type { AppContext } from "../../../http/env.ts";
import { Cashier, Refusal } from "./cashier.tsx";
import { requestFields } from "./fields.ts";
import { openTrade } from "./trade-store.ts";
import { readSubmission } from "./trade.ts";
import { wordsFor } from "./words.ts";

/** Where the shop sends the buyer: the signature is checked and the cashier's page is shown. */
export async function submit(c: AppContext) {
  const reader = wordsFor(c.req.header("accept-language"));
  const submission = await readSubmission(await requestFields(c));
  if (typeof submission === "string") {
    return c.html(<Refusal reason={submission} {...reader} />, 400);
  }
  const trade = await openTrade(c.env.DB, submission, c.get("deps").clock.nowMs());
  return c.html(<Cashier trade={trade} {...reader} />);
}
