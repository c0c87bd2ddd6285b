import { describe, expect, it } from "vitest";
import type { DropId, MerchantId, ProductId } from "../../../src/domain/ids.ts";
import {
  PRODUCT_DEFAULTS,
  toProduct,
  type ProductRecord,
  type ProductSettings,
} from "../../../src/domain/product/product-record.ts";
import { settingsFlaws } from "../../../src/domain/product/product-settings.ts";

const settings: ProductSettings = {
  ...PRODUCT_DEFAULTS,
  priceTiers: [],
  variants: [],
  fields: [],
  paymentMethods: [],
  slug: "key",
  title: "Key",
  priceMinor: 1000,
  currency: "CNY",
};
const record: ProductRecord = {
  ...settings,
  id: "prd_0" as ProductId,
  number: 7,
  merchantId: "mer_0" as MerchantId,
  drop: null,
  version: 3,
  createdAtMs: 1,
  updatedAtMs: 2,
};
const tier = (minQuantity: number) => ({ minQuantity, unitPriceMinor: 900 });
const variant = (id: string, tiers: number[] = []) => ({
  id,
  title: id,
  priceMinor: 1,
  priceTiers: tiers.map(tier),
});

const field = (id: string) => ({ id, label: id, required: true, maxLength: 10 });

describe("settings", () => {
  it("by default go together", () => {
    expect(settingsFlaws(settings)).toEqual([]);
  });

  it.each<[string, Partial<ProductSettings>, string]>([
    ["close before they open", { opensAtMs: 2, closesAtMs: 2 }, "closesAtMs"],
    [
      "are made by us and handed over by a person",
      { delivery: "manual", keySource: "generated" },
      "keySource",
    ],
    ["have two prices for one quantity", { priceTiers: [tier(2), tier(2)] }, "priceTiers"],
    [
      "have a variant with two prices for one quantity",
      { variants: [variant("a", [3, 3])] },
      "variants",
    ],
    ["have two variants of one id", { variants: [variant("a"), variant("a")] }, "variants"],
    ["offer one method twice", { paymentMethods: ["epay", "epay"] }, "paymentMethods"],
    ["ask twice under one name", { fields: [field("a"), field("b"), field("a")] }, "fields"],
  ])("are flawed where they %s", (_name, change, flawed) => {
    const flaws = settingsFlaws({ ...settings, ...change });
    expect(flaws.map((flaw) => flaw.field)).toEqual([flawed]);
    expect(flaws[0]?.message).toMatch(/\w/);
  });

  it.each<[string, Partial<ProductSettings>]>([
    ["open without an end", { opensAtMs: 2 }],
    ["close without a beginning", { closesAtMs: 2 }],
    ["close after they open", { opensAtMs: 2, closesAtMs: 3 }],
    ["are made by us and handed over by us", { keySource: "generated" }],
    ["come from a pool by a person's hand", { delivery: "manual" }],
    ["have a price for each of two quantities", { priceTiers: [tier(2), tier(3)] }],
    ["closed when time began", { closesAtMs: 0 }],
    ["have a variant with two tiers", { variants: [variant("a", [3, 4])] }],
    ["have variants with the same tiers", { variants: [variant("a", [3]), variant("b", [3])] }],
    [
      "offer two methods and ask two things",
      { paymentMethods: ["a", "b"], fields: [field("a"), field("b")] },
    ],
  ])("go together where they %s", (_name, change) => {
    expect(settingsFlaws({ ...settings, ...change })).toEqual([]);
  });
});

describe("a record", () => {
  it("is a product and its terms, each setting in its one place", () => {
    const whole: ProductRecord = {
      ...record,
      summary: "In short",
      descriptionMd: "At *length*",
      imageUrl: "https://img.example.com/1.png",
      category: "Games",
      priceTiers: [tier(5)],
      variants: [variant("a")],
      perOrder: 3,
      perBuyer: 4,
      holdCaps: null,
      holdSeconds: 60,
      opensAtMs: 10,
      closesAtMs: 20,
      stockDisplay: "exact",
      fields: [field("account")],
      paymentMethods: ["epay"],
    };
    expect(toProduct(whole)).toEqual({
      id: "prd_0",
      number: 7,
      merchantId: "mer_0",
      slug: "key",
      summary: "In short",
      descriptionMd: "At *length*",
      imageUrl: "https://img.example.com/1.png",
      category: "Games",
      stockDisplay: "exact",
      fields: [field("account")],
      paymentMethods: ["epay"],
      createdAtMs: 1,
      updatedAtMs: 2,
      terms: {
        version: 3,
        merchantId: "mer_0",
        productId: "prd_0",
        productNumber: 7,
        title: "Key",
        status: "active",
        delivery: "auto",
        keySource: "pool",
        currency: "CNY",
        priceMinor: 1000,
        priceTiers: [tier(5)],
        variants: [variant("a")],
        limits: { perOrder: 3, perBuyer: 4 },
        holdSeconds: 60,
        saleWindow: { opensAtMs: 10, closesAtMs: 20 },
      },
    });
  });

  it("of which no more was said sells ten keys an order from its pool, held for a quarter of an hour", () => {
    expect(toProduct(record)).toMatchObject({
      summary: "",
      descriptionMd: "",
      stockDisplay: "level",
      fields: [],
      paymentMethods: [],
      terms: {
        status: "active",
        delivery: "auto",
        keySource: "pool",
        priceTiers: [],
        variants: [],
        limits: {
          perOrder: 10,
          perBuyer: null,
          holds: { perBuyer: 20, perNetwork: 200, networkPercent: 25 },
        },
        holdSeconds: 900,
        saleWindow: { opensAtMs: null, closesAtMs: null },
      },
    });
    expect(PRODUCT_DEFAULTS.priceTiers.length + PRODUCT_DEFAULTS.variants.length).toBe(0);
    expect(PRODUCT_DEFAULTS.fields.length + PRODUCT_DEFAULTS.paymentMethods.length).toBe(0);
  });

  it("says of shards only where there are some", () => {
    expect(toProduct({ ...record, stockShards: 4 }).terms).toMatchObject({ shards: 4 });
    expect(toProduct({ ...record, stockShards: 1 }).terms).not.toHaveProperty("shards");
  });

  it("says of its drop what the object must know, and nothing where it has none", () => {
    const drop = {
      id: "drop_0" as DropId,
      opensAtMs: 1,
      closesAtMs: 2,
      quantity: 3,
      perBuyer: 1,
      holdSeconds: 60,
    };
    expect(toProduct({ ...record, drop }).terms).toMatchObject({ drop });
    expect(toProduct(record).terms).not.toHaveProperty("drop");
  });

  it("whose stored JSON is not what terms are is believed by nobody", () => {
    const broken = { ...record, variants: [{ ...variant("a"), priceMinor: "1" as never }] };
    expect(() => toProduct(broken)).toThrow();
  });
});
