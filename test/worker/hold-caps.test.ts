import { beforeAll, expect, it } from "vitest";
import { formOf, Visitor, words } from "../support/worker/pages.ts";
import {
  createProduct,
  migrate,
  openShop,
  postOrder,
  stockedProduct,
} from "../support/worker/shop.ts";
import type { Shop } from "../support/worker/shop.ts";

let shop: Shop;

beforeAll(async () => {
  await migrate();
  shop = await openShop("demo");
});

const keysOf = (name: string) => Array.from({ length: 8 }, (_, n) => `${name}-${n}`);
const from = (address: string) => ({ headers: { "cf-connecting-ip": address } });
let buyers = 0;
const anyone = () => ({ email: `buyer-${++buyers}@example.com` });

it("a network that holds its share unpaid is told so, and another one buys", async () => {
  const holds = { per_network: 2 };
  const product = await stockedProduct(shop, keysOf("NET"), { limits: { holds } });
  const ask = (address: string, key: string) =>
    postOrder(shop, product.id, anyone(), key, from(address));
  const statuses = [];
  for (const key of ["hoard-0000000001", "hoard-0000000002", "hoard-0000000003"]) {
    // One household's addresses of IPv6 are one network.
    statuses.push((await ask(`2001:db8:1:2::${statuses.length}`, key)).status);
  }
  expect(statuses).toEqual([201, 201, 409]);
  const refused = await ask("2001:db8:1:2:ffff::9", "hoard-0000000004");
  expect(refused.json).toMatchObject({ code: "limit_reached", limit: 2, scope: "holds" });
  expect((await ask("2001:db8:1:3::1", "hoard-0000000005")).status).toBe(201);
});

it("what a client says of its address beside Cloudflare's word changes nothing", async () => {
  const holds = { per_network: 1 };
  const product = await stockedProduct(shop, keysOf("SPOOF"), { limits: { holds } });
  const asked = [];
  for (const claimed of ["10.0.0.1", "10.0.0.2"]) {
    const headers = { "cf-connecting-ip": "198.51.100.7", "x-forwarded-for": claimed };
    asked.push(await postOrder(shop, product.id, anyone(), `spoof-${claimed}-00000`, { headers }));
  }
  expect(asked.map(({ status }) => status)).toEqual([201, 409]);
});

it("a product has caps from the start; its merchant sets others, or none", async () => {
  const made = await createProduct(shop);
  const caps = { per_buyer: 20, per_network: 200, network_percent: 25 };
  expect(made.limits).toEqual({ per_order: 10, per_buyer: null, holds: caps });
  const edit = async (limits: unknown, version: number) => {
    const headers = { "if-match": `"${version}"` };
    const method = "PATCH";
    const answer = await shop.admin(`/products/${made.id}`, { method, headers, body: { limits } });
    return answer.json;
  };
  const one = { per_buyer: 1, per_network: null, network_percent: null };
  expect((await edit({ holds: { per_buyer: 1 } }, 1)).limits.holds).toEqual(one);
  expect((await edit({ per_order: 3 }, 2)).limits.holds).toEqual(one);
  expect((await edit({ holds: null }, 3)).limits.holds).toBeNull();
  const wrong = await edit({ holds: { network_percent: 101 } }, 4);
  expect(wrong).toMatchObject({ status: 400, code: "invalid_body" });
});

it("the checkout page says what is held and what to do", async () => {
  const holds = { per_buyer: 1 };
  const product = await stockedProduct(shop, keysOf("PAGE"), { limits: { holds } });
  const email = "one@example.com";
  await postOrder(shop, product.id, { email });
  const visitor = new Visitor();
  const path = `/checkout/${product.slug}`;
  const fields = formOf(await visitor.get(path));
  expect((await visitor.post(path, { ...fields, email: "other@example.com" })).status).toBe(303);
  const refused = await visitor.post(path, { ...fields, email: "one+again@example.com" });
  expect(refused.status).toBe(409);
  expect(words(refused)).toContain("may be reserved and unpaid at a time");
});
