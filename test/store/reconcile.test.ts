import { describe, expect, test } from "vitest";
import { alarmFinding } from "../../durable-objects/product-stock/check-alarm.ts";
import type {
  Finding,
  KeysCursor,
  OrdersChecked,
} from "../../durable-objects/product-stock/reconcile-contract.ts";
import { keyId } from "../../src/domain/ids.ts";
import { batch, keys, NOW_MS, order } from "./fixtures.ts";
import { Shop } from "./shop.ts";

/** One order of each kind: delivered, pending, cancelled, expired, unfilled, and one in the archive. */
function busyShop(): Shop {
  const shop = new Shop({}, 4);
  for (const n of [1, 6]) {
    shop.reserve(n);
    shop.pay(n);
  }
  shop.reserve(4);
  shop.reserve(5);
  shop.pastDeadline();
  shop.store.tick(shop.nowMs);
  shop.reserve(2, { quantity: 2 });
  shop.pay(5);
  shop.reserve(3, { quantity: 1 });
  shop.archive(6);
  return shop;
}

/** Everything that a walk through the whole object finds, in steps of that size. */
function walk(shop: Shop, limit = 100): Finding[] {
  const findings: Finding[] = [];
  for (let after: string | null = ""; after !== null;) {
    const page: OrdersChecked = shop.store.checkOrders(after, limit, shop.nowMs);
    findings.push(...page.findings);
    after = page.next;
  }
  for (let cursor: KeysCursor | null = null; ;) {
    const page = shop.store.checkKeys(cursor, 7);
    findings.push(...page.findings);
    if (page.next === null) return findings;
    cursor = page.next;
  }
}

describe("an object that nothing happened to", () => {
  test.each([1, 2, 100])("has nothing to find, in steps of %i, and is not changed", (limit) => {
    const shop = busyShop();
    const before = shop.dump();
    expect(walk(shop, limit)).toEqual([]);
    expect(shop.dump()).toEqual(before);
  });

  test("tells of every order that it ever granted, by id, once", () => {
    const shop = busyShop();
    const all = shop.store.checkOrders("", 100, shop.nowMs);
    expect(all.next).toBeNull();
    expect(all.orders.map(({ id, state, owes }) => [id, state, owes])).toEqual([
      [order(1), "delivered", "keys"],
      [order(2), "pending", null],
      [order(4), "expired", null],
      [order(5), "unfilled", "unfilled"],
      [order(6), null, null],
    ]);
    const stepped = [];
    for (let after: string | null = ""; after !== null;) {
      const page: OrdersChecked = shop.store.checkOrders(after, 2, shop.nowMs);
      stepped.push(...page.orders);
      after = page.next;
    }
    expect(stepped).toEqual(all.orders);
  });

  test("says which orders the book is being told of", () => {
    const shop = busyShop();
    shop.store.acknowledge([{ id: order(1), version: 2 }]);
    const { orders } = shop.store.checkOrders("", 100, shop.nowMs);
    const waiting = orders.filter((each) => each.waiting).map(({ id }) => id);
    expect(waiting).toEqual([order(2), order(4), order(5)]);
  });

  test("orders that others change in the same commit are on their way to the book", () => {
    const shop = new Shop({}, 2);
    shop.reserve(1);
    const { orders, findings } = shop.store.transaction(() => {
      shop.pay(1);
      shop.reserve(2);
      return shop.store.checkOrders("", 100, shop.nowMs);
    });
    expect(findings).toEqual([]);
    expect(orders.map(({ version, waiting }) => [version, waiting])).toEqual([
      [2, true],
      [1, true],
    ]);
  });

  test("counts its keys in steps as in one look", () => {
    const shop = new Shop({}, 0);
    for (let n = 0; n < 5; n++) {
      shop.store.importKeys(batch(`many-${n}`, keys(1_000, `k${n}`)), shop.nowMs);
    }
    shop.reserve(1, { quantity: 3 });
    let cursor: KeysCursor | null = null;
    let steps = 1;
    let page = shop.store.checkKeys(cursor, 7);
    for (; page.next !== null; steps++) {
      cursor = page.next;
      page = shop.store.checkKeys(cursor, 7);
    }
    expect([steps, page.counted]).toEqual([3, { free: 4_997, held: 3, sold: 0, void: 0 }]);
  });
});

