import { getting, joining, orderBody, posting, refused, showingTickets } from "../clients.ts";
import type { Client } from "../load/closed-loop.ts";
import type { Subject } from "../load/costed.ts";
import type { Shop } from "../sale/subjects.ts";

export interface EdgeSubjects {
  readonly ceiling: Subject;
  readonly shop: Shop;
}

/** What one request to the edge costs, as a ratio to one that does nothing. */
export interface EdgeRow {
  readonly name: string;
  readonly on: keyof EdgeSubjects;
  readonly client: (subjects: EdgeSubjects) => Client;
  /** The row that it is a ratio to, and the least that the ratio is to be. */
  readonly to?: string;
  readonly atLeast?: number;
}

const EMPTY = "empty handler";
const EMPTY_POST = "empty handler that reads an order";

/** A row more is an entry more: those that others are ratios to come first. */
export const EDGE_ROWS: readonly EdgeRow[] = [
  { name: EMPTY, on: "ceiling", client: () => getting("/") },
  {
    name: EMPTY_POST,
    on: "ceiling",
    client: ({ shop }) => posting("/", orderBody(shop.productId, "0000000000000000-0")),
  },
  {
    name: "catalogue JSON",
    on: "shop",
    client: () => getting("/api/v1/products"),
    to: EMPTY,
    atLeast: 0.85,
  },
  {
    name: "product JSON",
    on: "shop",
    client: ({ shop }) => getting(`/api/v1/products/${shop.productSlug}`),
    to: EMPTY,
  },
  {
    name: "product page",
    on: "shop",
    client: ({ shop }) => getting(`/p/${shop.productSlug}`),
    to: EMPTY,
    atLeast: 0.7,
  },
  {
    name: "sold-out refusal",
    on: "shop",
    client: ({ shop }) => refused({ ...shop, productId: shop.emptyProductId }, "sold_out"),
    to: EMPTY,
    atLeast: 0.7,
  },
  {
    name: "the same refusal",
    on: "shop",
    client: ({ shop }) => refused({ ...shop, productId: shop.emptyProductId }, "sold_out"),
    to: EMPTY_POST,
  },
  {
    name: "poll of a drop's state",
    on: "shop",
    client: ({ shop }) => getting(`/api/v1/drops/${shop.dropId}/state`),
    to: EMPTY,
    atLeast: 0.85,
  },
  {
    name: "a ticket minted",
    on: "shop",
    client: ({ shop }) => joining(shop.dropId),
    to: EMPTY_POST,
    atLeast: 0.5,
  },
  {
    name: "a ticket verified",
    on: "shop",
    client: ({ shop }) => showingTickets(shop.dropId),
    to: EMPTY_POST,
    atLeast: 0.5,
  },
];
