import { describe, expect, test } from "vitest";
import { ProductStockStore } from "../../durable-objects/product-stock/store.ts";
import type {
  ReserveOutcome,
  ReserveRequest,
} from "../../durable-objects/product-stock/contract.ts";
import { SQL } from "../../durable-objects/product-stock/statements.ts";
import type { DropId } from "../../src/domain/ids.ts";
import type { DropTerms } from "../../src/domain/product/terms.ts";
import { CountedSql } from "./counted-sql.ts";
import { sqliteSql } from "../support/node/sqlite-sql.ts";
import { NOW_MS, order, request, terms } from "./fixtures.ts";
import { Shop } from "./shop.ts";

const DROP = "drop_00000000000000000001" as DropId;
const OTHER = "drop_00000000000000000002" as DropId;
const drop: DropTerms = {
  id: DROP,
  opensAtMs: NOW_MS - 1_000,
  closesAtMs: NOW_MS + 3_600_000,
  quantity: 3,
  perBuyer: 2,
  holdSeconds: 60,
};
const shopWith = (changes: Partial<DropTerms> = {}, keyCount = 10): Shop =>
  new Shop({ drop: { ...drop, ...changes } }, keyCount);
const by = (identity: string, dropId = DROP): Partial<ReserveRequest> => ({
  ticket: { dropId, identity },
});
const kindsOf = (outcomes: readonly ReserveOutcome[]) => outcomes.map(({ kind }) => kind);
/** Past the drop's hold, in its time. */
const pastHold = (shop: Shop) => (shop.nowMs += 61_000);

describe("a product that is sold in a drop", () => {
  test("is reserved with a ticket of that drop only", () => {
    const shop = shopWith();
    const required = { kind: "ticket_required", dropId: DROP };
    expect(shop.reserve(1)).toEqual(required);
    expect(shop.reserve(1, by("ann", OTHER))).toEqual(required);
    expect(shop.reserve(1, by("ann")).kind).toBe("reserved");
  });

  test("is held as long as the drop says, and for no more than it gives one buyer", () => {
    const shop = shopWith();
    expect(shop.reserve(1, { ...by("ann"), quantity: 3 })).toEqual({
      kind: "limit_reached",
      limit: 2,
      scope: "order",
    });
    shop.reserve(1, { ...by("ann"), quantity: 2 });
    expect(shop.order(1).expiresAtMs).toBe(NOW_MS + 60_000);
  });

  test("is not sold before it opens, ticket or not, and by its own terms from the moment it closes", () => {
    const shop = shopWith({ opensAtMs: NOW_MS + 10 });
    const early = { kind: "not_on_sale", opensAtMs: NOW_MS + 10 };
    for (const ticket of [{}, by("ann")]) expect(shop.reserve(1, ticket)).toEqual(early);
    shop.nowMs = drop.closesAtMs;
    expect(shop.reserve(1).kind).toBe("reserved");
    expect(shop.order(1).expiresAtMs).toBe(drop.closesAtMs + 600_000);
    // A ticket of the past does no harm and is not spent.
    expect(shop.reserve(2, by("ann")).kind).toBe("reserved");
    expect(shop.dump()["tickets"]).toEqual([]);
  });
});

