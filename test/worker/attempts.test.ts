import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { deliverMail } from "../../src/flows/mail/deliver-mail.ts";
import { depsFor } from "../../src/platform/deps.ts";
import { eventually } from "../support/worker/eventually.ts";
import { gatedDatabase } from "../support/worker/gated-database.ts";
import { isolate, wiredObjects } from "../support/worker/isolate.ts";
import { keysNamed } from "../support/worker/notices.ts";
import {
  call,
  migrate,
  openShop,
  postOrder,
  sendNotice,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

/**
 * Who tries again (docs/ARCHITECTURE.md): one layer for each kind of call. Two would multiply, so the tries
 * that arrive at the other end are counted there, for one request at the door.
 */
let shop: Shop;
beforeAll(async () => {
  await migrate();
  shop = await openShop("demo");
});
beforeEach(() => {
  for (const level of ["info", "warn", "error"] as const)
    vi.spyOn(console, level).mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

/** A Worker whose stock objects fail each call of that name so, and how often they were called. */
function failing(method: string, error: object) {
  const tries = { count: 0 };
  const PRODUCT_STOCK = wiredObjects(env.PRODUCT_STOCK, (asked) => {
    if (asked.method !== method) return asked.ask();
    tries.count++;
    return Promise.reject(Object.assign(new Error("the object is not well"), error));
  });
  return { tries, through: isolate({ PRODUCT_STOCK }) };
}

describe("one order reaches", () => {
  test.each([
    ["an object that is to be tried again three times", { retryable: true }, 3],
    ["an object that is overloaded once", { retryable: true, overloaded: true }, 1],
    ["an object that fails otherwise once", {}, 1],
  ])("%s", async (_, error, expected) => {
    const product = await stockedProduct(shop, keysNamed("tried", 1));
    const { tries, through } = failing("reserve", error);
    const answer = await postOrder(shop, product.id, {}, undefined, through);
    expect(answer.status).toBeGreaterThanOrEqual(500);
    expect(tries.count).toBe(expected);
  });
});

test("one notice reaches an object that is overloaded once, and the gateway is told to come again", async () => {
  const product = await stockedProduct(shop, keysNamed("noticed", 1));
  const placed = await postOrder(shop, product.id);
  const { tries, through } = failing("recordPayments", { retryable: true, overloaded: true });
  const told = await sendNotice(shop, placed.json, {}, through);
  expect(told.text).not.toContain("success");
  expect(tries.count).toBe(1);
});

test("one look reaches a D1 that is down once", async () => {
  const asked: string[] = [];
  const DB = gatedDatabase(env.DB, (what) => {
    asked.push(what);
    return Promise.reject(new Error("D1_ERROR: Network connection lost."));
  });
  const answer = await call("/api/v1/products/none-such", isolate({ DB }));
  expect(answer.status).toBe(503);
  expect(asked.toSorted()).toEqual([...new Set(asked)].toSorted());
});

test("one delivery is one try of its sender; the next is the schedule's", async () => {
  const product = await stockedProduct(shop, keysNamed("mailed", 1));
  const placed = await postOrder(shop, product.id);
  await sendNotice(shop, placed.json);
  let tries = 0;
  const send = () => {
    tries++;
    return Promise.reject(new Error("connection refused"));
  };
  const deps = depsFor(isolate().bindings, { mailSenders: () => [{ name: "down", send }] });
  const first = await eventually(async () => {
    const [delivery] = await deps.deliveries.ofOrder(placed.json.id);
    return delivery?.state === "sent" ? delivery : null;
  });
  const { merchantId, orderId, purpose } = first;
  const id = await deps.deliveries.addRound({ merchantId, orderId, purpose }, Date.now());
  const outcome = await deliverMail(deps, id, Date.now() + 1_000);
  expect(outcome).toMatchObject({ kind: "retrying" });
  expect(tries).toBe(1);
});
