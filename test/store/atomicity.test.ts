import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import type { ArchivedOrder } from "../../durable-objects/product-stock/archive-contract.ts";
import { ProductStockStore } from "../../durable-objects/product-stock/store.ts";
import type { Sql } from "../../durable-objects/shared/sql.ts";
import { sqliteSql } from "../support/node/sqlite-sql.ts";
import { batch, fulfilment, key, keys, order } from "./fixtures.ts";
import { dump, Shop } from "./shop.ts";

/** A machine that dies at the n-th statement from when it is armed. */
class Crash {
  #left = Infinity;
  wrap = (sql: Sql): Sql => ({
    all: (statement, ...bindings) => {
      this.#step();
      return sql.all(statement, ...bindings);
    },
    run: (statement, ...bindings) => {
      this.#step();
      return sql.run(statement, ...bindings);
    },
    transaction: (work) => sql.transaction(work),
  });
  arm(statements: number): void {
    this.#left = statements;
  }
  disarm(): void {
    this.#left = Infinity;
  }
  #step(): void {
    if (this.#left === 0) throw new Error("crash");
    this.#left--;
  }
}

interface Story {
  readonly title: string;
  /** Brings a shop to where the act is due. */
  readonly before: (shop: Shop) => void;
  readonly act: (shop: Shop) => unknown;
}

/** What a shop of a story gave the archive before its act. */
const left = new WeakMap<Shop, ArchivedOrder>();

const STORIES: readonly Story[] = [
  { title: "a reservation", before: () => {}, act: (shop) => shop.reserve(1, { quantity: 2 }) },
  {
    title: "a reservation that first lapses another",
    before: (shop) => {
      shop.reserve(2, { quantity: 5 });
      shop.pastDeadline();
    },
    act: (shop) => shop.reserve(1, { quantity: 2 }),
  },
  { title: "a payment", before: (shop) => shop.reserve(1), act: (shop) => shop.pay(1) },
  {
    title: "a mismatch",
    before: (shop) => shop.reserve(1),
    act: (shop) => shop.pay(1, { money: { amountMinor: 1, currency: "CNY" } }),
  },
  {
    title: "a late payment",
    before: (shop) => {
      shop.reserve(1);
      shop.store.cancel({ orderId: order(1), by: "buyer" }, shop.nowMs);
    },
    act: (shop) => shop.pay(1),
  },
  {
    title: "a cancellation that fills an owed order",
    before: (shop) => {
      shop.reserve(1);
      shop.store.cancel({ orderId: order(1), by: "buyer" }, shop.nowMs);
      shop.reserve(2, { quantity: 5 });
      shop.pay(1);
    },
    act: (shop) => shop.store.cancel({ orderId: order(2), by: "merchant" }, shop.nowMs),
  },
  {
    title: "an import that fills an owed order",
    before: (shop) => {
      shop.reserve(1);
      shop.store.cancel({ orderId: order(1), by: "buyer" }, shop.nowMs);
      shop.reserve(2, { quantity: 5 });
      shop.pay(1);
    },
    act: (shop) => shop.store.importKeys(batch("b", keys(700, "new")), shop.nowMs),
  },
  {
    title: "a fulfilment",
    before: (shop) => {
      shop.reserve(1);
      shop.store.cancel({ orderId: order(1), by: "buyer" }, shop.nowMs);
      shop.reserve(2, { quantity: 5 });
      shop.pay(1);
    },
    act: (shop) => shop.store.fulfil(fulfilment(1, [key("by hand")]), shop.nowMs),
  },
  {
    title: "a loan to another shard",
    before: () => {},
    act: (shop) => shop.store.lend({ to: 8, variantId: null, quantity: 3 }, shop.nowMs),
  },
  {
    title: "a registration of keys that go to an order of another shard",
    before: () => {},
    act: (shop) => shop.store.registerKeys({ orderId: order(9), keys: keys(3, "by-hand") }),
  },
  {
    title: "an arrival from another shard that fills an owed order",
    before: (shop) => {
      shop.reserve(1);
      shop.store.cancel({ orderId: order(1), by: "buyer" }, shop.nowMs);
      shop.reserve(2, { quantity: 5 });
      shop.pay(1);
    },
    act: (shop) => {
      const arrived = keys(3, "lent").map((lent) => ({ ...lent, batchId: null }));
      shop.store.receive({ from: 8, number: 1, keys: arrived }, shop.nowMs);
    },
  },
  {
    title: "an alarm",
    before: (shop) => {
      shop.reserve(1, { quantity: 2 });
      shop.reserve(2);
      shop.pastDeadline();
    },
    act: (shop) => shop.store.tick(shop.nowMs),
  },
  {
    title: "a pruning",
    before: (shop) => {
      shop.reserve(1, { quantity: 2 });
      shop.pay(1, { money: { amountMinor: 2_000, currency: "CNY" } });
      shop.store.acknowledge([{ id: order(1), version: 2 }]);
    },
    act: (shop) => shop.store.prune([{ id: order(1), version: 2 }]),
  },
  {
    title: "a return from the archive",
    before: (shop) => {
      shop.reserve(1);
      shop.pay(1);
      left.set(shop, shop.archive(1));
    },
    act: (shop) => shop.store.restore(left.get(shop) as ArchivedOrder),
  },
];

