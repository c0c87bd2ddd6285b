import { describe, expect, test } from "vitest";
import { AMOUNT_MINOR_MAX } from "../../../src/domain/money.ts";
import type { DropId } from "../../../src/domain/ids.ts";
import {
  dropOf,
  HOLD_SECONDS_MAX,
  inForce,
  QUANTITY_MAX,
  saleState,
  SHARDS_MAX,
  termsSchema,
  TIERS_MAX,
  VARIANTS_MAX,
  type Terms,
} from "../../../src/domain/product/terms.ts";
import { terms, VARIANTS } from "../../store/fixtures.ts";

const fits = (changes: Partial<Record<keyof Terms, unknown>>): boolean =>
  termsSchema.safeParse({ ...terms(), ...changes }).success;
const variant = (changes: Partial<Record<keyof Terms["variants"][number], unknown>>) => ({
  variants: [{ ...VARIANTS[0], ...changes }],
});
const tiers = (...list: readonly unknown[]) => ({ priceTiers: list });
const tier = (minQuantity: unknown, unitPriceMinor: unknown = 1) => ({
  minQuantity,
  unitPriceMinor,
});
const list = <T>(length: number, of: T): T[] => Array.from({ length }, () => of);
const limits = (perOrder: unknown, perBuyer: unknown) => ({ limits: { perOrder, perBuyer } });
const window = (opensAtMs: unknown, closesAtMs: unknown) => ({
  saleWindow: { opensAtMs, closesAtMs },
});

describe("terms", () => {
  test.each<[string, readonly object[], readonly object[]]>([
    ["a version", [{ version: 1 }], [{ version: 0 }, { version: 1.5 }]],
    ["a product's number", [{ productNumber: 1 }], [{ productNumber: 0 }]],
    [
      "a title",
      [{ title: "x" }, { title: "x".repeat(200) }],
      [{ title: "" }, { title: "x".repeat(201) }],
    ],
    ["a status", ["active", "closed", "archived"].map((status) => ({ status })), [{ status: "" }]],
    ["a delivery", ["auto", "manual"].map((delivery) => ({ delivery })), [{ delivery: "" }]],
    [
      "a source of keys",
      ["pool", "generated"].map((keySource) => ({ keySource })),
      [{ keySource: "" }],
    ],
    ["a currency", [{ currency: "JPY" }], [{ currency: "ABC" }, { currency: "" }]],
    [
      "a price",
      [{ priceMinor: 0 }, { priceMinor: AMOUNT_MINOR_MAX }],
      [{ priceMinor: -1 }, { priceMinor: 0.5 }, { priceMinor: AMOUNT_MINOR_MAX + 1 }],
    ],
    [
      "tiers",
      [tiers(tier(2), tier(QUANTITY_MAX, 0)), tiers(...list(TIERS_MAX, tier(2)))],
      [
        tiers(tier(1)),
        tiers(tier(QUANTITY_MAX + 1)),
        tiers(tier(2, -1)),
        tiers(...list(TIERS_MAX + 1, tier(2))),
        tiers({}),
      ],
    ],
    [
      "variants",
      [
        variant({ id: "a", title: "x", priceTiers: list(TIERS_MAX, tier(2)) }),
        variant({ id: `0${"_-".repeat(15)}z`, title: "x".repeat(100) }),
        { variants: list(VARIANTS_MAX, VARIANTS[0]) },
      ],
      [
        variant({ id: "" }),
        variant({ id: "-a" }),
        variant({ id: "A" }),
        variant({ id: "a b" }),
        variant({ id: "a".repeat(33) }),
        variant({ title: "" }),
        variant({ title: "x".repeat(101) }),
        variant({ priceTiers: list(TIERS_MAX + 1, tier(2)) }),
        { variants: list(VARIANTS_MAX + 1, VARIANTS[0]) },
      ],
    ],
    [
      "limits",
      [limits(1, null), limits(QUANTITY_MAX, 1), limits(1, 1_000_000)],
      [
        limits(0, null),
        limits(QUANTITY_MAX + 1, null),
        limits(1, 0),
        limits(1, 1_000_001),
        { limits: {} },
      ],
    ],
    [
      "shards",
      [{ shards: 2 }, { shards: SHARDS_MAX }, {}],
      [{ shards: 1 }, { shards: SHARDS_MAX + 1 }],
    ],
    [
      "a hold",
      [{ holdSeconds: 1 }, { holdSeconds: HOLD_SECONDS_MAX }],
      [{ holdSeconds: 0 }, { holdSeconds: HOLD_SECONDS_MAX + 1 }],
    ],
    [
      "a window",
      [window(null, null), window(1, 2)],
      [window("1", null), window(null, 0.5), { saleWindow: {} }],
    ],
  ])("have %s within its bounds", (_, good, bad) => {
    for (const changes of good) expect(fits(changes), JSON.stringify(changes)).toBe(true);
    for (const changes of bad) expect(fits(changes), JSON.stringify(changes)).toBe(false);
  });

  test("hold a product for a day at most", () => {
    expect(HOLD_SECONDS_MAX).toBe(24 * 60 * 60);
  });

  test("are read without the words of a newer version, at any depth, and not refused for them", () => {
    const newer = {
      ...terms(),
      colour: "red",
      limits: { ...terms().limits, perDay: 1 },
      saleWindow: { opensAtMs: null, closesAtMs: null, pausedAtMs: 1 },
      ...tiers({ ...tier(2), note: "" }),
      variants: [{ ...VARIANTS[0], note: "" }],
    };
    const known = { ...terms(), ...tiers(tier(2)), variants: [VARIANTS[0]] };
    expect(termsSchema.parse(newer)).toEqual(known);
  });
});

