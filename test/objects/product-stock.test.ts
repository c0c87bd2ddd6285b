import {
  abortAllDurableObjects,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  stockName,
  type OrderSnapshot,
  type ReserveOutcome,
} from "../../durable-objects/product-stock/contract.ts";
import type { ProductStock } from "../../durable-objects/product-stock/object.ts";
import type { Terms } from "../../src/domain/product/terms.ts";
import type { OrdersChanged } from "../../src/queues/messages.ts";
import {
  batch,
  fulfilment,
  HOLD_SECONDS,
  key,
  keys,
  MERCHANT,
  order,
  payment,
  PRICE_MINOR,
  request,
  terms,
} from "../store/fixtures.ts";

type Stub = DurableObjectStub<ProductStock>;

let products = 100;

/** A product of its own for each test, and the ids of its orders. */
class Product {
  readonly number = products++;

  /** A new stub each time: one whose object was aborted stays broken. */
  get stub(): Stub {
    return env.PRODUCT_STOCK.getByName(stockName(this.number));
  }

  async open(keyCount: number, changes: Partial<Terms> = {}): Promise<this> {
    // The consumer has tests of its own: nobody hears of these orders unless a test says so.
    await this.queue(async () => {});
    await this.stub.configure(terms({ productNumber: this.number, ...changes }));
    if (keyCount > 0) await this.stub.importKeys(batch("first", keys(keyCount)));
    return this;
  }

  async reserve(n: number, quantity = 1): Promise<ReserveOutcome> {
    const [outcome] = await this.stub.reserve([
      request(n, { orderId: order(n, this.number), quantity }),
    ]);
    if (outcome === undefined) throw new Error("no outcome");
    return outcome;
  }

  async pay(n: number): ReturnType<ProductStock["recordPayment"]> {
    return this.stub.recordPayment(payment(n, { orderId: order(n, this.number) }), MERCHANT);
  }

  async order(n: number): Promise<OrderSnapshot> {
    const found = await this.stub.order(order(n, this.number));
    if (found === null) throw new Error(`there is no order ${n}`);
    return found;
  }

  /** What the object sends to the queue is kept here instead, or refused. */
  async queue(send: (message: unknown) => Promise<void>): Promise<void> {
    await runInDurableObject(this.stub, (instance: ProductStock) => {
      Object.defineProperty(instance, "env", { value: { ORDER_EVENTS: { send } } });
    });
  }
}

/** Moves the clock of everyone in this isolate: the tests' and the objects'. */
function later(ms: number): void {
  const nowMs = Date.now() + ms;
  vi.spyOn(Date, "now").mockReturnValue(nowMs);
}

afterEach(() => vi.restoreAllMocks());