describe("a ticket", () => {
  test("buys once; the order that it became is the answer to its own repetition", () => {
    const shop = shopWith();
    shop.reserve(1, by("ann"));
    expect(shop.reserve(2, by("ann"))).toEqual({ kind: "ticket_used" });
    expect(shop.reserve(1, by("ann")).kind).toBe("repeated");
    // The repetition is known by its order, with whatever ticket or none.
    expect(shop.reserve(1).kind).toBe("repeated");
    expect(shop.reserve(1, by("bob")).kind).toBe("repeated");
    expect(shop.reserve(3, by("bob")).kind).toBe("reserved");
  });

  test("buys once in one list, too", () => {
    const shop = shopWith();
    const list = [request(1, by("ann")), request(2, by("ann")), request(1, by("ann"))];
    expect(kindsOf(shop.store.reserve(list, NOW_MS))).toEqual([
      "reserved",
      "ticket_used",
      "repeated",
    ]);
  });

  test.each<[string, (shop: Shop) => void]>([
    ["is cancelled", (shop) => shop.store.cancel({ orderId: order(1), by: "buyer" }, shop.nowMs)],
    ["has lapsed", pastHold],
    ["was paid", (shop) => shop.pay(1)],
  ])("is spent though its order %s", (_, happens) => {
    const shop = shopWith();
    shop.reserve(1, by("ann"));
    happens(shop);
    expect(shop.reserve(2, by("ann"))).toEqual({ kind: "ticket_used" });
  });

  test("is spent though its order is in the archive, gone and come back", () => {
    const shop = shopWith();
    shop.reserve(1, by("ann"));
    shop.pay(1);
    const record = shop.archive(1);
    expect(shop.reserve(2, by("ann"))).toEqual({ kind: "ticket_used" });
    expect(shop.reserve(1, by("ann"))).toMatchObject({ kind: "reused", archived: true });
    shop.store.restore(record);
    expect(shop.reserve(2, by("ann"))).toEqual({ kind: "ticket_used" });
    expect(shop.reserve(1, by("ann")).kind).toBe("repeated");
  });

  test("is not spent by an order that was refused", () => {
    const shop = shopWith({}, 0);
    expect(shop.reserve(1, by("ann"))).toEqual({ kind: "sold_out", available: 0 });
    expect(shop.reserve(1, { ...by("ann"), amountMinor: 1 }).kind).toBe("terms_changed");
    expect(shop.dump()["tickets"]).toEqual([]);
  });

  test("of one drop is another place in the next", () => {
    const shop = shopWith();
    shop.reserve(1, by("ann"));
    shop.store.configure(terms({ version: 2, drop: { ...drop, id: OTHER, perBuyer: null } }));
    const again = { ...by("ann", OTHER), termsVersion: 2 };
    expect(shop.reserve(2, again).kind).toBe("reserved");
    expect(shop.reserve(3, again).kind).toBe("ticket_used");
  });
});

