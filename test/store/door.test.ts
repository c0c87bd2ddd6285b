import { describe, expect, test } from "vitest";
import { READ_BATCH_MAX, type SealedKey } from "../../durable-objects/product-stock/contract.ts";
import { ProductStockStore } from "../../durable-objects/product-stock/store.ts";
import { EMAIL_CHARACTERS_MAX } from "../../src/domain/email.ts";
import { QUANTITY_MAX } from "../../src/domain/product/terms.ts";
import type { OrderId } from "../../src/domain/ids.ts";
import { sqliteSql } from "../support/node/sqlite-sql.ts";
import {
  batch,
  fulfilment,
  key,
  keys,
  MERCHANT,
  NOW_MS,
  order,
  payment,
  request,
} from "./fixtures.ts";

const store = new ProductStockStore(sqliteSql());
const long = (length: number): string => "x".repeat(length);
const id = (length: number): OrderId => long(length) as OrderId;

/** What is let in is answered, be it with a refusal; what is not throws, and says what is wrong. */
const reserve = (changes: object) => () => store.reserve([request(1, changes)], NOW_MS);
const pay = (changes: object) => () => store.recordPayment(payment(1, changes), MERCHANT, NOW_MS);
const fulfil = (changes: object) => () =>
  store.fulfil({ ...fulfilment(1, []), ...changes }, NOW_MS);
const importKeys = (changes: object) => () =>
  store.importKeys({ ...batch("b", [], true), ...changes }, NOW_MS);
const importKey = (changes: Partial<SealedKey>) => importKeys({ keys: [key(1, changes)] });
const money = (amountMinor: number) => ({ money: { amountMinor, currency: "CNY" } });
const ids = (count: number): OrderId[] => Array.from({ length: count }, () => order(1));
const read = (limit: number) => () => store.books({ afterOrderId: "", limit });
const list = (limit: number) => () => store.keys({ state: null, afterRow: 0, limit }, 7);

