import { getting, ordering, paying, posting, orderBody, Purchasing } from "../clients.ts";
import { closedLoop, type Client } from "../load/closed-loop.ts";
import { openLoop } from "../load/open-loop.ts";
import type { Load } from "../load/tally.ts";
import type { SellingSubject, Subject } from "./subjects.ts";

/** For every row alike, above the line of a ratio and below it. */
const CONNECTIONS = 200;

export interface Subjects {
  readonly ceiling: Subject;
  readonly shop: SellingSubject;
}

export type Note = (measure: Measure, load: Load) => void;

export const MEASURES = [
  "empty handler",
  "empty handler that reads an order",
  "empty Worker→object RPC",
  "one durable write per RPC",
  "catalogue JSON",
  "product page",
  "orders",
  "notice → delivered",
  "whole purchases",
  "RPC at half the orders' load",
  "orders at half their load",
] as const;
export type Measure = (typeof MEASURES)[number];

/** Each measure once, one after the other. */
export async function measureRound(
  { ceiling, shop }: Subjects,
  seconds: number,
  note: Note,
): Promise<void> {
  const full = (origin: string, client: () => Client, most = seconds) =>
    closedLoop({ origin, connections: CONNECTIONS, seconds: most, client });
  const body = orderBody(shop.productId, "0000000000000000-0");

  note("empty handler", await full(ceiling.origin, () => getting("/")));
  note("empty handler that reads an order", await full(ceiling.origin, () => posting("/", body)));
  note("empty Worker→object RPC", await full(ceiling.origin, () => getting("/rpc")));
  note("one durable write per RPC", await full(ceiling.origin, () => posting("/write", body)));
  note("catalogue JSON", await full(shop.origin, () => getting("/api/v1/products")));
  note("product page", await full(shop.origin, () => getting(`/p/${shop.productSlug}`)));

  const placed: string[] = [];
  const orders = await full(shop.origin, () => ordering(shop, placed));
  note("orders", orders);
  await shop.atRest();
  note("notice → delivered", await full(shop.origin, () => paying(shop, placed)));
  await shop.atRest();
  note("whole purchases", await full(shop.origin, () => new Purchasing(shop, [])));
  await shop.atRest();

  const half = { connections: CONNECTIONS, ratePerSecond: orders.ratePerSecond / 2, seconds };
  note(
    "RPC at half the orders' load",
    await openLoop({ ...half, origin: ceiling.origin, client: getting("/rpc") }),
  );
  note(
    "orders at half their load",
    await openLoop({ ...half, origin: shop.origin, client: ordering(shop, []) }),
  );
  await shop.atRest();
}
