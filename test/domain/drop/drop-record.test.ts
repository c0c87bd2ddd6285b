import { describe, expect, test } from "vitest";
import {
  DROP_DAYS_MAX,
  DROP_DEFAULTS,
  dropFlaws,
  hasDrop,
  unfitForDrop,
  type DropSettings,
} from "../../../src/domain/drop/drop-record.ts";
import type { DropId, MerchantId, ProductId } from "../../../src/domain/ids.ts";
import {
  PRODUCT_DEFAULTS,
  type ProductRecord,
} from "../../../src/domain/product/product-record.ts";

const NOW = 1_000_000;
const DAY_MS = 24 * 3600 * 1000;
const settings: DropSettings = {
  ...DROP_DEFAULTS,
  opensAtMs: NOW + 1,
  closesAtMs: NOW + 2,
  quantity: 10,
};
const product: ProductRecord = {
  ...PRODUCT_DEFAULTS,
  priceTiers: [],
  variants: [],
  fields: [],
  paymentMethods: [],
  slug: "key",
  title: "Key",
  priceMinor: 1000,
  currency: "CNY",
  id: "prd_0" as ProductId,
  number: 7,
  merchantId: "mer_0" as MerchantId,
  version: 3,
  drop: null,
  createdAtMs: 1,
  updatedAtMs: 2,
};

describe("a drop's settings", () => {
  test.each<[string, Partial<DropSettings>, string[]]>([
    ["that go together", {}, []],
    ["that open now", { opensAtMs: NOW }, ["opensAtMs"]],
    ["that opened", { opensAtMs: NOW - 1 }, ["opensAtMs"]],
    ["that close as they open", { closesAtMs: NOW + 1 }, ["closesAtMs"]],
    ["of the longest drop", { closesAtMs: NOW + 1 + DROP_DAYS_MAX * DAY_MS }, []],
    ["of a longer one", { closesAtMs: NOW + 2 + DROP_DAYS_MAX * DAY_MS }, ["closesAtMs"]],
    ["with all for one buyer", { perBuyer: 10 }, []],
    ["with more than all for one buyer", { perBuyer: 11 }, ["perBuyer"]],
    ["with no limit of its own", { perBuyer: null }, []],
  ])("%s", (_, changes, fields) => {
    expect(dropFlaws({ ...settings, ...changes }, NOW).map((flaw) => flaw.field)).toEqual(fields);
  });
});

describe("a product", () => {
  test.each<[string, Partial<ProductRecord>, string[]]>([
    ["that sells keys of one pool may have a drop", {}, []],
    ["that is not on sale may not", { status: "closed" }, ["not_active"]],
    ["that a person delivers may not", { delivery: "manual" }, ["manual_delivery"]],
    ["whose keys are made for each order may not", { keySource: "generated" }, ["generated_keys"]],
    ["of several shards may not", { stockShards: 2 }, ["stock_shards"]],
    [
      "is told all that is in the way",
      { status: "archived", delivery: "manual" },
      ["not_active", "manual_delivery"],
    ],
  ])("%s", (_, changes, reasons) => {
    expect(unfitForDrop({ ...product, ...changes })).toEqual(reasons);
  });

  test("has a drop from when it is announced until it closes", () => {
    const times = { opensAtMs: NOW, closesAtMs: NOW + 10 };
    const drop = { id: "drop_0" as DropId, ...times, quantity: 1, perBuyer: 1, holdSeconds: 60 };
    expect(hasDrop(product, NOW)).toBe(false);
    expect(
      [NOW - 1, NOW, NOW + 9, NOW + 10].map((at) => hasDrop({ ...product, drop }, at)),
    ).toEqual([true, true, true, false]);
  });
});
