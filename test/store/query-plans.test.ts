import { expect, test } from "vitest";
import { SQL } from "../../durable-objects/product-stock/statements.ts";
import { Shop } from "./shop.ts";

/** What runs for each buyer, payment, commit or alarm: its cost must not grow with pool or history. */
const HOT = [
  "order",
  "boughtBy",
  "heldByBuyer",
  "heldByNetwork",
  "spentTickets",
  "ticketOfOrder",
  "dropTaken",
  "freeKeys",
  "heldKeys",
  "setAside",
  "moveKey",
  "moveKeys",
  "changeOrder",
  "touchOrder",
  "dueOrders",
  "dueOrdersOf",
  "dueOrdersOfNetwork",
  "firstDue",
  "owedOrders",
  "voidExpired",
  "firstExpiry",
  "soldKeys",
  "heldCount",
  "paymentsByTrade",
  "paymentsOfOrder",
  "claimDueMessages",
  "acknowledge",
  "ordersOf",
  "ordersAfter",
  "batch",
  "knownFingerprints",
  "keysAfter",
  "orderIds",
  "tombstoneIds",
  "isAnnounced",
  "tombstone",
  "archivedBoughtBy",
  "unbury",
  "unspendTrade",
  "forgetPayments",
  "pruneOrder",
  "stripKeys",
  "restoreKeys",
  "keysOf",
  "leave",
  "keysOfTransfer",
  "knownKeys",
  "markRegistered",
  "claimTransfers",
  "settleTransfer",
  "firstTransfer",
  "firstOwed",
  "checkedOrders",
  "checkedTombstones",
  "checkedKeys",
  "strayMessages",
  "dropMessage",
  "announceAgain",
] as const satisfies readonly (keyof typeof SQL)[];

/** The JSON argument is read from end to end: it is as long as the caller made it. A sum is one row. */
const ARGUMENTS = /^SCAN (?:(json_each|wanted|given|published) VIRTUAL TABLE|CONSTANT ROW$)/;

const shop = new Shop();
const plan = (statement: string): string[] =>
  shop.database
    .prepare(`EXPLAIN QUERY PLAN ${statement}`)
    .all()
    .map((step) => String(step["detail"]));

test.each(HOT)("%s searches by an index and scans nothing", (name) => {
  const steps = plan(SQL[name]).filter((step) => !ARGUMENTS.test(step));
  expect(steps.length).toBeGreaterThan(0);
  for (const step of steps) expect(step).not.toMatch(/^SCAN/);
});

test.each(["freeKeys", "dueOrders", "owedOrders", "claimDueMessages"] as const)(
  "%s reads in the order of its index, so a limit bounds the rows it reads",
  (name) => {
    expect(plan(SQL[name]).join("\n")).not.toMatch(/TEMP B-TREE/);
  },
);

test("spentTickets looks each place up by its whole key: a drop may have sold a hundred thousand", () => {
  expect(plan(SQL.spentTickets).join("\n")).toMatch(/SEARCH tickets .*drop_id=\? AND identity=\?/);
});

test.each(["anyFree", "firstMessage"] as const)(
  "%s stops at the first entry of an index",
  (name) => {
    expect(SQL[name]).toMatch(/LIMIT 1$/);
    expect(plan(SQL[name])).toEqual([
      expect.stringMatching(/^SCAN \w+ USING (COVERING )?INDEX \w+$/),
    ]);
  },
);

test.each([
  "freeByVariant",
  "freeCount",
  "takenByState",
  "leftCount",
  "voidCount",
  "outboxCount",
] as const)("%s counts index entries only", (name) => {
  for (const step of plan(SQL[name])) expect(step).toMatch(/USING COVERING INDEX/);
});

test("no statement binds a bare LIMIT: SQLite would plan it anew at each call", () => {
  for (const statement of Object.values(SQL)) expect(statement).not.toMatch(/LIMIT \?/);
});

test("no statement binds more than an object's SQLite takes", () => {
  for (const statement of Object.values(SQL)) {
    const bound = Array.from(statement.matchAll(/\?(\d+)/g), (match) => Number(match[1]));
    expect(Math.max(0, ...bound)).toBeLessThanOrEqual(100);
  }
});