describe("the sale", () => {
  const at = (nowMs: number, changes: Partial<Terms> = {}) =>
    saleState(terms({ saleWindow: { opensAtMs: 100, closesAtMs: 200 }, ...changes }), nowMs);

  test("is open from the moment it opens until the moment it closes", () => {
    expect([99, 100, 199, 200].map((nowMs) => at(nowMs))).toEqual([
      "upcoming",
      "open",
      "open",
      "closed",
    ]);
  });

  test("has no end that nobody set, and no beginning", () => {
    expect(at(0, { saleWindow: { opensAtMs: null, closesAtMs: null } })).toBe("open");
    expect(at(0, { saleWindow: { opensAtMs: null, closesAtMs: 1 } })).toBe("open");
    expect(at(1, { saleWindow: { opensAtMs: 1, closesAtMs: null } })).toBe("open");
  });

  test.each(["closed", "archived"] as const)(
    "of a product that is %s is closed at any time",
    (status) => {
      for (const nowMs of [0, 150, 300]) expect(at(nowMs, { status })).toBe("closed");
    },
  );
});

describe("a product with a drop", () => {
  const drop = {
    id: "drop_00000000000000000001" as DropId,
    opensAtMs: 1_000,
    closesAtMs: 2_000,
    quantity: 50,
    perBuyer: 2,
    holdSeconds: 60,
  };
  const own = terms({
    limits: { perOrder: 10, perBuyer: 5 },
    saleWindow: { opensAtMs: null, closesAtMs: 1_500 },
    drop,
  });

  test("is sold in the drop's window and by its limits until it closes, and by its own terms after", () => {
    expect([999, 1_000, 1_500, 1_999].map((at) => saleState(own, at))).toEqual([
      "upcoming",
      "open",
      "open",
      "open",
    ]);
    // Its own sale ended within the drop's.
    expect(saleState(own, 2_000)).toBe("closed");
    expect(saleState(terms({ drop }), 2_000)).toBe("open");
    for (const at of [0, 1_000, 1_999]) {
      expect(inForce(own, at)).toMatchObject({
        limits: { perOrder: 2, perBuyer: 2 },
        holdSeconds: 60,
        saleWindow: { opensAtMs: 1_000, closesAtMs: 2_000 },
      });
    }
    expect(inForce(own, 2_000)).toBe(own);
  });

  test("whose drop says nothing of buyers has its own limit", () => {
    const silent = { ...own, drop: { ...drop, perBuyer: null } };
    expect(inForce(silent, 1_000).limits).toEqual({ perOrder: 5, perBuyer: 5 });
    const unlimited = { ...silent, limits: { perOrder: 10, perBuyer: null } };
    expect(inForce(unlimited, 1_000).limits).toEqual(unlimited.limits);
  });

  test("a merchant who stops the sale stops the drop", () => {
    for (const at of [0, 1_000, 2_000]) {
      expect(saleState({ ...own, status: "closed" }, at)).toBe("closed");
    }
  });

  test("has no drop once it is over", () => {
    expect(dropOf(own, 1_999)).toBe(drop);
    expect(dropOf(own, 2_000)).toBeNull();
    expect(dropOf(terms(), 0)).toBeNull();
  });
});
