import { describe, expect, it } from "vitest";
import type { KeyImport } from "../../durable-objects/product-stock/import-contract.ts";
import type { ProductStockRpc } from "../../durable-objects/product-stock/contract.ts";
import type { AuditEntry, Author } from "../../src/domain/audit.ts";
import { parseKeyLines } from "../../src/domain/keys/key-file.ts";
import {
  PRODUCT_DEFAULTS,
  type NewProduct,
  type ProductRecord,
  type ProductSettings,
} from "../../src/domain/product/product-record.ts";
import { ok } from "../../src/domain/result.ts";
import { fulfilOrder } from "../../src/flows/orders/fulfil-order.ts";
import { importKeys } from "../../src/flows/stock/import-keys.ts";
import { markOrderPaid } from "../../src/flows/payments/mark-order-paid.ts";
import { placeOrder } from "../../src/flows/orders/place-order.ts";
import { revealKey } from "../../src/flows/orders/reveal-key.ts";
import { createProduct } from "../../src/flows/shop/save-product.ts";
import { listing, memoryShop } from "../support/node/memory-shop.ts";
import { MERCHANT, NOW_MS } from "../store/fixtures.ts";

const author: Author = { merchantId: MERCHANT, actor: "operator", atMs: NOW_MS };
const random = new Uint8Array(32).fill(7);

/** A shop and its audit log. */
function merchantShop(...given: Parameters<typeof memoryShop>) {
  const shop = memoryShop(...given);
  const entries: AuditEntry[] = [];
  const batches = new Map<string, unknown>();
  const audit = { append: async (entry: AuditEntry) => void entries.push(entry) };
  const keyBatches = {
    async record(batch: { id: string }, entry: AuditEntry) {
      if (batches.has(batch.id)) return;
      batches.set(batch.id, batch);
      entries.push(entry);
    },
  };
  const ports = { ...shop, audit, keyBatches };
  return { ...ports, entries, batches };
}

/** A wire to the object that breaks at a call of that name, after so many that it let through. */
function breaking(
  shop: ReturnType<typeof memoryShop>,
  name: keyof ProductStockRpc,
  side: "before" | "after",
  throughFirst = 0,
) {
  const rpc = shop.stock.of(1);
  let through = throughFirst;
  const failing = async (...given: never[]) => {
    const call = () => (rpc[name] as (...all: never[]) => Promise<unknown>)(...given);
    if (through-- > 0) return call();
    if (side === "after") await call();
    throw new Error("the wire broke");
  };
  return { of: () => ({ ...rpc, [name]: failing }) };
}

function file(text: string) {
  const parsed = parseKeyLines(text, { variants: [] });
  if (!parsed.ok) throw new Error(parsed.error.reason);
  return parsed.value;
}

const bought = {
  merchantId: MERCHANT,
  product: "starter-key",
  variantId: null,
  quantity: 1,
  email: "buyer@example.com",
  locale: "en",
  paymentMethod: "epay",
  fields: {},
  lookupPassword: null,
  coupon: null,
  expectedAmountMinor: null,
  idempotencyKey: "a-key-of-this-page-0001",
  ticket: null,
  challenge: null,
  caller: { network: "192.0.2.1", country: null, asn: null, device: null },
  surface: "desktop",
} as const;

async function place(shop: ReturnType<typeof memoryShop>) {
  const placed = await placeOrder(shop, bought);
  if (!placed.ok) throw new Error(placed.error.reason);
  return placed.value.order;
}

