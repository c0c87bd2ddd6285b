import { describe, expect, test } from "vitest";
import { archiveOrders } from "../../src/flows/orders/archive-orders.ts";
import { Unavailable } from "../../src/domain/overload/unavailable.ts";
import { batch, fulfilment, key, MERCHANT, order, payment, request } from "../store/fixtures.ts";
import { archiveShop } from "../support/node/memory-archive.ts";
import { Crash } from "../support/node/memory-mail.ts";

const DAY_MS = 24 * 3600_000;

/** Order 1 delivered, order 2 cancelled, order 3 waiting, order 4 owed; the book holds all. */
function oldShop() {
  const world = archiveShop({}, 2);
  const { shop } = world;
  shop.reserve(1);
  shop.pay(1);
  for (const n of [2, 4]) {
    shop.reserve(n);
    shop.store.cancel({ orderId: order(n), by: "buyer" }, shop.nowMs);
  }
  shop.reserve(3);
  shop.pay(4);
  world.publish(order(1), order(2), order(3), order(4));
  return world;
}

const archive = ({ deps, shop }: ReturnType<typeof archiveShop>) => archiveOrders(deps, shop.nowMs);

/** A month on, when all that may leave has left. */
async function archivedShop() {
  const world = oldShop();
  world.shop.nowMs += 31 * DAY_MS;
  await archive(world);
  return world;
}

describe("orders leave for the archive", () => {
  test("each in its time: unpaid after a week, sold after a month, unsettled never", async () => {
    const world = oldShop();
    const here = () => [1, 2, 3, 4].filter((n) => world.shop.store.order(order(n)) !== null);
    expect(await archive(world)).toEqual({ archived: 0, failed: [] });
    world.shop.nowMs += 8 * DAY_MS;
    expect(await archive(world)).toEqual({ archived: 1, failed: [] });
    expect(here()).toEqual([1, 3, 4]);
    world.shop.nowMs += 23 * DAY_MS;
    expect(await archive(world)).toEqual({ archived: 1, failed: [] });
    expect(here()).toEqual([3, 4]);
    world.shop.nowMs += 365 * DAY_MS;
    expect(await archive(world)).toEqual({ archived: 0, failed: [] });
  });

  test("a crash at any step loses nothing, and the next run finishes it", async () => {
    const whole = await archivedShop();
    const steps = whole.steps.taken;
    for (let breakAt = 0; breakAt < steps; breakAt++) {
      const world = oldShop();
      world.shop.nowMs += 31 * DAY_MS;
      world.steps.breakAt = breakAt;
      // What breaks inside a product is told; what breaks outside is thrown.
      const outcome = await archive(world).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(Crash);
      world.steps.mend();
      const before = await world.stock.order(order(1));
      expect(before?.keys).toHaveLength(1);
      world.shop.nowMs += DAY_MS;
      await archive(world);
      expect(world.shop.dump()).toEqual(whole.shop.dump());
      expect(world.archive.records.size).toBe(2);
      expect(world.archive.due(Infinity, 10)).toEqual([]);
    }
    expect(steps).toBeGreaterThan(12);
  });

  test("one that must stay is no hindrance to those behind it, and leaves when it may", async () => {
    const world = oldShop();
    world.shop.pay(1, { tradeNo: "the book has not heard of this one" });
    world.shop.nowMs += 31 * DAY_MS;
    expect((await archive(world)).archived).toBe(1);
    expect(world.archive.due(world.shop.nowMs, 10)).toEqual([]);
    world.publish(order(1));
    world.shop.nowMs += 31 * DAY_MS;
    expect((await archive(world)).archived).toBe(1);
  });

  test("an object that does not answer keeps its orders, and is asked again in an hour", async () => {
    const world = oldShop();
    world.shop.nowMs += 31 * DAY_MS;
    world.steps.breakAt = 2;
    const { archived, failed } = await archive(world);
    expect([archived, failed.map(({ productNumber }) => productNumber)]).toEqual([0, [7]]);
    world.steps.mend();
    expect((await archive(world)).archived).toBe(0);
    world.shop.nowMs += 3600_000;
    expect((await archive(world)).archived).toBe(2);
  });
});

describe("an order in the archive, to those who look", () => {
  test("is what it was, with its keys", async () => {
    const before = oldShop().shop.order(1);
    const { stock, shop } = await archivedShop();
    expect(shop.store.order(order(1))).toBeNull();
    expect(await stock.order(order(1))).toEqual(before);
    expect(await stock.waitForChange(order(1), 0, 1)).toEqual(before);
    expect(await stock.order(order(99))).toBeNull();
    expect(shop.store.order(order(1))).toBeNull();
  });

  test("answers the request that made it, again, and another under its key is refused", async () => {
    const { stock, shop } = await archivedShop();
    const asked = [request(1), request(2), request(1, { bodyHash: "other" })];
    const outcomes = await stock.reserve(asked);
    expect(outcomes).toMatchObject([
      { kind: "repeated", order: { id: order(1), state: "delivered" } },
      { kind: "repeated", order: { id: order(2), state: "cancelled" } },
      { kind: "reused" },
    ]);
    expect(shop.store.order(order(1))).toBeNull();
  });

  test("shows its keys in the merchant's list", async () => {
    const query = { state: null, afterRow: 0, limit: 10 };
    const before = oldShop().shop.store.keys(query);
    const { stock, shop } = await archivedShop();
    expect(shop.store.keys(query).keys[0]?.sealed).toBe("");
    expect((await stock.keys(query)).keys[0]).toEqual(before.keys[0]);
  });
});