describe("a damaged row is found", () => {
  const damaged = (statement: string): { shop: Shop; findings: Finding[] } => {
    const shop = busyShop();
    shop.database.exec(statement);
    return { shop, findings: walk(shop, 2) };
  };

  test("a key that is held for no order, and nobody is sold it for that", () => {
    const { shop, findings } = damaged(
      "UPDATE keys SET state = 'held', order_id = 'ord_nobody' WHERE state = 'sold' AND row = 1",
    );
    const subject = keyId(7, 1);
    expect(findings).toContainEqual({
      kind: "key_of_no_order",
      subject,
      detail: { state: "held", order: "ord_nobody" },
      repaired: false,
    });
    expect(walk(shop)).toEqual(findings);
  });

  test("a sold key without its order", () => {
    const { findings } = damaged(`DELETE FROM orders WHERE id = '${order(1)}'`);
    expect(findings).toContainEqual({
      kind: "key_of_no_order",
      subject: keyId(7, 1),
      detail: { state: "sold", order: order(1) },
      repaired: false,
    });
  });

  test("a key that is held for an order that has left, and can claim it no more", () => {
    const { findings } = damaged(`UPDATE keys SET state = 'held' WHERE order_id = '${order(6)}'`);
    expect(findings).toMatchObject([{ kind: "key_of_no_order", detail: { state: "held" } }]);
  });

  test("an order that lacks a key, or has one too many", () => {
    const { findings } = damaged(
      `UPDATE keys SET order_id = '${order(2)}', state = 'held' WHERE order_id = '${order(1)}'`,
    );
    expect(findings).toMatchObject([
      { kind: "order_keys", subject: order(1), detail: { state: "delivered", sold: 0 } },
      { kind: "order_keys", subject: order(2), detail: { state: "pending", held: 3 } },
    ]);
  });

  test("a key whose text is gone though its order is here", () => {
    const { findings } = damaged("UPDATE keys SET sealed = '' WHERE row = 1");
    expect(findings).toMatchObject([{ kind: "key_without_text", subject: keyId(7, 1) }]);
  });

  test.each([
    ["is gone", `DELETE FROM orders WHERE id = '${order(4)}'`, null],
    ["is another", `UPDATE outbox SET version = 1 WHERE order_id = '${order(4)}'`, 2],
    ["is older", `UPDATE outbox SET version = 9 WHERE order_id = '${order(4)}'`, 2],
  ])("an outbox row whose order %s, and the row is mended", (_, statement, version) => {
    const { shop, findings } = damaged(statement);
    expect(findings).toMatchObject([
      { kind: "outbox_row", subject: order(4), detail: { order_version: version }, repaired: true },
    ]);
    expect(walk(shop)).toEqual([]);
    const rows = shop.dump()["outbox"]?.filter((row) => row["order_id"] === order(4));
    expect(rows?.map((row) => row["version"])).toEqual(version === null ? [] : [version]);
  });
});

describe("a count that is remembered", () => {
  test("is held against the rows, and counted anew where it is wrong", () => {
    const shop = busyShop();
    const right = shop.store.stock();
    shop.database.exec(
      "DELETE FROM keys WHERE state = 'free'; UPDATE keys SET state = 'void', order_id = NULL WHERE row = 1",
    );
    expect(shop.store.stock()).toEqual(right);
    const counts = walk(shop).filter(({ kind }) => kind === "stock_count");
    expect(counts).toMatchObject([{ kind: "stock_count", repaired: true }]);
    expect(shop.store.stock()).toMatchObject({ void: 1 });
    expect(walk(shop).filter(({ kind }) => kind === "stock_count")).toEqual([]);
  });

  test("is not what imports tell of either", () => {
    const shop = new Shop({}, 3);
    const counts = () => walk(shop).filter(({ kind }) => kind === "stock_count");
    expect(counts()).toEqual([]);
    shop.database.exec("UPDATE keys SET state = 'void' WHERE row = 1");
    expect(counts()).toMatchObject([{ detail: { followed: 3, rows_free: 2 }, repaired: true }]);
    expect(counts()).toEqual([]);
    const next = shop.store.importKeys(batch("next", keys(1, "next")), shop.nowMs);
    expect(next.available).toBe(3);
  });

  test("is not judged by rows that moved while they were counted", () => {
    const shop = new Shop({}, 0);
    for (let n = 0; n < 3; n++) {
      shop.store.importKeys(batch(`many-${n}`, keys(1_000, `k${n}`)), shop.nowMs);
    }
    const first = shop.store.checkKeys(null, 7);
    shop.reserve(1);
    shop.store.stock();
    expect(shop.store.checkKeys(first.next, 7)).toMatchObject({ findings: [], next: null });
  });
});

describe("the order book is told anew", () => {
  test("of those that it was not being told of, as they are now", () => {
    const shop = busyShop();
    shop.store.acknowledge([{ id: order(1), version: 2 }]);
    const asked = [order(1), order(2), order(6), order(99)];
    expect(shop.store.announce(asked, shop.nowMs)).toEqual([order(1)]);
    expect(shop.store.claimDueMessages(shop.nowMs)).toContainEqual({
      orderId: order(1),
      version: 2,
    });
    expect(shop.store.announce(asked, shop.nowMs)).toEqual([]);
  });

  test("not of one that changes in the same commit: it is told of that", () => {
    const shop = new Shop({}, 1);
    shop.reserve(1);
    shop.store.acknowledge([{ id: order(1), version: 1 }]);
    const told = shop.store.transaction(() => {
      shop.pay(1);
      return shop.store.announce([order(1)], shop.nowMs);
    });
    expect(told).toEqual([]);
    expect(shop.store.claimDueMessages(shop.nowMs)).toEqual([{ orderId: order(1), version: 2 }]);
  });
});

describe("an alarm", () => {
  const MINUTE_MS = 60_000;
  const found = (setToMs: number | null, dueAtMs: number | null) =>
    alarmFinding({ setToMs, dueAtMs, nowMs: NOW_MS })?.kind ?? null;

  test("is missing where something is due and none is set, or one that is far too late", () => {
    expect(found(null, NOW_MS + MINUTE_MS)).toBe("alarm_missing");
    expect(found(NOW_MS + 60 * MINUTE_MS, NOW_MS + MINUTE_MS)).toBe("alarm_missing");
    expect(found(NOW_MS + 60 * MINUTE_MS, NOW_MS - 60 * MINUTE_MS)).toBe("alarm_missing");
  });

  test("is well where nothing is due, and where it is set in time or about to be late", () => {
    expect(found(null, null)).toBeNull();
    expect(found(NOW_MS + MINUTE_MS, NOW_MS + MINUTE_MS)).toBeNull();
    expect(found(NOW_MS - MINUTE_MS, NOW_MS + MINUTE_MS)).toBeNull();
    expect(found(NOW_MS + 2 * MINUTE_MS, NOW_MS - MINUTE_MS)).toBeNull();
  });
});
