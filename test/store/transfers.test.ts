import { describe, expect, test } from "vitest";
import type { Transfer } from "../../durable-objects/product-stock/shard-contract.ts";
import { ACCOUNT, batch, key, keys, NOW_MS, order, VARIANTS } from "./fixtures.ts";
import { Shop } from "./shop.ts";

const HERE = 7;
const THERE = 7 + 2 ** 24;

/** Two shards of one product: keys here, none there. */
function shards(keyCount: number) {
  const here = new Shop({ shards: 2 }, keyCount);
  const there = new Shop({ shards: 2, productNumber: THERE });
  return { here, there };
}

function lend(shop: Shop, quantity: number, variantId: string | null = null): Transfer {
  const transfer = shop.store.lend({ to: THERE, variantId, quantity }, shop.nowMs);
  if (transfer === null) throw new Error("nothing was lent");
  return transfer;
}

const fingerprints = (transfer: Transfer) => transfer.keys.map((each) => each.fingerprint);

describe("keys that are lent", () => {
  test("are nobody's here any more: not sold, not listed, not counted", () => {
    const { here } = shards(3);
    const transfer = lend(here, 2);
    expect(transfer).toMatchObject({ from: HERE, number: 1 });
    expect(fingerprints(transfer)).toEqual(["print-key-0", "print-key-1"]);
    expect(here.store.stock()).toMatchObject({ free: 1, held: 0, sold: 0, void: 0 });
    expect(here.store.keys({ state: null, afterRow: 0, limit: 9 }).keys).toHaveLength(1);
    expect(here.reserve(1, { quantity: 2 })).toEqual({ kind: "sold_out", available: 1 });
  });

  test("are still known here: an import of them adds nothing", () => {
    const { here } = shards(3);
    lend(here, 2);
    const again = here.store.importKeys(batch("again", keys(4)), here.nowMs);
    expect(again).toMatchObject({ accepted: 1, duplicates: [0, 1, 2] });
  });

  test("are no finding for whoever walks through the books, and neither are registered ones", () => {
    const { here } = shards(3);
    lend(here, 2);
    here.store.registerKeys({ orderId: order(1, THERE), keys: keys(1, "by-hand") });
    here.store.stock();
    const { findings, counted } = here.store.checkKeys(null, 7);
    expect(findings).toEqual([]);
    expect(counted).toEqual({ free: 1, held: 0, sold: 0, void: 0 });
  });

  test("go with what an import said of them", () => {
    const { here, there } = shards(0);
    const detailed = key("a", {
      note: "EU",
      variantId: "y",
      expiresAtMs: NOW_MS + 1,
      costMinor: 350,
    });
    here.store.importKeys(batch("detailed", [detailed]), here.nowMs);
    there.store.receive(lend(here, 1, "y"), there.nowMs);
    expect(there.store.keys({ state: null, afterRow: 0, limit: 9 }).keys).toMatchObject([
      {
        state: "free",
        note: "EU",
        variantId: "y",
        expiresAtMs: NOW_MS + 1,
        batchId: "kb_detailed",
      },
    ]);
  });

  test("are a few more than were asked for where there are plenty, and no more than there are", () => {
    const { here } = shards(200);
    expect(lend(here, 1).keys).toHaveLength(200 / 8);
    expect(lend(here, 300).keys).toHaveLength(175);
    expect(here.store.lend({ to: THERE, variantId: null, quantity: 1 }, here.nowMs)).toBeNull();
  });

  test("are of the variant first, then of none, and never of another", () => {
    const { here } = shards(0);
    const mixed = [key("m", { variantId: "m" }), key("any"), key("y", { variantId: "y" })];
    here.store.importKeys(batch("mixed", mixed), here.nowMs);
    expect(fingerprints(lend(here, 3, "y")).toSorted()).toEqual(["print-any", "print-y"]);
    expect(here.store.lend({ to: THERE, variantId: null, quantity: 1 }, here.nowMs)).toBeNull();
  });

  test("may be keys of holds that are past their deadline", () => {
    const { here } = shards(1);
    here.reserve(1);
    expect(here.store.lend({ to: THERE, variantId: null, quantity: 1 }, here.nowMs)).toBeNull();
    here.pastDeadline();
    expect(lend(here, 1).keys).toHaveLength(1);
  });

  test("are as many as one message carries, and at least one", () => {
    const { here } = shards(0);
    const long = Array.from({ length: 40 }, (_, place) =>
      key(`long-${place}`, { sealed: `1.${"x".repeat(65_000)}` }),
    );
    here.store.importKeys(batch("long", long), here.nowMs);
    expect(lend(here, 40).keys).toHaveLength(30);
    expect(lend(here, 40).keys).toHaveLength(10);
  });
});