describe.each(STORIES)("$title that dies at any statement", ({ before, act }) => {
  const shopBefore = (): { shop: Shop; crash: Crash } => {
    const crash = new Crash();
    const shop = new Shop({}, 5, crash.wrap);
    before(shop);
    shop.store.takeChanged();
    return { shop, crash };
  };

  test("changes nothing, and done again it does what it would have done", () => {
    const whole = shopBefore();
    const answer = act(whole.shop);
    const after = whole.shop.dump();

    const { shop, crash } = shopBefore();
    const untouched = shop.dump();
    let deaths = 0;
    for (;;) {
      crash.arm(deaths);
      let died = false;
      try {
        expect(act(shop)).toEqual(answer);
      } catch (error) {
        if ((error as Error).message !== "crash") throw error;
        died = true;
      }
      crash.disarm();
      if (!died) break;
      expect(shop.dump()).toEqual(untouched);
      expect(shop.store.takeChanged()).toEqual([]);
      deaths++;
    }
    expect(deaths).toBeGreaterThan(2);
    expect(shop.dump()).toEqual(after);
  });
});

describe("many acts in one transaction", () => {
  test("one that throws undoes all of them, also where the error is caught between", () => {
    const shop = new Shop({}, 5);
    const before = shop.dump();
    expect(() =>
      shop.store.transaction(() => {
        shop.reserve(1);
        try {
          shop.reserve(2, { quantity: -1 });
          shop.store.transaction(() => {
            throw new Error("inner");
          });
        } catch {
          // The transaction is not to be saved by this.
        }
        try {
          shop.store.transaction(() => {
            throw new Error("inner");
          });
        } catch {
          // Nor by this.
        }
      }),
    ).toThrow("inner");
    expect(shop.dump()).toEqual(before);
    expect(shop.reserve(1).kind).toBe("reserved");
  });

  test("what was caught inside and is no error still undoes the whole", () => {
    const shop = new Shop({}, 5);
    const thrown: unknown = "words";
    const act = (): void =>
      shop.store.transaction(() => {
        try {
          shop.store.transaction(() => {
            throw thrown;
          });
        } catch {
          // The transaction is not to be saved by this.
        }
      });
    expect(act).toThrow(new Error("words"));
    expect(shop.store.transaction(() => "the next one is kept")).toBe("the next one is kept");
  });

  test("those who wait hear of each order that changed, once it is committed", () => {
    const shop = new Shop({}, 5);
    shop.reserve(1);
    expect(() =>
      shop.store.transaction(() => {
        shop.reserve(2);
        throw new Error("undone");
      }),
    ).toThrow("undone");
    shop.reserve(3);
    expect(shop.store.takeChanged()).toEqual([order(1), order(3)]);
    expect(shop.store.takeChanged()).toEqual([]);
  });

  test("the stock's version grows once, however many keys moved", () => {
    const shop = new Shop({}, 5);
    const { version } = shop.store.stock();
    shop.store.transaction(() => {
      shop.reserve(1, { quantity: 2 });
      shop.reserve(2);
    });
    expect(shop.store.stock().version).toBe(version + 1);
  });
});

describe("migrations", () => {
  const start = (sql: Sql): ProductStockStore => new ProductStockStore(sql);

  test("a half-made schema is never kept: the next start makes it whole", () => {
    for (let statements = 0; statements < 80; statements++) {
      const database = new DatabaseSync(":memory:");
      const crash = new Crash();
      crash.arm(statements);
      let died = false;
      try {
        start(crash.wrap(sqliteSql(database)));
      } catch {
        died = true;
      }
      crash.disarm();
      start(sqliteSql(database));
      if (!died) return;
      expect(Object.keys(dump(database))).toContain("outbox");
    }
    throw new Error("the schema has more statements than this test tries");
  });

  test("what was stored is there after a restart, terms included", () => {
    const shop = new Shop({ version: 3 }, 2);
    shop.reserve(1, { termsVersion: 3 });
    const again = new ProductStockStore(sqliteSql(shop.database));
    expect(again.order(order(1))).toEqual(shop.order(1));
    expect(again.stock()).toEqual(shop.store.stock());
    expect(again.health()).toMatchObject({ termsVersion: 3, outboxRows: 1 });
  });
});