describe("an import", () => {
  const { product } = listing();
  const request = { product, file: file("a\nb\na\n\nc"), label: "l", dryRun: false, random };

  it.each([
    ["configure", "before"],
    ["configure", "after"],
    ["importKeys", "before"],
    ["importKeys", "after"],
  ] as const)(
    "that broke at %s, %s it was done, is finished by the next try",
    async (name, side) => {
      const shop = merchantShop({ stocked: 0 });
      const broken = { ...shop, stock: breaking(shop, name, side) };
      await expect(importKeys(broken, author, request)).rejects.toThrow("the wire broke");
      const report = await importKeys(shop, author, request);
      expect(report).toMatchObject({
        accepted: 3,
        duplicates: [{ line: 3, firstLine: 1 }],
        blank: 1,
      });
      expect(shop.store.stock().free).toBe(3);
      expect(shop.batches.size).toBe(1);
      expect(shop.entries).toHaveLength(1);
    },
  );

  it.each([
    ["before", 0],
    ["after", 0],
    ["before", 1],
    ["after", 1],
    ["before", 2],
    ["after", 2],
  ] as const)(
    "of several parts that broke %s part %i adds the rest at the next try, in the file's order",
    async (side, part) => {
      const lines = Array.from({ length: 4_500 }, (_, n) => `K-${n}`);
      const shop = merchantShop({ stocked: 0 });
      const earlier = new Uint8Array(32).fill(8);
      await importKeys(shop, author, { ...request, file: file("K-3000"), random: earlier });
      const many = { ...request, file: file(lines.join("\n")) };
      const broken = { ...shop, stock: breaking(shop, "importKeys", side, part) };
      await expect(importKeys(broken, author, many)).rejects.toThrow("the wire broke");
      expect(await importKeys(shop, author, many)).toMatchObject({
        accepted: 4_499,
        duplicates: [{ line: 3_001, firstLine: null }],
        available: 4_500,
      });
      const { keys } = shop.store.keys({ state: null, afterRow: 4_498, limit: 9 });
      const last = await Promise.all(keys.map((key) => shop.vault.openKey(product.id, key)));
      expect(last).toEqual(["K-4498", "K-4499"]);
      expect(await importKeys(shop, author, many)).toMatchObject({ accepted: 4_499 });
      expect(shop.store.stock().free).toBe(4_500);
    },
  );

  it("of many keys comes to the object in parts, and a buyer between two of them is served", async () => {
    const shop = merchantShop({ stocked: 0 });
    const rpc = shop.stock.of(1);
    const taken: number[] = [];
    const states: string[] = [];
    const importing = async (part: KeyImport) => {
      const outcome = await rpc.importKeys(part);
      taken.push(part.keys.length);
      const idempotencyKey = `a-buyer-between-the-parts-${taken.length}`;
      const placed = await placeOrder(shop, { ...bought, idempotencyKey });
      states.push(placed.ok ? placed.value.order.state : placed.error.reason);
      return outcome;
    };
    const stock = { of: () => ({ ...rpc, importKeys: importing }) };
    const lines = Array.from({ length: 5_000 }, (_, n) => `K-${n}`);
    await importKeys({ ...shop, stock }, author, { ...request, file: file(lines.join("\n")) });
    expect(taken).toEqual([2_000, 2_000, 1_000]);
    expect(states).toEqual(["pending", "pending", "pending"]);
    expect(shop.store.stock()).toMatchObject({ free: 4_997, held: 3 });
  });

  it("that broke at its record says the same again, and is recorded once", async () => {
    const shop = merchantShop({ stocked: 0 });
    const down = { record: () => Promise.reject(new Error("D1 is down")) };
    await expect(importKeys({ ...shop, keyBatches: down }, author, request)).rejects.toThrow();
    const first = await importKeys(shop, author, request);
    expect(await importKeys(shop, author, request)).toEqual(first);
    expect(shop.entries).toHaveLength(1);
  });

  it("leaves the object with sealed keys only", async () => {
    const shop = merchantShop({ stocked: 0 });
    await importKeys(shop, author, { ...request, file: file("PLAIN-TEXT-OF-A-KEY") });
    const { keys } = shop.store.keys({ state: null, afterRow: 0, limit: 10 });
    expect(JSON.stringify(keys)).not.toContain("PLAIN-TEXT");
    const [key] = keys;
    if (key === undefined) throw new Error("nothing was imported");
    expect(await shop.vault.openKey(product.id, key)).toBe("PLAIN-TEXT-OF-A-KEY");
  });
});