describe("an order in the archive, to what would change it", () => {
  test("late money brings it back and is judged as ever", async () => {
    const { stock, shop } = await archivedShop();
    shop.store.importKeys(batch("more", [key("late"), key("later")]), shop.nowMs);
    const late = payment(2, { tradeNo: "late" });
    expect(await stock.recordPayment(late, MERCHANT)).toMatchObject({
      verdict: "late_delivered",
      order: { version: 3, state: "delivered", keys: [{}] },
    });
    expect(await stock.recordPayment(late, MERCHANT)).toMatchObject({ verdict: "already" });
    expect(shop.order(2).state).toBe("delivered");
  });

  test("a notice that comes once more is the one that it had", async () => {
    const { stock } = await archivedShop();
    const again = await stock.recordPayment(payment(1), MERCHANT);
    expect(again).toMatchObject({ verdict: "already", order: { version: 2 } });
  });

  test("a late payment that dies at any step grants once when it comes again", async () => {
    const late = payment(2, { tradeNo: "late" });
    const stocked = async () => {
      const world = await archivedShop();
      world.shop.store.importKeys(batch("more", [key("late"), key("later")]), world.shop.nowMs);
      world.steps.taken = 0;
      return world;
    };
    const whole = await stocked();
    await whole.stock.recordPayment(late, MERCHANT);
    const steps = whole.steps.taken;
    for (let breakAt = 0; breakAt < steps; breakAt++) {
      const world = await stocked();
      world.steps.breakAt = breakAt;
      await expect(world.stock.recordPayment(late, MERCHANT)).rejects.toThrow();
      world.steps.mend();
      const { order: after } = await world.stock.recordPayment(late, MERCHANT);
      expect(after).toMatchObject({ state: "delivered", version: 3, payments: [{}] });
      expect(world.shop.dump()).toEqual(whole.shop.dump());
    }
    expect(steps).toBe(10);
  });

  test("two payments at one moment bring it back once, and one of them is a surplus", async () => {
    const { stock, shop } = await archivedShop();
    shop.store.importKeys(batch("more", [key("late"), key("later")]), shop.nowMs);
    const outcomes = await Promise.all(
      ["a", "b"].map((tradeNo) => stock.recordPayment(payment(2, { tradeNo }), MERCHANT)),
    );
    expect(outcomes.map(({ verdict }) => verdict).toSorted()).toEqual([
      "late_delivered",
      "surplus",
    ]);
  });

  test("while the archive is down nothing is granted, and the answer is to come again", async () => {
    const { stock, shop, steps } = await archivedShop();
    const before = shop.dump();
    for (const step of [2, 4]) {
      steps.breakAt = steps.taken + step;
      const failed = stock.recordPayment(payment(2), MERCHANT);
      await expect(failed).rejects.toBeInstanceOf(Unavailable);
      steps.mend();
    }
    steps.breakAt = steps.taken + 2;
    await expect(stock.order(order(1))).rejects.toBeInstanceOf(Unavailable);
    expect(shop.dump()).toEqual(before);
  });

  test("what it refuses, it refuses by the normal rules, and leaves again a day later", async () => {
    const world = await archivedShop();
    const { stock, shop } = world;
    const cancelled = await stock.cancel({ orderId: order(1), by: "buyer" });
    expect(cancelled).toMatchObject({ kind: "refused", state: "delivered" });
    const fulfilled = await stock.fulfil(fulfilment(2, [key("by hand")]));
    expect(fulfilled).toMatchObject({ kind: "refused", state: "cancelled" });
    expect(shop.store.order(order(1))).not.toBeNull();
    shop.nowMs += DAY_MS;
    expect((await archive(world)).archived).toBe(2);
    expect(shop.store.order(order(1))).toBeNull();
    expect((await stock.order(order(1)))?.state).toBe("delivered");
  });

  test("an archive without its record grants nothing and says so loudly", async () => {
    const { stock, shop, archive: kept } = await archivedShop();
    const before = shop.dump();
    kept.records.clear();
    await expect(stock.recordPayment(payment(2), MERCHANT)).rejects.toThrow(/not in the archive/);
    await expect(stock.reserve([request(1)])).rejects.toThrow(/not in the archive/);
    expect(shop.dump()).toEqual(before);
  });

  test("an archive with another record of it grants nothing", async () => {
    const { stock, shop, archive: kept } = await archivedShop();
    const before = shop.dump();
    const [record] = kept.read([order(2)]);
    const other = JSON.stringify({ ...record, bodyHash: "another" });
    kept.records.set(order(2), { version: 2, json: other });
    await expect(stock.recordPayment(payment(2), MERCHANT)).rejects.toThrow(/another/);
    expect(shop.dump()).toEqual(before);
  });
});