describe("a drop's quantity", () => {
  const buy = (shop: Shop, n: number, quantity = 1) =>
    shop.reserve(n, { ...by(`buyer-${n}`), quantity });

  test("is all that it sells, though the pool have more; what is left is said", () => {
    const shop = shopWith();
    expect(buy(shop, 1, 2).kind).toBe("reserved");
    expect(buy(shop, 2, 2)).toEqual({ kind: "sold_out", available: 1 });
    expect(buy(shop, 2).kind).toBe("reserved");
    expect(buy(shop, 3)).toEqual({ kind: "sold_out", available: 0 });
    expect(shop.store.stock()).toMatchObject({ free: 7, held: 3 });
  });

  test("holds in one list of many buyers", () => {
    const shop = shopWith();
    const list = Array.from({ length: 20 }, (_, n) => request(n, by(`buyer-${n}`)));
    const kinds = kindsOf(shop.store.reserve(list, NOW_MS));
    expect(kinds.filter((kind) => kind === "reserved")).toHaveLength(3);
  });

  test.each<[string, (shop: Shop) => void]>([
    ["was cancelled", (shop) => shop.store.cancel({ orderId: order(1), by: "buyer" }, shop.nowMs)],
    ["lapsed, though nobody rang", pastHold],
  ])("comes back with what %s, and nothing more does", (_, happens) => {
    const shop = shopWith();
    for (const n of [1, 2, 3]) buy(shop, n);
    shop.pay(2);
    shop.pay(3);
    expect(buy(shop, 4).kind).toBe("sold_out");
    happens(shop);
    expect(buy(shop, 4).kind).toBe("reserved");
    expect(buy(shop, 5)).toEqual({ kind: "sold_out", available: 0 });
  });

  test("counts what was paid late: the buyer has their key, and the line one less", () => {
    const shop = shopWith();
    buy(shop, 1);
    pastHold(shop);
    shop.store.tick(shop.nowMs);
    expect(shop.pay(1).verdict).toBe("late_delivered");
    expect(kindsOf([2, 3, 4].map((n) => buy(shop, n)))).toEqual([
      "reserved",
      "reserved",
      "sold_out",
    ]);
  });

  test("may be passed by money that came late, never by the line", () => {
    const shop = shopWith();
    buy(shop, 1);
    pastHold(shop);
    for (const n of [2, 3, 4]) expect(buy(shop, n).kind).toBe("reserved");
    expect(shop.pay(1).verdict).toBe("late_delivered");
    expect(shop.store.glance(shop.nowMs).drop).toMatchObject({ id: DROP, left: 0, held: 3 });
    shop.store.cancel({ orderId: order(2), by: "buyer" }, shop.nowMs);
    expect(buy(shop, 5)).toEqual({ kind: "sold_out", available: 0 });
  });

  test("is what its rows say, whoever counts them: an instance that has followed, or one that has just begun", () => {
    const shop = shopWith({ quantity: 6 });
    for (const n of [1, 2, 3, 4, 5]) buy(shop, n);
    shop.pay(1);
    shop.pay(2);
    shop.archive(1);
    shop.store.cancel({ orderId: order(3), by: "buyer" }, shop.nowMs);
    pastHold(shop);
    shop.store.tick(shop.nowMs);
    shop.pay(4);
    const fresh = new ProductStockStore(sqliteSql(shop.database));
    const expected = { id: DROP, left: 3 };
    expect(shop.store.glance(shop.nowMs).drop).toMatchObject(expected);
    expect(fresh.glance(shop.nowMs).drop).toMatchObject(expected);
  });

  test("is counted anew after a transaction that was undone", () => {
    const shop = shopWith();
    buy(shop, 1);
    expect(() =>
      shop.store.transaction(() => {
        buy(shop, 2);
        throw new Error("undone");
      }),
    ).toThrow("undone");
    expect(shop.store.glance(shop.nowMs).drop).toMatchObject({ id: DROP, left: 2 });
    expect(kindsOf([2, 3, 4].map((n) => buy(shop, n)))).toEqual([
      "reserved",
      "reserved",
      "sold_out",
    ]);
  });

  test("is said to those who glance while the drop is announced or on, and to nobody after", () => {
    const shop = shopWith({ opensAtMs: NOW_MS + 10 });
    expect(shop.store.glance(NOW_MS).drop).toMatchObject({ id: DROP, left: 3 });
    expect(shop.store.glance(drop.closesAtMs)).not.toHaveProperty("drop");
    expect(shop.store.stock()).not.toHaveProperty("drop");
  });
});

test("a drop without a ticket in a request that is malformed is a bug of ours, and stops at the door", () => {
  const shop = shopWith();
  for (const ticket of [
    { dropId: "" as DropId, identity: "x" },
    { dropId: DROP, identity: "" },
    { dropId: DROP, identity: "x".repeat(65) },
  ]) {
    expect(() => shop.reserve(1, { ticket })).toThrow("the caller has a bug");
  }
});

test("a list in a drop asks for its spent tickets once, and never counts what the drop has sold again", () => {
  const counted = new CountedSql();
  const shop = new Shop({ drop: { ...drop, quantity: 1_000 } }, 200, counted.wrap);
  const list = (from: number) =>
    Array.from({ length: 50 }, (_, n) => request(from + n, by(`buyer-${from + n}`)));
  shop.store.reserve(list(0), NOW_MS);
  const { spentTickets, spendTicket, dropTaken, ticketOfOrder } = SQL;
  const asked = counted.during(
    () => shop.store.reserve(list(50), NOW_MS),
    spentTickets,
    spendTicket,
    dropTaken,
    ticketOfOrder,
  );
  expect(asked).toEqual([1, 50, 0, 0]);
  // Money for what is held moves nothing that the drop counts.
  expect(counted.during(() => shop.pay(1), dropTaken, ticketOfOrder)).toEqual([0, 0]);
});
