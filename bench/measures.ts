import { randomBytes } from "node:crypto";
import { noticePath } from "../scripts/shop-client.ts";
import { load, type Load } from "./load.ts";

const CONNECTIONS = 100;

/** The run's subjects: the platform's floor and the shop, each on its own workerd. */
export interface Subjects {
  readonly ceiling: string;
  readonly shop: string;
  readonly accountId: string;
  readonly productSlug: string;
  readonly productId: string;
  readonly seconds: number;
}

export const MEASURES = {
  "empty handler": ({ ceiling, seconds }: Subjects) => get(ceiling, "/", seconds),
  "empty Worker→object RPC": ({ ceiling, seconds }: Subjects) => get(ceiling, "/rpc", seconds),
  "catalogue JSON": ({ shop, seconds }: Subjects) => get(shop, "/api/v1/products", seconds),
  "product page": ({ shop, seconds, productSlug }: Subjects) =>
    get(shop, `/p/${productSlug}`, seconds),
} as const;

function get(origin: string, path: string, seconds: number): Promise<Load> {
  return load({
    origin,
    connections: CONNECTIONS,
    seconds,
    request: () => ({ method: "GET", path }),
  });
}

/** Orders of one hot product, each by another buyer; and the ids of those that were placed. */
export async function placeOrders(subjects: Subjects): Promise<{ load: Load; orderIds: string[] }> {
  const orderIds: string[] = [];
  const run = randomBytes(8).toString("hex");
  let made = 0;
  const measured = await load({
    origin: subjects.shop,
    connections: CONNECTIONS,
    seconds: subjects.seconds,
    request: () => {
      made++;
      return {
        method: "POST",
        path: "/api/v1/orders",
        headers: { "content-type": "application/json", "idempotency-key": `${run}-${made}-order` },
        body: JSON.stringify({
          product_id: subjects.productId,
          quantity: 1,
          email: `buyer-${run}-${made}@example.com`,
          payment_method: "epay",
        }),
      };
    },
    onAnswer: (body) => {
      const id = /"id":"(ord_[0-9a-z]+)"/.exec(body)?.[1];
      if (id !== undefined) orderIds.push(id);
    },
  });
  return { load: measured, orderIds };
}

/** One genuine notice for each of those orders: signature, commit, keys claimed, "success". */
export async function payOrders(subjects: Subjects, orderIds: string[]): Promise<Load> {
  const due = [...orderIds];
  let accepted = 0;
  const measured = await load({
    origin: subjects.shop,
    connections: CONNECTIONS,
    amount: due.length,
    request: () => {
      const orderId = due.pop() ?? orderIds[0] ?? "";
      const notice = { orderId, tradeNo: `bench-${orderId}`, money: "10.00" };
      return { method: "GET", path: noticePath(subjects.accountId, notice) };
    },
    onAnswer: (body) => {
      if (body === "success") accepted++;
    },
  });
  return { ...measured, failures: measured.failures + (measured.requests - accepted) };
}
