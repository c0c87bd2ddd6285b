import { Hono } from "hono";
import { z } from "zod";
import type { AppContext, AppEnv } from "../../../http/env.ts";
import { asTold, md5Of } from "../cashier/joined.ts";
import { answerJson } from "../cashier/manners.ts";
import type { Speak } from "../cashier/notices.ts";
import { decimal, minorOf } from "../cashier/sums.ts";
import { findTrade, openTrade, type Trade } from "../cashier/trade-book.ts";
import { cashierUrl, type Simulated } from "../simulated.ts";

const NAME = "tokenpay";
const SECRET = "demo-tokenpay-secret";
/** Its `BaseCurrency`, which a real one has in its own settings. */
const CURRENCY = "CNY";
const RATE = 7.2;

const creation = z.object({
  OutOrderId: z.string().min(1).max(64),
  OrderUserKey: z.string().min(1),
  ActualAmount: z.number().positive(),
  Currency: z.string(),
  NotifyUrl: z.url(),
  RedirectUrl: z.url(),
  Signature: z.string(),
});

async function create(c: AppContext): Promise<Response> {
  const sent: unknown = await c.req.json();
  const parsed = creation.safeParse(sent);
  if (!parsed.success) return c.json({ success: false, message: "参数错误" });
  const asked = parsed.data;
  if (asked.Signature !== (await md5Of(sent as Record<string, unknown>, ["Signature"], SECRET))) {
    return c.json({ success: false, message: "签名验证失败！" });
  }
  const trade = await openTrade(c.env.DB, {
    gateway: NAME,
    order_no: asked.OutOrderId,
    title: asked.Currency,
    minor: minorOf(asked.ActualAmount, CURRENCY) ?? 0,
    currency: CURRENCY,
    notify_url: asked.NotifyUrl,
    return_url: asked.RedirectUrl,
  });
  const info = {
    Id: trade.trade_no,
    OutOrderId: trade.order_no,
    ActualAmount: decimal(trade.minor, CURRENCY),
    BaseCurrency: CURRENCY,
    Amount: coinOf(trade),
  };
  const data = cashierUrl(c.req.url, NAME, trade.order_no);
  return answerJson(c, trade, { success: true, message: "创建订单成功！", data, info });
}

const coinOf = ({ minor }: Pick<Trade, "minor">) => (minor / 100 / RATE).toFixed(4);

async function query(c: AppContext): Promise<Response> {
  const { Id = "", Signature } = c.req.query();
  if (Signature !== (await md5Of({ Id }, ["Signature"], SECRET))) {
    return c.json({ success: false, message: "签名验证失败！" });
  }
  const trade = await findTrade(c.env.DB, NAME, Id);
  if (trade === null) return c.json({ success: false, message: "订单不存在！" });
  const data = {
    Id: trade.trade_no,
    OutOrderId: trade.order_no,
    ActualAmount: Number(decimal(trade.minor, CURRENCY)),
    BaseCurrency: CURRENCY,
    Amount: coinOf(trade),
    Status: trade.state === "waiting" ? "Pending" : "Paid",
    PayTime: null,
  };
  return answerJson(c, trade, { success: true, message: "订单信息获取成功！", data });
}

/** Its set of fields varies: what has no value is null in one version and left out of another. */
const speak: Speak = async (_c, trade, told) => {
  if (told.what !== "paid" && told.what !== "not_paid") return null;
  const members = {
    Id: told.tradeNo,
    BlockTransactionId: told.what === "paid" ? told.tradeNo : null,
    OutOrderId: told.order,
    OrderUserKey: told.order,
    ActualAmount: decimal(told.minor, told.currency),
    BaseCurrency: told.currency,
    Amount: coinOf(told),
    Currency: trade.title,
    FromAddress: null,
    Status: told.what === "paid" ? 1 : 2,
  };
  const secret = told.account === "own" ? SECRET : "another-secret";
  const Signature = asTold(await md5Of(members, ["Signature"], secret), told.signature);
  return {
    body: JSON.stringify({ ...members, Signature }),
    headers: { "content-type": "application/json" },
  };
};

export const tokenpaySandbox: Simulated = {
  name: NAME,
  title: "USDT · TokenPay",
  about: {
    "zh-CN": "MD5 签名，字段不固定；查询也签名。",
    en: "MD5 over a varying set of fields; queries are signed.",
  },
  can: ["name_currency"],
  currency: CURRENCY,
  credentials: async (c) => ({
    secret: SECRET,
    gateway_url: new URL(`/sandbox/${NAME}/`, c.req.url).href,
  }),
  routes: new Hono<AppEnv>().post("/CreateOrder", (c) => create(c)).get("/Query", (c) => query(c)),
  callOf: (_method, path) =>
    path.endsWith("/CreateOrder") ? "open" : path.endsWith("/Query") ? "query" : null,
  refuse: (c) => c.json({ success: false, message: "as chosen" }),
  speak,
};
