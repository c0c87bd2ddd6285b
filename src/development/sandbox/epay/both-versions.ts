import { z } from "zod";
import type { AppContext } from "../../../http/env.ts";
import type { Told } from "../cashier/plays.ts";
import { decimal, minorOf } from "../cashier/sums.ts";
import { openTrade, refundedMinor, type Trade } from "../cashier/trade-book.ts";

/** What epay v1 and v2 have in common; they differ in how they sign, and in their addresses. */
export type Fields = Readonly<Record<string, string>>;

export const CURRENCY = "CNY";
/** Signed are all others. */
export const UNSIGNED = ["sign", "sign_type"];

/** What a merchant's checkout sends. */
const submission = z.object({
  type: z.string().max(32).default(""),
  out_trade_no: z.string().regex(/^[0-9A-Za-z_|-]{1,64}$/),
  notify_url: z.url().max(500),
  return_url: z.url().max(500),
  name: z.string().min(1).max(200),
  money: z.string().refine((money) => (minorOf(money, CURRENCY) ?? 0) > 0),
  param: z.string().max(200).default(""),
});

/** The trade that a genuine request opens, or in the gateway's words which field is wrong. */
export async function openSubmitted(
  c: AppContext,
  gateway: string,
  fields: Fields,
): Promise<Trade | string> {
  const parsed = submission.safeParse(fields);
  if (!parsed.success) return `参数错误 (${parsed.error.issues[0]?.path.join(".")})`;
  const { type, out_trade_no, notify_url, return_url, name, money, param } = parsed.data;
  return openTrade(c.env.DB, {
    gateway,
    order_no: out_trade_no,
    title: name,
    minor: minorOf(money, CURRENCY) ?? 0,
    currency: CURRENCY,
    notify_url,
    return_url,
    echo: { type, param },
  });
}

/** Of a notice, without its signature, in the order in which epay sends them. Refunds and disputes it tells nobody of. */
export function noticeFields(
  trade: Trade,
  told: Told,
  pids: { readonly own: string; readonly other: string },
): Record<string, string> | null {
  if (told.what !== "paid" && told.what !== "not_paid") return null;
  return {
    pid: pids[told.account],
    trade_no: told.tradeNo,
    out_trade_no: told.order,
    type: trade.echo["type"] ?? "",
    name: trade.title,
    money: decimal(told.minor, told.currency),
    trade_status: told.what === "paid" ? "TRADE_SUCCESS" : "WAIT_BUYER_PAY",
    param: trade.echo["param"] ?? "",
  };
}

/** As a query has it: 0 not paid, 1 paid, 2 all of it given back. */
export function statusOf(trade: Trade): 0 | 1 | 2 {
  if (trade.state === "waiting") return 0;
  return refundedMinor(trade) === trade.minor ? 2 : 1;
}