describe("a sale", () => {
  test("reserve, pay, and the keys are the buyer's", async () => {
    const product = await new Product().open(3);
    expect(await product.reserve(1)).toMatchObject({
      kind: "reserved",
      order: { state: "pending" },
    });
    const paid = await product.pay(1);
    expect(paid).toMatchObject({ verdict: "delivered", order: { keys: [{ note: null }] } });
    expect(await product.pay(1)).toEqual({ verdict: "already", order: paid.order });
    expect(await product.stub.stock()).toMatchObject({ free: 2, held: 0, sold: 1, void: 0 });
  });

  test("200 buyers at once for 50 keys: exactly 50 are served, 50 distinct keys are sold", async () => {
    const product = await new Product().open(50);
    const outcomes = await Promise.all(Array.from({ length: 200 }, (_, n) => product.reserve(n)));
    const served = outcomes.flatMap((outcome, n) => (outcome.kind === "reserved" ? [n] : []));
    expect(served).toHaveLength(50);
    expect(outcomes.filter((outcome) => outcome.kind === "sold_out")).toHaveLength(150);
    const paid = await Promise.all(served.map((n) => product.pay(n)));
    const sold = paid.flatMap((outcome) => outcome.order?.keys.map((one) => one.id) ?? []);
    expect(new Set(sold).size).toBe(50);
    expect(await product.stub.stock()).toMatchObject({ free: 0, held: 0, sold: 50 });
  });

  test("40 notices at once for one payment deliver once", async () => {
    const product = await new Product().open(5);
    await product.reserve(1);
    const verdicts = await Promise.all(
      Array.from({ length: 40 }, async () => (await product.pay(1)).verdict),
    );
    expect(verdicts.filter((verdict) => verdict === "delivered")).toHaveLength(1);
    expect(verdicts.filter((verdict) => verdict === "already")).toHaveLength(39);
    expect(await product.stub.stock()).toMatchObject({ free: 4, sold: 1 });
  });

  test("a batch over RPC is answered in its order", async () => {
    const product = await new Product().open(1);
    const of = (n: number) => request(n, { orderId: order(n, product.number) });
    const outcomes = await product.stub.reserve([of(1), of(2), of(1)]);
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(["reserved", "sold_out", "repeated"]);
  });

  test("cancel and fulfil are answered over RPC as by the store", async () => {
    const product = await new Product().open(0, { delivery: "manual" });
    await product.reserve(1);
    await product.reserve(2);
    const cancelled = await product.stub.cancel({ orderId: order(1, product.number), by: "buyer" });
    expect(cancelled).toMatchObject({ kind: "changed", order: { state: "cancelled" } });
    await product.pay(2);
    const act = { ...fulfilment(2, [key("hand")]), orderId: order(2, product.number) };
    expect(await product.stub.fulfil(act)).toMatchObject({ kind: "changed" });
    expect(await product.stub.fulfil(act)).toMatchObject({ kind: "unchanged" });
  });

  test("the largest import is one call", async () => {
    const product = await new Product().open(0);
    const large = batch("large", keys(10_000));
    expect(await product.stub.importKeys(large)).toMatchObject({
      accepted: 10_000,
      available: 10_000,
    });
    expect(await product.stub.importKeys(large)).toMatchObject({
      accepted: 10_000,
      repeated: true,
    });
    expect(await product.stub.stock()).toMatchObject({ free: 10_000 });
  });

  test("keys are named by the product's number before any terms came", async () => {
    const product = new Product();
    await product.stub.importKeys(batch("early", keys(1)));
    const { keys: listed } = await product.stub.keys({ state: null, afterRow: 0, limit: 5 });
    expect(listed).toMatchObject([{ state: "free", fingerprint: "print-key-0" }]);
  });
});

describe("a call that is a bug", () => {
  test("fails its own caller and none of those who share its commit", async () => {
    const product = await new Product().open(3);
    const calls = [
      product.reserve(1),
      product.stub.reserve([request(9, { orderId: order(9, product.number), quantity: -1 })]),
      product.reserve(2),
    ];
    const settled = await Promise.allSettled(calls);
    expect(settled.map((outcome) => outcome.status)).toEqual([
      "fulfilled",
      "rejected",
      "fulfilled",
    ]);
    expect(settled[1]).toMatchObject({ reason: { message: expect.stringContaining("bug") } });
    expect(await product.stub.stock()).toMatchObject({ free: 1, held: 2 });
  });

  test("fails alone also where it fails halfway through its writes", async () => {
    const product = await new Product().open(0, { keySource: "generated" });
    const make = (n: number, print: string) =>
      product.stub.reserve([
        request(n, { orderId: order(n, product.number), minted: [key(print)] }),
      ]);
    const calls = [make(1, "same"), make(2, "same"), make(3, "other")];
    const settled = await Promise.allSettled(calls);
    expect(settled.map((outcome) => outcome.status)).toEqual([
      "fulfilled",
      "rejected",
      "fulfilled",
    ]);
    expect(await product.stub.order(order(2, product.number))).toBeNull();
    expect(await product.stub.stock()).toMatchObject({ held: 2 });
  });
});

