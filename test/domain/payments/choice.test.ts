import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { orderId, type AccountId } from "../../../src/domain/ids.ts";
import {
  candidates,
  offers,
  options,
  totalBy,
  type PayableAccount,
} from "../../../src/domain/payments/choice.ts";
import { SURFACES } from "../../../src/domain/payments/surface.ts";
import { priceRange, quote } from "../../../src/domain/product/pricing.ts";
import { terms } from "../../store/fixtures.ts";
import { payable } from "../../support/node/payable.ts";

const named = (n: number, changes: Partial<PayableAccount> = {}) =>
  payable({ id: `acct_${n}` as AccountId, slug: `a${n}`, ...changes });
const order = (n: number) =>
  orderId(1, new TextEncoder().encode(`${String(n).padStart(12, "0")}-order`));
const due = { priceMinor: 1_000, currency: "CNY", surface: "desktop" } as const;

const nullable = (max: number) => fc.option(fc.integer({ min: 0, max }), { nil: null });
const account: fc.Arbitrary<Omit<PayableAccount, "id">> = fc
  .record({
    method: fc.constantFrom("alipay", "wechat"),
    fixedMinor: fc.integer({ min: 0, max: 50 }),
    basisPoints: fc.constantFrom(0, 60, 10_000),
    feeBorneBy: fc.constantFrom("buyer" as const, "merchant" as const),
    minMinor: nullable(2_000),
    maxMinor: nullable(4_000),
    surfaces: fc.option(fc.subarray([...SURFACES], { minLength: 1 }), { nil: null }),
    position: fc.integer({ min: 0, max: 2 }),
    weight: fc.integer({ min: 0, max: 3 }),
    failing: fc.boolean(),
    currency: fc.constantFrom("CNY" as const, "USD" as const),
  })
  .map(({ fixedMinor, basisPoints, ...rest }) =>
    payable({ ...rest, fee: { fixedMinor, basisPoints } }),
  );
const accounts = fc
  .array(account, { maxLength: 8 })
  .map((list) =>
    list.map((each, n): PayableAccount => ({ ...each, id: `acct_${n}` as AccountId })),
  );
const asked = fc.record({
  priceMinor: fc.integer({ min: 1, max: 5_000 }),
  currency: fc.constant("CNY" as const),
  surface: fc.constantFrom(...SURFACES),
});

describe("the accounts for an order", () => {
  test("all take its sum, there, in its currency, by its method, and ask for one and the same total: the one that is offered", () => {
    fc.assert(
      fc.property(accounts, asked, fc.nat(), (all, what, n) => {
        for (const method of ["alipay", "wechat"]) {
          const offer = offers(all, what).find((each) => each.method === method);
          const chosen = candidates(all, method, what, order(n));
          expect(chosen.length > 0).toBe(offer !== undefined);
          for (const each of chosen) {
            expect(each.method).toBe(method);
            expect(each.surfaces ?? SURFACES).toContain(what.surface);
            expect(totalBy(each, what)).toBe(offer?.totalMinor);
            expect(offer?.totalMinor).toBeGreaterThanOrEqual(each.minMinor ?? 0);
            expect(offer?.totalMinor).toBeLessThanOrEqual(each.maxMinor ?? Infinity);
          }
        }
      }),
    );
  });

  test("stand in an order that hangs on nothing but the order's id, however the list is sorted", () => {
    const shuffled = accounts.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(shuffled, asked, fc.nat(), ([listed, mixed], what, n) => {
        const weighed = (list: readonly PayableAccount[]) =>
          candidates(list, "alipay", what, order(n)).filter(({ weight }) => weight > 0);
        expect(weighed(mixed)).toEqual(weighed(listed));
      }),
    );
  });

  test("those that answer come before those that fail, and then by position", () => {
    fc.assert(
      fc.property(accounts, asked, fc.nat(), (all, what, n) => {
        const ranks = candidates(all, "alipay", what, order(n)).map(
          ({ failing, position }) => Number(failing) * 10 + position,
        );
        expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
      }),
    );
  });

  test("another account that comes takes orders to itself and moves none between the others", () => {
    const before = [named(1), named(2, { weight: 2 })];
    const after = [...before, named(3)];
    for (let n = 0; n < 500; n++) {
      const was = candidates(before, "epay", due, order(n))[0]?.id;
      const is = candidates(after, "epay", due, order(n))[0]?.id;
      expect([was, "acct_3"]).toContain(is);
    }
  });

  test("of one position share the orders by weight; one of no weight only stands in", () => {
    const all = [named(1, { weight: 1 }), named(2, { weight: 3 }), named(3, { weight: 0 })];
    const count = { acct_1: 0, acct_2: 0, acct_3: 0 };
    for (let n = 0; n < 4_000; n++) {
      const id = candidates(all, "epay", due, order(n))[0]?.id;
      count[id as keyof typeof count]++;
    }
    // Four standard deviations (sqrt(4000 · 1/4 · 3/4) = 27) either way.
    expect(Math.abs(count.acct_1 - 1_000)).toBeLessThan(110);
    expect(count.acct_3).toBe(0);
    expect(candidates(all, "epay", due, order(1)).at(-1)?.id).toBe("acct_3");
  });

  test("one with another fee stands in only with its own price, when the one that is shown cannot", () => {
    const dear = named(2, {
      position: 1,
      fee: { fixedMinor: 30, basisPoints: 0 },
      feeBorneBy: "buyer",
    });
    expect(candidates([named(1), dear], "epay", due, order(1))).toEqual([named(1)]);
    const failing = named(1, { failing: true });
    expect(candidates([failing, dear], "epay", due, order(1))).toEqual([dear]);
    expect(offers([failing, dear], due)).toMatchObject([{ feeMinor: 30, totalMinor: 1_030 }]);
  });
});

