import type { Context, MiddlewareHandler } from "hono";
import type { AppContext, AppEnv } from "../../../http/env.ts";
import { log } from "../../../platform/log.ts";
import { lazyTable } from "../../lazy-table.ts";
import type { Ability } from "../simulated.ts";
import { asTold } from "./joined.ts";
import type { Trade } from "./trade-book.ts";

/** What a shop's server asks of a gateway. */
export const CALLS = ["open", "query", "refund"] as const;
export type Call = (typeof CALLS)[number];

/** What a gateway may do instead of answering: one list, for every gateway. */
export const MANNERS = [
  "refuse",
  "stall",
  "drop",
  "html",
  "error_500",
  "redirect",
  "too_large",
  "other_order",
  /** Where its answers are signed; elsewhere nothing changes. */
  "wrong_signature",
] as const;
export type Manner = (typeof MANNERS)[number];

/** The calls that a gateway of these abilities is asked, and how it may answer them. */
export function callsFor(can: readonly Ability[]): Call[] {
  return CALLS.filter((call) => call !== "refund" || can.includes("refund"));
}

export function mannersFor(can: readonly Ability[]): Manner[] {
  return MANNERS.filter((manner) => manner !== "wrong_signature" || can.includes("sign_answers"));
}

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

export interface Misbehaviour {
  readonly call: Call;
  readonly manner: Manner;
  /** How many calls it is for still. */
  readonly times: number;
}

export async function mannersOf(db: D1Database, gateway: string): Promise<Misbehaviour[]> {
  await lazyTable(db, TABLE);
  const { results } = await db
    .prepare("SELECT call, manner, times FROM dev_gateway_manners WHERE gateway = ?1 AND times > 0")
    .bind(gateway)
    .all<Misbehaviour>();
  return results;
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
  return MANNERS.find((name) => name === row?.manner) ?? null;
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
