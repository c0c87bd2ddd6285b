import type { Baseline } from "../baseline/start.ts";
import { getting, ordering, orderBody, paying, posting, Purchasing } from "../clients.ts";
import { closedLoop, type Client } from "../load/closed-loop.ts";
import { openLoop } from "../load/open-loop.ts";
import { costed, type Measured, type Subject } from "../load/costed.ts";
import type { SellingSubject, Shop } from "./subjects.ts";

/** For every row alike, above the line of a ratio and below it. */
const CONNECTIONS = 200;

export interface Subjects {
  readonly ceiling: Subject;
  readonly shop: Shop;
  /** None where its programs are not installed. */
  readonly baseline: { readonly always: Baseline; readonly everysec: Baseline } | null;
}

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
  "baseline: orders",
  "baseline: notice → delivered",
  "baseline: whole purchases",
  "baseline, everysec: whole purchases",
] as const;
export type Measure = (typeof MEASURES)[number];

export interface RoundPlan {
  readonly subjects: Subjects;
  readonly seconds: number;
  readonly note: (measure: Measure, measured: Measured) => void;
}

/** Each measure once, one after the other: at the same time they would measure each other. */
export async function measureRound({ subjects, seconds, note }: RoundPlan): Promise<void> {
  const { ceiling, shop, baseline } = subjects;
  const full = (subject: Subject, client: () => Client) =>
    costed(subject, () =>
      closedLoop({ origin: subject.origin, connections: CONNECTIONS, seconds, client }),
    );
  const body = orderBody(shop.productId, "0000000000000000-0");

  note("empty handler", await full(ceiling, () => getting("/")));
  note("empty handler that reads an order", await full(ceiling, () => posting("/", body)));
  note("empty Worker→object RPC", await full(ceiling, () => getting("/rpc")));
  note("one durable write per RPC", await full(ceiling, () => posting("/write", body)));
  note("catalogue JSON", await full(shop, () => getting("/api/v1/products")));
  note("product page", await full(shop, () => getting(`/p/${shop.productSlug}`)));

  const placed: string[] = [];
  const orders = await full(shop, () => ordering(shop, placed));
  note("orders", orders);
  note("notice → delivered", await full(shop, () => paying(shop, placed)));
  note("whole purchases", await purchases(shop, full));

  const half = (subject: Subject, client: Client) =>
    costed(subject, () =>
      openLoop({
        origin: subject.origin,
        connections: CONNECTIONS,
        ratePerSecond: orders.ratePerSecond / 2,
        seconds,
        client,
      }),
    );
  note("RPC at half the orders' load", await half(ceiling, getting("/rpc")));
  note("orders at half their load", await half(shop, ordering(shop, [])));

  if (baseline === null) return;
  const { always, everysec } = baseline;
  const due: string[] = [];
  note("baseline: orders", await full(always, () => ordering(always, due)));
  note("baseline: notice → delivered", await full(always, () => paying(always, due)));
  note("baseline: whole purchases", await purchases(always, full));
  note("baseline, everysec: whole purchases", await purchases(everysec, full));
}

/** Throws where two buyers were given the same key. */
async function purchases(
  seller: SellingSubject,
  full: (subject: Subject, client: () => Client) => Promise<Measured>,
): Promise<Measured> {
  const sold: string[] = [];
  const measured = await full(seller, () => new Purchasing(seller, sold));
  const twice = sold.length - new Set(sold).size;
  if (twice > 0) throw new Error(`${twice} keys were sold twice`);
  return measured;
}