describe("keys that arrive", () => {
  test("are taken in once, however often they come", () => {
    const { here, there } = shards(2);
    const transfer = lend(here, 2);
    there.store.receive(transfer, there.nowMs);
    const once = there.dump();
    there.store.receive(transfer, there.nowMs);
    expect(there.dump()).toEqual(once);
    expect(there.store.stock()).toMatchObject({ free: 2 });
  });

  test("stay away though they are sent again after they went on", () => {
    const { here, there } = shards(1);
    const transfer = lend(here, 1);
    there.store.receive(transfer, there.nowMs);
    const back = there.store.lend({ to: HERE, variantId: null, quantity: 1 }, there.nowMs);
    if (back === null) throw new Error("nothing came back");
    here.store.receive(back, here.nowMs);
    expect(here.store.stock()).toMatchObject({ free: 1, void: 0 });

    // The first transfer was never settled, so it is sent again: with nothing in it by now.
    const [open] = here.store.claimTransfers({ dueByMs: here.nowMs + 5_000, nowMs: here.nowMs });
    expect(open).toEqual({ to: THERE, transfer: { from: HERE, number: 1, keys: [] } });
    there.store.receive(transfer, there.nowMs);
    expect(there.store.stock()).toMatchObject({ free: 0, void: 0 });
  });

  test("come back to their row, so a key keeps its id", () => {
    const { here, there } = shards(1);
    const before = here.store.keys({ state: null, afterRow: 0, limit: 9 });
    there.store.receive(lend(here, 1), there.nowMs);
    const back = there.store.lend({ to: HERE, variantId: null, quantity: 1 }, there.nowMs);
    if (back === null) throw new Error("nothing came back");
    here.store.receive(back, here.nowMs);
    expect(here.store.keys({ state: null, afterRow: 0, limit: 9 })).toEqual(before);
  });

  test("are the first owed order's before anyone else's", () => {
    const { here, there } = shards(1);
    const owed = order(1, THERE);
    there.store.importKeys(batch("one", keys(1, "one")), there.nowMs);
    there.reserve(1, { orderId: owed });
    there.store.cancel({ orderId: owed, by: "buyer" }, there.nowMs);
    there.reserve(2, { orderId: order(2, THERE) });
    expect(there.pay(1, { orderId: owed, accountId: ACCOUNT }).verdict).toBe("unfilled");
    expect(there.store.owedWants()).toEqual([{ variantId: null, quantity: 1 }]);
    expect(there.store.owedSinceMs()).toBe(there.nowMs);

    there.store.receive(lend(here, 1), there.nowMs);
    expect(there.store.order(owed)).toMatchObject({ state: "delivered" });
    expect(there.store.owedSinceMs()).toBeNull();
  });

  test("leave alone a key that a person handed over here meanwhile", () => {
    const { here } = shards(1);
    const there = new Shop({ shards: 2, productNumber: THERE, delivery: "manual" });
    const given = order(1, THERE);
    there.reserve(1, { orderId: given });
    there.pay(1, { orderId: given });
    const byHand = { orderId: given, requestId: "act", keys: keys(1) };
    expect(there.store.fulfil(byHand, there.nowMs)).toMatchObject({ kind: "changed" });
    there.store.receive(lend(here, 1), there.nowMs);
    expect(there.store.stock()).toMatchObject({ free: 0, sold: 1 });
  });
});

