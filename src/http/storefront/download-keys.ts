import { Hono } from "hono";
import { openKeys } from "../../flows/orders/show-order.ts";
import type { AppEnv } from "../env.ts";
import { noteVisit } from "../note-visit.ts";
import { openedOrder, readOpened } from "./order-access.ts";
import { orderNotFound } from "./order-not-found.tsx";

/** The keys of an order, one a line, as a file. */
export const downloadKeys = new Hono<AppEnv>().get("/orders/:id/keys.txt", async (c) => {
  const opened = await openedOrder(c, c.req.param("id"));
  const order = opened === null ? null : await readOpened(c, opened);
  if (order === null || order.keys.length === 0) return orderNotFound(c);
  noteVisit(c, order, "file");
  const keys = await openKeys(c.get("deps").vault, order);
  return c.body(keys.map(({ secret }) => `${secret}\r\n`).join(""), 200, {
    "content-type": "text/plain; charset=utf-8",
    "content-disposition": `attachment; filename="${order.id}.txt"`,
    "content-security-policy": "default-src 'none'; sandbox",
    "cache-control": "no-store",
  });
});