describe("the door lets in what a caller may send, and stops what only a bug could", () => {
  test.each<[string, RegExp, readonly (() => unknown)[], readonly (() => unknown)[]]>([
    [
      "an order's id",
      /reserve: order id/,
      [reserve({ orderId: id(1) }), reserve({ orderId: id(64) })],
      [reserve({ orderId: id(0) }), reserve({ orderId: id(65) })],
    ],
    ["what was asked", /no body hash/, [reserve({ bodyHash: "h" })], [reserve({ bodyHash: "" })]],
    [
      "a quantity",
      /reserve: quantity/,
      [reserve({ quantity: 1 }), reserve({ quantity: QUANTITY_MAX })],
      [
        reserve({ quantity: 0 }),
        reserve({ quantity: QUANTITY_MAX + 1 }),
        reserve({ quantity: 1.5 }),
      ],
    ],
    [
      "a sum",
      /reserve: amount/,
      [reserve({ amountMinor: 0 }), reserve({ amountMinor: Number.MAX_SAFE_INTEGER })],
      [reserve({ amountMinor: -1 }), reserve({ amountMinor: Number.MAX_SAFE_INTEGER + 1 })],
    ],
    [
      "an e-mail",
      /reserve: e-mail/,
      [reserve({ email: "e" }), reserve({ email: long(EMAIL_CHARACTERS_MAX) })],
      [reserve({ email: "" }), reserve({ email: long(EMAIL_CHARACTERS_MAX + 1) })],
    ],
    [
      "what the buyer filled in",
      /reserve: fields/,
      [reserve({ fields: { f: long(65_536 - 8) } })],
      [reserve({ fields: { f: long(65_536 - 7) } })],
    ],
    [
      "minted keys",
      /too many keys/,
      [reserve({ minted: keys(QUANTITY_MAX) })],
      [reserve({ minted: keys(QUANTITY_MAX + 1) })],
    ],
    [
      "requests",
      /reserve: too many requests/,
      [
        () =>
          store.reserve(
            Array.from({ length: 200 }, () => request(1)),
            NOW_MS,
          ),
      ],
      [
        () =>
          store.reserve(
            Array.from({ length: 201 }, () => request(1)),
            NOW_MS,
          ),
      ],
    ],
    [
      "the order of a payment",
      /payment: order id/,
      [pay({ orderId: id(64) })],
      [pay({ orderId: id(0) }), pay({ orderId: id(65) })],
    ],
    ["the sum of a payment", /payment: amount/, [pay(money(0))], [pay(money(-1)), pay(money(0.5))]],
    [
      "the order of an act",
      /fulfil: order id/,
      [fulfil({ orderId: id(64) })],
      [fulfil({ orderId: id(0) })],
    ],
    [
      "the name of an act",
      /fulfil: request id/,
      [fulfil({ requestId: "a" })],
      [fulfil({ requestId: "" })],
    ],
    [
      "the keys of an act",
      /too many keys/,
      [fulfil({ keys: keys(QUANTITY_MAX) })],
      [fulfil({ keys: keys(QUANTITY_MAX + 1) })],
    ],
    [
      "a part of a batch",
      /import: part/,
      [importKeys({ part: "p" })],
      [importKeys({ part: "" }), importKeys({ part: long(65) })],
    ],
    [
      "a look at what is free",
      /shards: quantity/,
      [() => store.spare({ variantId: null, quantity: 1 }, NOW_MS)],
      [() => store.spare({ variantId: null, quantity: 0 }, NOW_MS)],
    ],
    ["a batch", /import: batch id/, [importKeys({ batchId: "b" })], [importKeys({ batchId: "" })]],
    [
      "a sealed key",
      /key: sealed/,
      [importKey({ sealed: "s" }), importKey({ sealed: long(65_536) })],
      [importKey({ sealed: "" }), importKey({ sealed: long(65_537) })],
    ],
    [
      "a fingerprint",
      /key: fingerprint/,
      [importKey({ fingerprint: "f" }), importKey({ fingerprint: long(128) })],
      [importKey({ fingerprint: "" }), importKey({ fingerprint: long(129) })],
    ],
    [
      "a note",
      /key: note/,
      [importKey({ note: null }), importKey({ note: long(4_096) })],
      [importKey({ note: long(4_097) })],
    ],
    [
      "a key's variant",
      /key: variant/,
      [importKey({ variantId: null }), importKey({ variantId: "m" })],
      [importKey({ variantId: "" })],
    ],
    [
      "a key's end",
      /key: expiry/,
      [importKey({ expiresAtMs: null }), importKey({ expiresAtMs: 0 })],
      [importKey({ expiresAtMs: 0.5 })],
    ],
    [
      "a key's cost",
      /key: cost/,
      [importKey({ costMinor: null }), importKey({ costMinor: 0 })],
      [importKey({ costMinor: 0.5 })],
    ],
    ["a page", /page: limit/, [read(1), list(1)], [read(0), list(0), read(1.5)]],
    [
      "a list of ids",
      /too many ids/,
      [
        () => store.readForOrderBook(ids(READ_BATCH_MAX)),
        () => store.readForArchive(ids(READ_BATCH_MAX)),
        () => store.acknowledge(ids(READ_BATCH_MAX).map((each) => ({ id: each, version: 1 }))),
        () => store.prune(ids(READ_BATCH_MAX).map((each) => ({ id: each, version: 1 }))),
      ],
      [
        () => store.readForOrderBook(ids(READ_BATCH_MAX + 1)),
        () => store.readForArchive(ids(READ_BATCH_MAX + 1)),
        () => store.acknowledge(ids(READ_BATCH_MAX + 1).map((each) => ({ id: each, version: 1 }))),
        () => store.prune(ids(READ_BATCH_MAX + 1).map((each) => ({ id: each, version: 1 }))),
      ],
    ],
  ])("%s", (_, says, good, bad) => {
    for (const call of good) expect(call).not.toThrow();
    for (const call of bad) {
      expect(call).toThrow(TypeError);
      expect(call).toThrow(says);
    }
  });
});

test("a key has no number before its product has one", () => {
  expect(() => store.keys({ state: null, afterRow: 0, limit: 1 })).toThrow(/no number/);
  expect(store.keys({ state: null, afterRow: 0, limit: 1 }, 7).keys).toEqual([]);
});