describe("an order marked as paid", () => {
  it("is paid once, however often the wire broke on the way", async () => {
    const shop = merchantShop();
    const order = await place(shop);
    const request = { order, stockNumber: 1, note: null };
    const broken = { ...shop, stock: breaking(shop, "recordPayment", "after") };
    await expect(markOrderPaid(broken, author, request)).rejects.toThrow("the wire broke");
    const marked = await markOrderPaid(shop, author, request);
    expect(marked).toMatchObject({ ok: true, value: { state: "delivered" } });
    expect(shop.store.order(order.id)?.payments).toHaveLength(1);
  });

  it("is left alone where money has come: a payment by hand would read as a surplus", async () => {
    const shop = merchantShop();
    const order = await place(shop);
    const request = { order, stockNumber: 1, note: null };
    await markOrderPaid(shop, author, request);
    const paid = shop.store.order(order.id);
    if (paid === null) throw new Error("the order is gone");
    const byGateway = { ...paid, payments: [] };
    expect(await markOrderPaid(shop, author, { ...request, order: byGateway })).toEqual({
      ok: false,
      error: { state: "delivered" },
    });
    expect(shop.store.order(order.id)?.payments).toHaveLength(1);
  });
});

describe("a fulfilment", () => {
  it("that broke after its commit changes nothing when it is sent again", async () => {
    const remembered = listing({ delivery: "manual" });
    const shop = merchantShop({ stocked: 0, remembered });
    const order = await place(shop);
    await markOrderPaid(shop, author, { order, stockNumber: 1, note: null });
    const { keys } = file("by-hand");
    const request = {
      product: remembered.product,
      order,
      stockNumber: 7,
      keys,
      requestId: "act-1",
    };
    const broken = { ...shop, stock: breaking(shop, "fulfil", "after") };
    await expect(fulfilOrder(broken, author, request)).rejects.toThrow("the wire broke");
    expect(await fulfilOrder(shop, author, request)).toMatchObject({ kind: "unchanged" });
    expect(shop.store.order(order.id)).toMatchObject({ state: "delivered", keys: [{}] });
    expect(shop.entries.at(-1)).toMatchObject({ action: "order.fulfil", detail: { keys: 1 } });
  });
});

describe("a look at a key", () => {
  it("shows nothing that the audit log does not know of", async () => {
    const shop = merchantShop({ stocked: 0 });
    const { product } = listing();
    await importKeys(shop, author, {
      product,
      file: file("seen"),
      label: null,
      dryRun: false,
      random,
    });
    const id = shop.store.keys({ state: null, afterRow: 0, limit: 1 }).keys[0]?.id ?? "";
    const down = { append: () => Promise.reject(new Error("D1 is down")) };
    await expect(revealKey({ ...shop, audit: down }, author, id)).rejects.toThrow("D1 is down");
    expect(await revealKey(shop, author, id)).toMatchObject({ id, secret: "seen" });
    expect(shop.entries.at(-1)).toMatchObject({ action: "key.reveal", subject: id });
  });

  it("is refused to another merchant, and for what is no key", async () => {
    const shop = merchantShop();
    const id = shop.store.keys({ state: null, afterRow: 0, limit: 1 }).keys[0]?.id ?? "";
    const stranger = { ...author, merchantId: "mer_another" as Author["merchantId"] };
    expect(await revealKey(shop, stranger, id)).toBeNull();
    expect(await revealKey(shop, author, "key_x")).toBeNull();
    expect(await revealKey(shop, author, `${id.slice(0, -1)}z`)).toBeNull();
    expect(shop.entries).toEqual([]);
  });
});

describe("a saved product", () => {
  it("stands although the object could not be told", async () => {
    const shop = merchantShop();
    const products = {
      create: async (row: NewProduct) => ok<ProductRecord>({ ...row, number: 1, drop: null }),
      edit: () => Promise.reject(new Error("not here")),
    };
    const catalog = { ...shop.catalog, forget: () => undefined };
    const stock = breaking(shop, "configure", "before");
    const settings: ProductSettings = {
      ...PRODUCT_DEFAULTS,
      priceTiers: [],
      variants: [],
      fields: [],
      paymentMethods: [],
      slug: "s",
      title: "T",
      priceMinor: 1,
      currency: "CNY",
    };
    const ports = { products, catalog, stock };
    const saved = await createProduct(ports, author, settings, random);
    expect(saved).toMatchObject({ ok: true, value: { record: { slug: "s", version: 1 } } });
    expect(saved.ok && saved.value.pushError).toBeInstanceOf(Error);
  });
});
