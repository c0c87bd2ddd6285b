import { Hono } from "hono";
import { z } from "zod";
import type { AppContext, AppEnv } from "../../../http/env.ts";
import { asTold, md5Of } from "../cashier/joined.ts";
import { answerJson } from "../cashier/manners.ts";
import type { Speak } from "../cashier/notices.ts";
import { decimal, minorOf } from "../cashier/sums.ts";
import { findTrade, openTrade } from "../cashier/trade-book.ts";
import { cashierUrl, type Simulated } from "../simulated.ts";

/** What a coin costs here, so that the sum in coin is another one than the price. */
const RATE = 7.2;
const ADDRESS = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t";
const CURRENCY = "CNY";

const creation = z.object({
  /** At most 32 characters of epusdt's (api/payment.md of its docs). */
  order_id: z.string().min(1).max(32),
  amount: z.number().positive(),
  notify_url: z.url(),
  redirect_url: z.url(),
  signature: z.string(),
});

/** BEpusdt and epusdt from their own side. `repeats`: the same order again is the same trade. */
function simulate(name: "bepusdt" | "epusdt", title: string, repeats: boolean): Simulated {
  /** Play money, on a developer's machine. */
  const token = `demo-${name}-token`;

  async function create(c: AppContext): Promise<Response> {
    const sent: unknown = await c.req.json();
    const parsed = creation.safeParse(sent);
    if (!parsed.success) return c.json({ status_code: 10009, message: "无法解析请求参数" }, 400);
    const { order_id, amount, notify_url, redirect_url, signature } = parsed.data;
    if (signature !== (await md5Of(sent as Record<string, unknown>, ["signature"], token))) {
      return c.json({ status_code: 401, message: "签名认证错误" }, 401);
    }
    const known = await findTrade(c.env.DB, name, order_id);
    if (known !== null && !repeats)
      return c.json({ status_code: 10002, message: "支付交易已存在" });
    const trade = await openTrade(c.env.DB, {
      gateway: name,
      order_no: order_id,
      title: "USDT",
      minor: minorOf(amount, CURRENCY) ?? 0,
      currency: CURRENCY,
      notify_url,
      return_url: redirect_url,
    });
    const data = {
      trade_id: trade.trade_no,
      order_id,
      amount: Number(decimal(trade.minor, CURRENCY)),
      actual_amount: Number((amount / RATE).toFixed(2)),
      token: ADDRESS,
      expiration_time: 1200,
      payment_url: cashierUrl(c.req.url, name, order_id),
    };
    return answerJson(c, trade, { status_code: 200, message: "success", data, request_id: "" });
  }

  const speak: Speak = async (_c, _trade, told) => {
    if (told.what !== "paid" && told.what !== "not_paid") return null;
    const amount = Number(decimal(told.minor, told.currency));
    const members = {
      trade_id: told.tradeNo,
      order_id: told.order,
      amount,
      actual_amount: Number((amount / RATE).toFixed(2)),
      token: ADDRESS,
      block_transaction_id: told.what === "paid" ? told.tradeNo : "",
      status: told.what === "paid" ? 2 : 3,
      // Newer versions name what the price is in.
      ...(told.currency === CURRENCY ? {} : { fiat: told.currency }),
    };
    const secret = told.account === "own" ? token : "another-token";
    const signature = asTold(await md5Of(members, ["signature"], secret), told.signature);
    return {
      body: JSON.stringify({ ...members, signature }),
      headers: { "content-type": "application/json" },
    };
  };

  const routes = new Hono<AppEnv>()
    .post("/api/v1/order/create-transaction", (c) => create(c))
    .get("/pay/check-status/:id", async (c) => {
      const trade = await findTrade(c.env.DB, name, c.req.param("id"));
      if (trade === null) {
        return c.json({ status_code: repeats ? 400 : 10008, message: "订单不存在" });
      }
      const data = { trade_id: trade.trade_no, status: trade.state === "waiting" ? 1 : 2 };
      // epusdt wraps what BEpusdt answers bare.
      const wrapped = { status_code: 200, message: "success", data, request_id: "" };
      return answerJson(c, trade, repeats ? data : wrapped);
    });

  return {
    name,
    title,
    about: repeats
      ? {
          "zh-CN": "MD5 签名，JSON 通知；重复下单仍是同一笔交易。",
          en: "MD5, notices as JSON. The same order again is the same payment.",
        }
      : {
          "zh-CN": "MD5 签名，JSON 通知；拒绝重复的订单号。",
          en: "MD5, notices as JSON. The same order again is refused.",
        },
    can: ["name_currency"],
    currency: CURRENCY,
    credentials: async (c) => ({
      api_token: token,
      gateway_url: new URL(`/sandbox/${name}/`, c.req.url).href,
    }),
    routes,
    callOf: (_method, path) =>
      path.endsWith("/create-transaction")
        ? "open"
        : path.includes("/check-status/")
          ? "query"
          : null,
    refuse: (c) => c.json({ status_code: 400, message: "as chosen" }),
    speak,
  };
}

export const bepusdtSandbox = simulate("bepusdt", "USDT · BEpusdt", true);
export const epusdtSandbox = simulate("epusdt", "USDT · epusdt", false);
