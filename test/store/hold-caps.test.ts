import { describe, expect, test } from "vitest";
import type { HoldCaps } from "../../src/domain/product/terms.ts";
import { batch, keys, NOW_MS, request } from "./fixtures.ts";
import { Shop } from "./shop.ts";

const NONE: HoldCaps = { perBuyer: null, perNetwork: null, networkPercent: null };

function shopWith(caps: Partial<HoldCaps>, keyCount: number): Shop {
  const holds = { ...NONE, ...caps };
  return new Shop({ limits: { perOrder: 100, perBuyer: null, holds } }, keyCount);
}

const one = { email: "one@example.com" };
const here = { network: "digest-of-a-network" };

describe("what one buyer holds unpaid is capped", () => {
  test("by all their orders together, until one is paid", () => {
    const shop = shopWith({ perBuyer: 3 }, 10);
    expect(shop.reserve(1, { ...one, quantity: 2 }).kind).toBe("reserved");
    expect(shop.reserve(2, one).kind).toBe("reserved");
    expect(shop.reserve(3, one)).toEqual({ kind: "limit_reached", limit: 3, scope: "holds" });
    expect(shop.reserve(4).kind).toBe("reserved");
    shop.pay(2);
    expect(shop.reserve(3, one).kind).toBe("reserved");
  });

  test("whatever they write after the plus sign, or between the letters of a Gmail name", () => {
    const shop = shopWith({ perBuyer: 1 }, 10);
    shop.reserve(1, { email: "f.irst+a@gmail.com" });
    for (const [n, email] of ["first@gmail.com", "first+b@googlemail.com"].entries()) {
      expect(shop.reserve(10 + n, { email })).toMatchObject({ scope: "holds" });
    }
    const plain = shopWith({ perBuyer: 1 }, 10);
    plain.reserve(1, { email: "first@gmail.com" });
    expect(plain.reserve(2, { email: "fir.st@gmail.com" })).toMatchObject({ scope: "holds" });
  });

  test("but a first order is never too large for a cap on holds", () => {
    const shop = shopWith({ perBuyer: 1, perNetwork: 1, networkPercent: 1 }, 10);
    expect(shop.reserve(1, { ...one, ...here, quantity: 10 }).kind).toBe("reserved");
  });

  test("and a hold past its deadline no longer counts, though nobody rang", () => {
    const shop = shopWith({ perBuyer: 1, perNetwork: 1 }, 10);
    shop.reserve(1, { ...one, ...here });
    expect(shop.reserve(2, { ...one, ...here }).kind).toBe("limit_reached");
    shop.pastDeadline();
    expect(shop.reserve(2, { ...one, ...here }).kind).toBe("reserved");
    expect(shop.order(1).state).toBe("expired");
  });
});

describe("what one network holds unpaid is capped", () => {
  test("over all its buyers, in one call or in many", () => {
    const shop = shopWith({ perNetwork: 3 }, 10);
    const asked = [1, 2, 3, 4, 5].map((n) => request(n, here));
    const outcomes = shop.store.reserve(asked, NOW_MS).map(({ kind }) => kind);
    expect(outcomes.slice(0, 3)).toEqual(["reserved", "reserved", "reserved"]);
    expect(outcomes.slice(3)).toEqual(["limit_reached", "limit_reached"]);
    expect(shop.reserve(6).kind).toBe("reserved");
    expect(shop.reserve(7, { network: "another" }).kind).toBe("reserved");
  });

  test("to a share of the keys that nobody else has", () => {
    const shop = shopWith({ networkPercent: 50 }, 10);
    const kinds = Array.from({ length: 7 }, (_, n) => shop.reserve(n, here).kind);
    expect(kinds.filter((kind) => kind === "reserved")).toHaveLength(5);
    expect(shop.reserve(20, here)).toEqual({ kind: "limit_reached", limit: 5, scope: "holds" });
    // Others take three of the free ones: the share shrinks with what is left, and grows with an import.
    shop.reserve(21, { quantity: 3 });
    expect(shop.reserve(20, here)).toMatchObject({ limit: 3, scope: "holds" });
    shop.store.importKeys(batch("more", keys(10, "more")), shop.nowMs);
    expect(shop.reserve(20, here).kind).toBe("reserved");
  });

  test("and nobody is left out in the end: whatever is not paid goes to those who were refused", () => {
    const shop = shopWith({ networkPercent: 50 }, 4);
    for (const n of [1, 2, 3, 4]) shop.reserve(n, here);
    shop.pay(1);
    shop.pay(2);
    for (const n of [3, 4]) {
      expect(shop.reserve(n, here).kind).toBe("reserved");
      shop.pay(n);
    }
    expect(shop.store.stock()).toMatchObject({ free: 0, held: 0, sold: 4 });
  });

  test("which is forgotten once the order is no hold any more", () => {
    const shop = shopWith({ perNetwork: 2 }, 10);
    shop.reserve(1, here);
    shop.reserve(2, here);
    shop.pay(1);
    shop.store.cancel({ orderId: shop.order(2).id, by: "buyer" }, shop.nowMs);
    expect(JSON.stringify(shop.dump()["orders"])).not.toContain(here.network);
  });
});

test("a request that was granted is answered again, however full the cap has become", () => {
  const shop = shopWith({ perBuyer: 1, perNetwork: 1 }, 10);
  shop.reserve(1, { ...one, ...here });
  expect(shop.reserve(1, { ...one, ...here }).kind).toBe("repeated");
});

test("terms that say nothing of holds cap none", () => {
  const shop = new Shop({}, 10);
  const kinds = Array.from({ length: 10 }, (_, n) => shop.reserve(n, { ...one, ...here }).kind);
  expect(new Set(kinds)).toEqual(new Set(["reserved"]));
});

test("a buyer's purchase limit counts one mailbox, in the archive too", () => {
  const shop = new Shop({ limits: { perOrder: 5, perBuyer: 2 } }, 10);
  shop.reserve(1, { email: "me+one@example.com" });
  shop.pay(1);
  shop.reserve(2, { email: "me@example.com" });
  shop.pay(2);
  const refused = { kind: "limit_reached", limit: 2, scope: "buyer" };
  expect(shop.reserve(3, { email: "me+two@example.com" })).toEqual(refused);
  const record = shop.archive(1);
  expect(shop.reserve(3, { email: "me+two@example.com" })).toEqual(refused);
  shop.store.restore(record);
  expect(shop.reserve(3, { email: "me+two@example.com" })).toEqual(refused);
});
