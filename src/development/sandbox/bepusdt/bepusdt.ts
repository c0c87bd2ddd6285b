import { Hono } from "hono";
import { z } from "zod";
import type { AppEnv } from "../../../http/env.ts";
import { cashierOf } from "../cashier/cashier.tsx";
import type { Speak } from "../cashier/notices.ts";
import { findTrade, openTrade } from "../cashier/trade-book.ts";

/** The token that the simulated BEpusdt knows: play money, on a developer's machine. */
const TOKEN = "demo-bepusdt-token";
/** What a coin costs here, so that the sum in coin is another one than the price. */
const RATE = 7.2;

const creation = z.object({
  order_id: z.string().min(1).max(64),
  amount: z.number().positive(),
  notify_url: z.url(),
  redirect_url: z.url(),
  signature: z.string(),
});

/** BEpusdt from its own side: every field but the signature, sorted, the token at the end, MD5. */
async function sign(members: Readonly<Record<string, unknown>>, token: string): Promise<string> {
  let text = "";
  for (const name of Object.keys(members).toSorted()) {
    const value = members[name];
    if (name === "signature" || value === "" || value === null || value === undefined) continue;
    text += `${text === "" ? "" : "&"}${name}=${String(value)}`;
  }
  const digest = await crypto.subtle.digest("MD5", new TextEncoder().encode(text + token));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const speak: Speak = async (_c, _trade, told) => {
  const amount = Number(told.sum);
  const members = {
    trade_id: told.tradeNo,
    order_id: told.order,
    amount,
    actual_amount: Number((amount / RATE).toFixed(2)),
    token: "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
    block_transaction_id: told.paid ? crypto.randomUUID().replaceAll("-", "") : "",
    status: told.paid ? 2 : 3,
  };
  const token = told.account === "own" ? TOKEN : "another-token";
  const genuine = await sign(members, token);
  const signature = { genuine, wrong: "0".repeat(32), none: "" }[told.signature];
  return {
    body: JSON.stringify({ ...members, signature }),
    headers: { "content-type": "application/json" },
  };
};

/** The simulated BEpusdt under /sandbox/bepusdt/. */
export const bepusdtSandbox = new Hono<AppEnv>()
  .post("/api/v1/order/create-transaction", async (c) => {
    const sent: unknown = await c.req.json();
    const parsed = creation.safeParse(sent);
    if (!parsed.success) return c.json({ status_code: 10009, message: "无法解析请求参数" }, 400);
    const { order_id, amount, notify_url, redirect_url, signature } = parsed.data;
    if (signature !== (await sign(sent as Record<string, unknown>, TOKEN))) {
      return c.json({ status_code: 401, message: "签名认证错误" }, 401);
    }
    const trade = await openTrade(c.env.DB, {
      gateway: "bepusdt",
      order_no: order_id,
      title: "USDT",
      sum: String(amount),
      notify_url,
      return_url: redirect_url,
    });
    const data = {
      trade_id: trade.trade_no,
      order_id,
      amount: trade.sum,
      actual_amount: (amount / RATE).toFixed(2),
      token: "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
      expiration_time: 1200,
      payment_url: new URL(`/sandbox/bepusdt/cashier?order=${order_id}`, c.req.url).href,
    };
    return c.json({ status_code: 200, message: "success", data, request_id: "" });
  })
  .get("/pay/check-status/:id", async (c) => {
    const trade = await findTrade(c.env.DB, "bepusdt", c.req.param("id"));
    if (trade === null) return c.json({ status_code: 10008, message: "订单不存在" }, 400);
    return c.json({ trade_id: trade.trade_no, status: trade.state === "waiting" ? 1 : 2 });
  })
  .route("/", cashierOf("bepusdt", speak));