describe("what is offered", () => {
  test("stands in the merchant's order, once a method, and those that fail come last", () => {
    const all = [
      named(1, { method: "alipay", failing: true }),
      named(2, { method: "wechat" }),
      named(3, { method: "wechat" }),
      named(4, { method: "usdt" }),
    ];
    expect(offers(all, due).map(({ method }) => method)).toEqual(["wechat", "usdt", "alipay"]);
  });

  test("limits are of what is paid, the fee included", () => {
    const fee = { fixedMinor: 1, basisPoints: 0 };
    const limited = named(1, { fee, feeBorneBy: "buyer", minMinor: 1_001, maxMinor: 1_001 });
    expect(offers([limited], due)).toHaveLength(1);
    expect(offers([limited], { ...due, priceMinor: 999 })).toEqual([]);
    expect(offers([limited], { ...due, priceMinor: 1_001 })).toEqual([]);
  });

  test("inside an app only what works there", () => {
    const all = [
      named(1, { method: "alipay", surfaces: ["desktop", "phone"] }),
      named(2, { method: "wechat", surfaces: ["wechat"] }),
    ];
    const shown = (surface: "wechat" | "phone") =>
      offers(all, { ...due, surface }).map(({ method }) => method);
    expect([shown("wechat"), shown("phone")]).toEqual([["wechat"], ["alipay"]]);
  });

  test("for a product is every method that takes one of its prices, and no other", () => {
    const product = terms({
      priceMinor: 500,
      priceTiers: [{ minQuantity: 3, unitPriceMinor: 100 }],
    });
    const sums = Array.from({ length: product.limits.perOrder }, (_, n) => {
      const quoted = quote(product, null, n + 1);
      return quoted.ok ? quoted.value.amountMinor : 0;
    });
    const { leastMinor, mostMinor } = priceRange(product);
    expect([leastMinor, mostMinor]).toEqual([Math.min(...sums), Math.max(...sums)]);
    const place = { currency: "CNY", surface: null } as const;
    const takes = (changes: Partial<PayableAccount>) =>
      options([named(1, changes)], priceRange(product), place).length === 1;
    expect(takes({ maxMinor: leastMinor })).toBe(true);
    expect(takes({ maxMinor: leastMinor - 1 })).toBe(false);
    expect(takes({ minMinor: mostMinor })).toBe(true);
    expect(takes({ minMinor: mostMinor + 1 })).toBe(false);
    const fee = { fixedMinor: 1, basisPoints: 0 };
    expect(takes({ minMinor: mostMinor + 1, fee, feeBorneBy: "buyer" })).toBe(true);
  });
});

describe("a sum that a gateway cannot be asked for as it is", () => {
  const taiwan = (changes: Partial<PayableAccount> = {}) =>
    named(1, { gateway: "paypal", currency: "TWD", method: "paypal", ...changes });
  const twd = (priceMinor: number) =>
    ({ priceMinor, currency: "TWD", surface: "desktop" }) as const;

  test("is offered by others only, its fee included", () => {
    expect(totalBy(taiwan(), twd(1_000))).toBe(1_000);
    expect(totalBy(taiwan(), twd(1_050))).toBeNull();
    const dear = taiwan({ fee: { fixedMinor: 30, basisPoints: 0 }, feeBorneBy: "buyer" });
    expect(totalBy(dear, twd(1_000))).toBeNull();
    const card = named(2, { gateway: "stripe", currency: "TWD", method: "card" });
    expect(offers([taiwan(), card], twd(1_050)).map(({ method }) => method)).toEqual(["card"]);
    expect(candidates([taiwan()], "paypal", twd(1_050), order(1))).toEqual([]);
  });

  test("does not take the way to pay from a product of which another quantity is whole", () => {
    const range = { leastMinor: 1_050, mostMinor: 5_250 };
    const there = { currency: "TWD", surface: "desktop" } as const;
    expect(options([taiwan()], range, there).map(({ method }) => method)).toEqual(["paypal"]);
  });

  test("in a currency that its gateway does not know is offered nowhere", () => {
    const yuanOnly = named(1, { gateway: "epusdt", currency: "USD" });
    const dollars = { currency: "USD", surface: "desktop" } as const;
    expect(totalBy(yuanOnly, { ...dollars, priceMinor: 1_000 })).toBeNull();
    expect(options([yuanOnly], { leastMinor: 1, mostMinor: 9_999 }, dollars)).toEqual([]);
  });
});