describe.each([
  ["evicted", async (product: Product) => evictDurableObject(product.stub)],
  ["aborted", async () => abortAllDurableObjects()],
] as const)("an object that is %s between any two steps", (_, restart) => {
  test("has forgotten nothing that it answered", async () => {
    const product = await new Product().open(3);
    await restart(product);
    const reserved = await product.reserve(1);
    await restart(product);
    expect(await product.reserve(1)).toEqual({ ...reserved, kind: "repeated" });
    await restart(product);
    const paid = await product.pay(1);
    expect(paid.verdict).toBe("delivered");
    await restart(product);
    expect(await product.pay(1)).toEqual({ verdict: "already", order: paid.order });
    await restart(product);
    expect(await product.order(1)).toEqual(paid.order);
    expect(await product.stub.importKeys(batch("first", keys(3)))).toMatchObject({
      repeated: true,
    });
    expect(await product.stub.stock()).toMatchObject({ free: 2, held: 0, sold: 1 });
    expect(await product.stub.health()).toMatchObject({ termsVersion: 1 });
  });

  test("still gives the keys of unpaid orders back at their deadline", async () => {
    const product = await new Product().open(2);
    await product.reserve(1);
    await restart(product);
    later(HOLD_SECONDS * 1_000);
    expect(await runDurableObjectAlarm(product.stub)).toBe(true);
    expect(await product.order(1)).toMatchObject({ state: "expired" });
    expect(await product.stub.stock()).toMatchObject({ free: 2, held: 0 });
  });
});

describe("the alarm", () => {
  const armedAt = (product: Product): Promise<number | null> =>
    runInDurableObject(product.stub, (_, state) => state.storage.getAlarm());

  test("that rings early takes nothing and rings again", async () => {
    const product = await new Product().open(1);
    await product.reserve(1);
    expect(await runDurableObjectAlarm(product.stub)).toBe(true);
    expect(await product.order(1)).toMatchObject({ state: "pending" });
    expect(await armedAt(product)).not.toBeNull();
  });

  test("that rings late takes nothing from a buyer who paid", async () => {
    const product = await new Product().open(1);
    await product.reserve(1);
    later(2 * HOLD_SECONDS * 1_000);
    expect((await product.pay(1)).verdict).toBe("delivered");
    await runDurableObjectAlarm(product.stub);
    expect(await product.order(1)).toMatchObject({ state: "delivered" });
  });

  test("lapses more holds than one run takes, in as many runs as it needs", async () => {
    const product = await new Product().open(1_100);
    const all = Array.from({ length: 1_100 }, (_, n) =>
      request(n, { orderId: order(n, product.number) }),
    );
    for (let from = 0; from < all.length; from += 100) {
      await product.stub.reserve(all.slice(from, from + 100));
    }
    later(HOLD_SECONDS * 1_000);
    await runDurableObjectAlarm(product.stub);
    expect((await product.stub.stock()).free).toBeGreaterThanOrEqual(500);
    await vi.waitFor(async () => {
      await runDurableObjectAlarm(product.stub);
      expect(await product.stub.stock()).toMatchObject({ free: 1_100, held: 0 });
    });
  });

  test("is not set anew for each of many holds", async () => {
    const product = await new Product().open(20);
    await product.reserve(0);
    const set = await runInDurableObject(product.stub, (_, state) =>
      vi.spyOn(state.storage, "setAlarm"),
    );
    for (let n = 1; n < 20; n++) {
      await product.reserve(n);
    }
    expect(set.mock.calls.length).toBeLessThanOrEqual(1);
  });
});

