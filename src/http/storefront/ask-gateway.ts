import { Hono } from "hono";
import { z } from "zod";
import { askForBuyer, type BuyersAnswer } from "../ask-for-buyer.ts";
import type { AppContext, AppEnv } from "../env.ts";
import { openedOrder, readOpened, type OpenedOrder } from "./order-access.ts";
import { orderNotFound } from "./order-not-found.tsx";

/** What the order's page says of an answer; nothing where the order itself says it. */
export const ASKED = [
  "waiting",
  "unavailable",
  "too_soon",
  "by_hand",
  "refunded",
  "not_recognized",
  "not_opened",
] as const;
const asked = z.enum(ASKED).optional().catch(undefined);
export type Asked = (typeof ASKED)[number];

/** "I have paid": the form works without scripts, and the page it leads to says what was found. */
export const askGatewayForm = new Hono<AppEnv>().post("/orders/:id/ask-gateway", async (c) => {
  const opened = await openedOrder(c, c.req.param("id"));
  const order = opened === null ? null : await readOpened(c, opened);
  if (opened === null || order === null) return orderNotFound(c);
  const word = wordOf(await askForBuyer(c, order, opened.stockNumber));
  return c.redirect(`/orders/${opened.id}${word === null ? "" : `?asked=${word}`}`, 303);
});

/** From the address that the form led to. */
export function askedIn(c: AppContext): Asked | undefined {
  return asked.parse(c.req.query("asked"));
}

function wordOf({ kind }: BuyersAnswer): Asked | null {
  switch (kind) {
    case "pending":
    case "unknown":
    case "closed":
      return "waiting";
    case "unsupported":
      return "by_hand";
    case "unavailable":
    case "too_soon":
    case "refunded":
      return kind;
    case "paid":
    case "settled":
      return null;
    default:
      return kind satisfies never;
  }
}

/** Names that gateways bring a buyer back with. Nothing of them is believed: they say when to ask. */
const BROUGHT_BACK = ["trade_status", "out_trade_no", "trade_no", "PayerID", "session_id"];

/** A buyer who comes from the gateway has probably paid: it is asked after their page is on its way. */
export function askWhenBack(c: AppContext, opened: OpenedOrder): void {
  if (!BROUGHT_BACK.some((name) => c.req.query(name) !== undefined)) return;
  const ask = async () => {
    const order = await readOpened(c, opened);
    if (order !== null) await askForBuyer(c, order, opened.stockNumber);
  };
  // The page says how things stand; the schedule asks again.
  c.executionCtx.waitUntil(ask().catch(() => undefined));
}
