import { describe, expect, it } from "vitest";
import type { MerchantId, ProductId } from "../../src/domain/ids.ts";
import {
  PRODUCT_DEFAULTS,
  toProduct,
  type ProductRecord,
  type ProductSettings,
} from "../../src/domain/product-record.ts";
import { settingsFlaws } from "../../src/domain/product-settings.ts";

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
  ])("are flawed where they %s", (_name, change, field) => {
    const flaws = settingsFlaws({ ...settings, ...change });
    expect(flaws.map((flaw) => flaw.field)).toEqual([field]);
  });
});

describe("a record", () => {
  it("is the product that its terms say", () => {
    const { terms, ...listed } = toProduct(record);
    expect(terms).toMatchObject({ version: 3, productNumber: 7, title: "Key", priceMinor: 1000 });
    expect(listed).toMatchObject({ id: "prd_0", number: 7, slug: "key" });
  });

  it("whose stored JSON is not what terms are is believed by nobody", () => {
    const broken = { ...record, variants: [{ ...variant("a"), priceMinor: "1" as never }] };
    expect(() => toProduct(broken)).toThrow();
  });
});