describe("waiting for a change", () => {
  test("ends with the payment", async () => {
    const product = await new Product().open(1);
    await product.reserve(1);
    const waiting = product.stub.waitForChange(order(1, product.number), 1, 20_000);
    const others = product.stub.waitForChange(order(1, product.number), 1, 20_000);
    await product.pay(1);
    expect(await waiting).toMatchObject({ state: "delivered", version: 2 });
    expect(await others).toMatchObject({ state: "delivered", version: 2 });
  });

  test("ends at once where the change was missed", async () => {
    const product = await new Product().open(1);
    await product.reserve(1);
    await product.pay(1);
    const found = await product.stub.waitForChange(order(1, product.number), 1, 20_000);
    expect(found).toMatchObject({ version: 2 });
  });

  test("ends with the time it was given, with the order as it is", async () => {
    const product = await new Product().open(1);
    await product.reserve(1);
    const found = await product.stub.waitForChange(order(1, product.number), 1, 20);
    expect(found).toMatchObject({ state: "pending", version: 1 });
  });

  test("for an order that does not exist does not wait", async () => {
    const product = await new Product().open(1);
    expect(await product.stub.waitForChange(order(1, product.number), 0, 20_000)).toBeNull();
  });
});

describe("the order book's messages", () => {
  test("name what changed, with the version it has", async () => {
    const product = await new Product().open(1);
    const sent: unknown[] = [];
    await product.queue(async (message) => void sent.push(message));
    await product.reserve(1);
    await product.pay(1);
    const orderId = order(1, product.number);
    await vi.waitFor(() =>
      expect(sent.at(-1)).toEqual({
        v: 1,
        kind: "orders_changed",
        orders: [{ orderId, version: 2 }],
      }),
    );
  });

  test("a queue that takes nothing fails no sale; the alarm sends when it is back", async () => {
    const warned = vi.spyOn(console, "warn").mockReturnValue();
    const product = await new Product().open(2);
    const sent: OrdersChanged["orders"] = [];
    let down = true;
    await product.queue(async (message) => {
      if (down) throw new Error("the queue is down");
      sent.push(...(message as OrdersChanged).orders);
    });
    expect((await product.reserve(1)).kind).toBe("reserved");
    expect((await product.pay(1)).verdict).toBe("delivered");
    expect((await product.reserve(2)).kind).toBe("reserved");
    await vi.waitFor(() => expect(warned).toHaveBeenCalled());
    expect(await product.stub.health()).toMatchObject({ outboxRows: 2 });

    down = false;
    later(60_000);
    await runDurableObjectAlarm(product.stub);
    await vi.waitFor(() => expect(sent).toHaveLength(2));
    expect(sent).toContainEqual({ orderId: order(1, product.number), version: 2 });
  });

  test("a row goes when the order book has that version, and not before", async () => {
    const product = await new Product().open(1);
    await product.reserve(1);
    await product.pay(1);
    const id = order(1, product.number);
    await product.stub.acknowledge([{ id, version: 1 }]);
    expect(await product.stub.health()).toMatchObject({ outboxRows: 1 });
    await product.stub.acknowledge([{ id, version: 2 }]);
    expect(await product.stub.health()).toMatchObject({ outboxRows: 0, oldestOutboxAtMs: null });
  });

  test("the order book reads the present truth of the ids it asks for", async () => {
    const product = await new Product().open(2);
    await product.reserve(1);
    const ids = [order(1, product.number), order(2, product.number)];
    expect(await product.stub.readForOrderBook(ids)).toEqual([await product.order(1)]);
    const { orders, nextOrderId } = await product.stub.books({ afterOrderId: "", limit: 10 });
    expect(orders).toEqual([{ ...(await product.order(1)), heldKeyRows: 1 }]);
    expect(nextOrderId).toBeNull();
  });
});

test("a price is asked of the object's own terms, whatever the caller quoted", async () => {
  const product = await new Product().open(1);
  const [outcome] = await product.stub.reserve([
    request(1, { orderId: order(1, product.number), amountMinor: PRICE_MINOR - 1 }),
  ]);
  expect(outcome).toEqual({ kind: "terms_changed", version: 1 });
});
