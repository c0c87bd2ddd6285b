import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { stockName } from "../../durable-objects/product-stock/contract.ts";
import type { ProductStock } from "../../durable-objects/product-stock/object.ts";
import type { CollectOutcome } from "../../durable-objects/product-stock/shard-contract.ts";
import { stockNumber } from "../../src/domain/product/shards.ts";
import { batch, keys, MERCHANT, order, payment, request, terms } from "../store/fixtures.ts";
import { eventually } from "../support/worker/eventually.ts";

let products = 500;

/** A product over several objects, each with as many keys as its test says. */
class Sharded {
  readonly number = products++;
  readonly shards: number;

  constructor(shards: number) {
    this.shards = shards;
  }

  stub(shard: number): DurableObjectStub<ProductStock> {
    return env.PRODUCT_STOCK.getByName(stockName(this.stock(shard)));
  }

  stock(shard: number): number {
    return stockNumber(this.number, shard);
  }

  async open(keyCounts: readonly number[]): Promise<this> {
    await Promise.all(
      Array.from({ length: this.shards }, async (_, shard) => {
        const productNumber = this.stock(shard);
        await this.stub(shard).configure(terms({ productNumber, shards: this.shards }));
        const count = keyCounts[shard] ?? 0;
        if (count === 0) return;
        await this.stub(shard).importKeys(batch("first", keys(count, `${shard}`)));
      }),
    );
    return this;
  }

  /** As the edge does it: the home first, and a look around if that is empty. */
  async order(n: number, home: number, quantity = 1): Promise<CollectOutcome> {
    const asked = request(n, { orderId: this.orderId(n, home), quantity });
    const [outcome] = await this.stub(home).reserve([asked]);
    if (outcome === undefined) throw new Error("no outcome");
    return outcome.kind === "sold_out" ? this.stub(home).collect(asked) : outcome;
  }

  /** Again until the object lives to answer and knows what to say. */
  async orderUntilAnswered(n: number, home: number): Promise<CollectOutcome> {
    const outcome = await this.order(n, home).catch(() => null);
    if (outcome === null || outcome.kind === "busy") return this.orderUntilAnswered(n, home);
    return outcome;
  }

  orderId(n: number, home: number) {
    return order(n, this.stock(home));
  }

  pay(n: number, home: number) {
    return this.stub(home).recordPayment(payment(n, { orderId: this.orderId(n, home) }), MERCHANT);
  }

  async total(): Promise<{ free: number; held: number; sold: number }> {
    const sum = { free: 0, held: 0, sold: 0 };
    for (let shard = 0; shard < this.shards; shard++) {
      const level = await this.stub(shard).stock();
      sum.free += level.free;
      sum.held += level.held;
      sum.sold += level.sold;
    }
    return sum;
  }
}

afterEach(() => vi.restoreAllMocks());

describe("a product over eight objects", () => {
  test("sells the last 40 keys to 200 buyers at once, wherever buyers and keys are", async () => {
    const product = await new Sharded(8).open([0, 23, 0, 0, 1, 0, 16]);
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, (_, n) => product.orderUntilAnswered(n, n % 8)),
    );
    const served = outcomes.flatMap((outcome, n) => (outcome.kind === "reserved" ? [n] : []));
    expect(served).toHaveLength(40);
    expect(outcomes.filter((outcome) => outcome.kind === "sold_out")).toHaveLength(160);
    expect(await product.total()).toEqual({ free: 0, held: 40, sold: 0 });

    const paid = await Promise.all(served.map((n) => product.pay(n, n % 8)));
    const delivered = paid.flatMap((each) => each.order?.keys ?? []);
    expect(new Set(delivered.map((each) => each.fingerprint)).size).toBe(40);
    expect(await product.total()).toEqual({ free: 0, held: 0, sold: 40 });
  });

  test("loses no key and sells none twice when all objects die in the middle of it", async () => {
    const product = await new Sharded(4).open([0, 30]);
    const buying = Array.from({ length: 60 }, (_, n) => product.orderUntilAnswered(n, n % 4));
    await Promise.race(buying);
    await abortAllDurableObjects();
    const outcomes = await Promise.all(buying);
    const served = outcomes.filter(({ kind }) => kind === "reserved" || kind === "repeated");
    expect(served).toHaveLength(30);
    expect(await product.total()).toEqual({ free: 0, held: 30, sold: 0 });
  });
});

describe("keys on their way from one object to another", () => {
  const lent = async () => {
    const product = await new Sharded(2).open([0, 2]);
    const wanted = { to: product.stock(0), variantId: null, quantity: 2 };
    const transfer = await product.stub(1).lend(wanted);
    expect(transfer).toMatchObject({ keys: [{}, {}] });
    return product;
  };

  test("are brought there by the lender's alarm when whoever asked for them has died", async () => {
    const product = await lent();
    await evictDurableObject(product.stub(1));
    vi.spyOn(Date, "now").mockReturnValue(Date.now() + 5_000);
    await runDurableObjectAlarm(product.stub(1));
    expect(await product.stub(0).stock()).toMatchObject({ free: 2 });
    expect(await product.stub(1).spare({ variantId: null, quantity: 1 })).toMatchObject({
      moving: [],
    });
  });

  test("are found by the next buyer without waiting for it", async () => {
    const product = await lent();
    expect(await product.order(1, 0, 2)).toMatchObject({ kind: "reserved" });
    expect(await product.total()).toEqual({ free: 0, held: 2, sold: 0 });
  });
});

describe("an order that is paid late", () => {
  test("gets a key of another object, without anyone asking again", async () => {
    const product = await new Sharded(2).open([1, 1]);
    await product.order(1, 0);
    await product.stub(0).cancel({ orderId: product.orderId(1, 0), by: "buyer" });
    await product.order(2, 0);
    expect(await product.pay(1, 0)).toMatchObject({ verdict: "unfilled" });
    const filled = await eventually(async () => {
      const found = await product.stub(0).order(product.orderId(1, 0));
      return found?.state === "delivered" ? found : null;
    });
    expect(filled.keys).toHaveLength(1);
  });

  test("gets a key that comes to another object later, by its own object's alarm", async () => {
    const product = await new Sharded(2).open([1, 0]);
    await product.order(1, 0);
    await product.stub(0).cancel({ orderId: product.orderId(1, 0), by: "buyer" });
    await product.order(2, 0);
    await product.pay(1, 0);
    await product.stub(1).importKeys(batch("late", keys(1, "late")));
    vi.spyOn(Date, "now").mockReturnValue(Date.now() + 60_000);
    await runDurableObjectAlarm(product.stub(0));
    expect(await product.stub(0).order(product.orderId(1, 0))).toMatchObject({
      state: "delivered",
    });
  });
});