describe("a transfer", () => {
  test("that nobody settles is due again, later each time; one that is settled never", () => {
    const { here } = shards(2);
    const transfer = lend(here, 1);
    expect(here.store.transfersDueAtMs()).toBe(NOW_MS + 5_000);
    const dueByMs = NOW_MS + 5_000;
    expect(here.store.claimTransfers({ dueByMs: dueByMs - 1, nowMs: dueByMs })).toEqual([]);
    expect(here.store.claimTransfers({ dueByMs, nowMs: dueByMs })).toEqual([
      { to: THERE, transfer },
    ]);
    expect(here.store.transfersDueAtMs()).toBe(dueByMs + 5_000);
    here.store.claimTransfers({ dueByMs: Number.MAX_SAFE_INTEGER, nowMs: dueByMs });
    expect(here.store.transfersDueAtMs()).toBe(dueByMs + 10_000);

    here.store.settle(transfer.number);
    here.store.settle(transfer.number);
    expect(here.store.transfersDueAtMs()).toBeNull();
  });

  test("never has the number of another, also when all before it are settled", () => {
    const { here } = shards(3);
    here.store.settle(lend(here, 1).number);
    expect(lend(here, 1).number).toBe(2);
  });

  test("is named to those who look for what it may carry, until it is settled", () => {
    const here = new Shop({ shards: 2, variants: [...VARIANTS] });
    const mixed = [key("m", { variantId: "m" }), key("any"), key("y", { variantId: "y" })];
    here.store.importKeys(batch("mixed", mixed), here.nowMs);
    const moving = (variantId: string | null) =>
      here.store.spare({ variantId, quantity: 1 }, here.nowMs).moving;
    lend(here, 1, "m");
    expect([moving("m"), moving("y"), moving(null)]).toEqual([[1], [], []]);
    lend(here, 1, "m");
    expect([moving("m"), moving("y"), moving(null)]).toEqual([[1, 2], [2], [2]]);
    here.store.settle(2);
    expect([moving("m"), moving("y"), moving(null)]).toEqual([[1], [], []]);
  });
});

describe("what a shard says of its free keys", () => {
  test("counts up to what is asked, and grows a number only when keys become free", () => {
    const { here, there } = shards(3);
    const spare = (shop: Shop) => shop.store.spare({ variantId: null, quantity: 2 }, shop.nowMs);
    const first = spare(here);
    expect(first).toMatchObject({ free: 2, moving: [] });
    here.reserve(1);
    here.pay(1);
    here.reserve(2);
    const transfer = lend(here, 1);
    expect(spare(here)).toEqual({ ...first, free: 0, moving: [transfer.number] });
    here.store.cancel({ orderId: order(2), by: "buyer" }, here.nowMs);
    expect(spare(here).arrivals).toBe(first.arrivals + 1);

    const before = spare(there).arrivals;
    there.store.receive(transfer, there.nowMs);
    expect(spare(there)).toEqual({ free: 1, arrivals: before + 1, moving: [] });
  });
});

describe("keys that a person hands over to an order of another shard", () => {
  const elsewhere = order(1, THERE);

  test("are known here and nobody's: not sold, not listed, not counted, not imported", () => {
    const { here } = shards(1);
    const registration = { orderId: elsewhere, keys: keys(2, "by-hand") };
    expect(here.store.registerKeys(registration)).toEqual({ kind: "registered" });
    expect(here.store.stock()).toMatchObject({ free: 1, held: 0, sold: 0, void: 0 });
    expect(here.store.keys({ state: null, afterRow: 0, limit: 9 }).keys).toHaveLength(1);
    const imported = here.store.importKeys(batch("b", keys(2, "by-hand")), here.nowMs);
    expect(imported).toMatchObject({ accepted: 0, duplicates: [0, 1] });
  });

  test("can be registered again for that order, and for no other one", () => {
    const { here } = shards(0);
    const registration = { orderId: elsewhere, keys: keys(2, "by-hand") };
    here.store.registerKeys(registration);
    const once = here.dump();
    expect(here.store.registerKeys(registration)).toEqual({ kind: "registered" });
    expect(here.dump()).toEqual(once);
    const other = { ...registration, orderId: order(2, THERE) };
    expect(here.store.registerKeys(other)).toEqual({ kind: "duplicate_key", index: 0 });
  });

  test("are all registered or none: one that is here already refuses the rest", () => {
    const { here } = shards(1);
    const mixed = { orderId: elsewhere, keys: [key("new"), ...keys(1)] };
    const before = here.dump();
    expect(here.store.registerKeys(mixed)).toEqual({ kind: "duplicate_key", index: 1 });
    expect(here.dump()).toEqual(before);
  });

  test("are refused where they were here and have moved on to another shard", () => {
    const { here } = shards(1);
    lend(here, 1);
    const moved = { orderId: elsewhere, keys: keys(1) };
    expect(here.store.registerKeys(moved)).toEqual({ kind: "duplicate_key", index: 0 });
  });
});
