import { getCookie, setCookie } from "hono/cookie";
import { parseOrderId, type OrderId } from "../../domain/ids.ts";
import type { AppContext } from "../env.ts";
import { isSecure } from "./visit.ts";

/** An order and the token that opens it. */
export interface HeldToken {
  readonly id: OrderId;
  readonly token: string;
}

/** The orders a browser holds; older ones are found by mail or look-up. 20 make about 1.5 KB. */
const ORDERS_MAX = 20;
const HELD_SECONDS = 90 * 24 * 3600;
const TOKEN = /^[0-9a-z]{1,8}_[A-Za-z0-9_-]{1,64}$/;

/** The tokens this browser holds, newest first. Held is not proven: each is checked when used. */
export function heldTokens(c: AppContext): HeldToken[] {
  const entries = (getCookie(c, cookieName(c)) ?? "").split(".").slice(0, ORDERS_MAX);
  return entries.flatMap((entry) => {
    const [id = "", token = ""] = entry.split("~", 2);
    const parsed = parseOrderId(id);
    return parsed !== null && TOKEN.test(token) ? [{ id: parsed.id, token }] : [];
  });
}

/**
 * Adds orders to those this browser holds. Scripts cannot read the cookie, other sites' requests do
 * not carry it, and over https no other host can set it (the __Host- prefix).
 */
export function rememberOrders(c: AppContext, orders: readonly HeldToken[]): void {
  const added = new Set(orders.map(({ id }) => id));
  const kept = heldTokens(c).filter(({ id }) => !added.has(id));
  const entries = [...orders, ...kept].slice(0, ORDERS_MAX);
  setCookie(c, cookieName(c), entries.map(({ id, token }) => `${id}~${token}`).join("."), {
    path: "/",
    maxAge: HELD_SECONDS,
    httpOnly: true,
    sameSite: "Lax",
    secure: isSecure(c),
  });
}

function cookieName(c: AppContext): string {
  return isSecure(c) ? "__Host-kamidrop_orders" : "kamidrop_orders";
}
