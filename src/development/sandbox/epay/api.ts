import type { AppContext } from "../../../http/env.ts";
import { beijingTime } from "../cashier/beijing-time.ts";
import { answerJson } from "../cashier/manners.ts";
import { requestFields } from "../cashier/request-fields.ts";
import { decimal, minorOf } from "../cashier/sums.ts";
import { findTrade, newestTrades, refundTrade, type Trade } from "../cashier/trade-book.ts";
import { CURRENCY, statusOf, type Fields } from "./both-versions.ts";
import { EPAY_MERCHANT } from "./merchant.ts";

const LISTED_MAX = 50;

export const refusal = (c: AppContext, code: number, msg: string) => c.json({ code, msg });

/** api.php: what a merchant's server asks. No answer is signed; the key stands in the request. */
export async function act(c: AppContext): Promise<Response> {
  const fields = await requestFields(c);
  const { pid, key } = EPAY_MERCHANT;
  if (fields["pid"] !== pid || fields["key"] !== key) {
    return refusal(c, -3, fields["pid"] === pid ? "商户密钥错误" : "商户ID不存在");
  }
  switch (fields["act"]) {
    case "query":
      return c.json({ code: 1, ...EPAY_MERCHANT, active: 1, money: "0.00", type: 1 });
    case "settle":
      return c.json({ code: 1, msg: "查询结算记录成功！", data: [] });
    case "order":
      return order(c, fields);
    case "orders":
      return orders(c, fields);
    case "refund":
      return refund(c, fields);
    default:
      return refusal(c, -5, "No Act!");
  }
}

/** By either number; the gateway's own comes first. */
const named = (c: AppContext, { trade_no = "", out_trade_no = "" }: Fields) =>
  findTrade(c.env.DB, "epay", trade_no === "" ? out_trade_no : trade_no);

async function order(c: AppContext, fields: Fields): Promise<Response> {
  const trade = await named(c, fields);
  if (trade === null) return refusal(c, -1, "订单号不存在");
  return answerJson(c, trade, { code: 1, msg: "查询订单号成功！", ...rowOf(trade) });
}

/** Pages of the newest. */
async function orders(c: AppContext, fields: Fields): Promise<Response> {
  const limit = Math.min(Number(fields["limit"]) || 20, LISTED_MAX);
  const page = Math.max(Number(fields["page"]) || 1, 1);
  const trades = await newestTrades(c.env.DB, "epay", { limit, offset: (page - 1) * limit });
  return c.json({ code: 1, msg: "查询订单成功！", data: trades.map(rowOf) });
}

function rowOf(trade: Trade): object {
  const { trade_no, order_no: out_trade_no, title: name, minor, currency, echo } = trade;
  return {
    trade_no,
    out_trade_no,
    api_trade_no: trade_no,
    type: echo["type"] ?? "",
    pid: EPAY_MERCHANT.pid,
    addtime: beijingTime(trade.opened_at_ms),
    endtime: trade.paid_at_ms === null ? null : beijingTime(trade.paid_at_ms),
    name,
    money: decimal(minor, currency),
    status: statusOf(trade),
    param: echo["param"] ?? "",
    buyer: "",
  };
}

/** It has no field for a number of the merchant's: each request is a refund of its own, while money is left. */
async function refund(c: AppContext, fields: Fields): Promise<Response> {
  const trade = await named(c, fields);
  const minor = minorOf(fields["money"], CURRENCY) ?? -1;
  const made = await refundTrade(c.env.DB, trade, { id: crypto.randomUUID(), minor });
  switch (made) {
    case "unknown":
      return refusal(c, -1, "订单号不存在");
    case "not_paid":
      return refusal(c, -1, "只支持退款已支付的订单");
    case "too_much":
      return refusal(c, -1, "退款金额不能大于可退金额");
    default:
      return answerJson(c, trade, { code: 1, msg: "退款成功" });
  }
}
