import type { Context, MiddlewareHandler } from "hono";
import type { AppContext, AppEnv } from "../../../http/env.ts";
import { log } from "../../../platform/log.ts";
import { lazyTable } from "../../lazy-table.ts";
import { asTold } from "./joined.ts";
import type { Trade } from "./trade-book.ts";

/** What a shop's server asks of a gateway. */
export const CALLS = ["open", "query", "refund"] as const;
export type Call = (typeof CALLS)[number];

/** What a gateway may do instead of answering: one table, for every gateway. */
export const MANNERS = {
  refuse: { zh: "拒绝", en: "Refuse" },
  stall: { zh: "一直不应答", en: "Stall" },
  drop: { zh: "中途断开", en: "Drop the connection" },
  html: { zh: "返回网页", en: "Answer with HTML" },
  error_500: { zh: "服务器错误 500", en: "Answer 500" },
  redirect: { zh: "重定向", en: "Redirect" },
  too_large: { zh: "应答过大", en: "Answer too much" },
  other_order: { zh: "应答其他订单", en: "Answer for another order" },
  wrong_signature: { zh: "应答签名错误", en: "Sign the answer wrongly" },
} as const;
export type Manner = keyof typeof MANNERS;
export const MANNER_NAMES = Object.keys(MANNERS) as [Manner, ...Manner[]];

/** Longer than anybody waits. */
const STALL_MS = 20_000;
const TOO_LARGE_BYTES = 1024 * 1024;
/** RFC 1952 §2.3.1: checksum and length. */
const GZIP_TRAILER_BYTES = 8;

const TABLE = `dev_gateway_manners (
  gateway TEXT NOT NULL, call TEXT NOT NULL, manner TEXT NOT NULL, times INTEGER NOT NULL,
  PRIMARY KEY (gateway, call))`;

/** For that many calls from now on; no manner is to behave. */
export async function setManner(
  db: D1Database,
  gateway: string,
  { call, manner, times }: { call: Call; manner: Manner | null; times: number },
): Promise<void> {
  await lazyTable(db, TABLE);
  await db
    .prepare("INSERT OR REPLACE INTO dev_gateway_manners VALUES (?,?,?,?)")
    .bind(gateway, call, manner ?? "", manner === null ? 0 : times)
    .run();
}

async function takeManner(db: D1Database, gateway: string, call: Call): Promise<Manner | null> {
  await lazyTable(db, TABLE);
  const row = await db
    .prepare(
      `UPDATE dev_gateway_manners SET times = times - 1
       WHERE gateway = ?1 AND call = ?2 AND times > 0 RETURNING manner`,
    )
    .bind(gateway, call)
    .first<{ manner: string }>();
  return MANNER_NAMES.find((name) => name === row?.manner) ?? null;
}

/** What a request's answer is to be, for those manners that only the gateway itself can have. */
const manners = new WeakMap<Request, Manner>();

/** Stands in front of a gateway's own routes. `refuse` is its way to say no. */
export function behaving(
  gateway: string,
  callOf: (method: string, path: string, c: AppContext) => Call | null | Promise<Call | null>,
  refuse: (c: AppContext, call: Call) => Response | Promise<Response>,
): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const call = await callOf(c.req.method, new URL(c.req.url).pathname, c);
    const manner = call === null ? null : await takeManner(c.env.DB, gateway, call);
    if (call === null || manner === null) return next();
    // At the level that the development server shows: an order that does not open has its reason there.
    log("error", "simulated_gateway_misbehaves", { gateway, call, manner });
    if (manner === "refuse") return refuse(c, call);
    if (manner === "other_order" || manner === "wrong_signature") {
      manners.set(c.req.raw, manner);
      return next();
    }
    return rude(c, manner);
  };
}

async function rude(
  c: Context<AppEnv>,
  manner: Exclude<Manner, "refuse" | "other_order" | "wrong_signature">,
): Promise<Response> {
  switch (manner) {
    case "stall":
      await scheduler.wait(STALL_MS);
      return c.json({});
    case "drop":
      return brokenOff();
    case "html":
      return c.html("<!doctype html><title>Just a moment...</title>");
    case "error_500":
      return c.json({ code: 1, status: 1, success: true }, 500);
    case "redirect":
      return c.redirect("/healthz", 302);
    case "too_large":
      return c.json({ text: "x".repeat(TOO_LARGE_BYTES) });
    default:
      return manner satisfies never;
  }
}

/**
 * A compressed answer without its end: whoever reads it has its beginning and then an error, as where a connection
 * breaks off. A stream that fails would do the same, but the development server puts itself between, asks three
 * times, makes a 500 of it and fills the log.
 */
async function brokenOff(): Promise<Response> {
  const beginning = new Blob(['{"code":']).stream();
  const packed = new Response(beginning.pipeThrough(new CompressionStream("gzip")));
  const bytes = await packed.arrayBuffer();
  return new Response(bytes.slice(0, -GZIP_TRAILER_BYTES), {
    headers: { "content-type": "application/json", "content-encoding": "gzip" },
    encodeBody: "manual",
  });
}

/** The text of an answer about a trade; where that was chosen, about another one. */
export function answerText(c: AppContext, trade: Trade | null, body: object): string {
  const text = JSON.stringify(body);
  if (trade === null || manners.get(c.req.raw) !== "other_order") return text;
  return text
    .replaceAll(trade.order_no, "ord_00000000000000000000000000")
    .replaceAll(new RegExp(trade.trade_no, "gi"), "0".repeat(32));
}

/** The signature of an answer; where that was chosen, a wrong one. */
export function answerSign(c: AppContext, genuine: string): string {
  const isWrong = manners.get(c.req.raw) === "wrong_signature";
  return asTold(genuine, isWrong ? "wrong" : "genuine");
}

export function answerJson(c: AppContext, trade: Trade | null, body: object): Response {
  return new Response(answerText(c, trade, body), {
    headers: { "content-type": "application/json" },
  });
}
