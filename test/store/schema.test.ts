import { describe, expect, test } from "vitest";
import { ORDER_STATES } from "../../src/domain/order/order.ts";
import { order } from "./fixtures.ts";
import { Shop } from "./shop.ts";

/** A shop with a pending order 1 (key 1), a delivered order 2 (key 2), and a free key 3. */
function shopOfEach(): Shop {
  const shop = new Shop({}, 3);
  shop.reserve(1);
  shop.reserve(2);
  shop.pay(2);
  return shop;
}

const ONE = `id = '${order(1)}'`;
const TWO = `id = '${order(2)}'`;

describe("the tables refuse what no rule may write, should one forget itself", () => {
  test.each([
    ["a second row of terms", "INSERT INTO terms (one, json) SELECT 2, json FROM terms"],
    ["the terms twice", "INSERT INTO terms (one, json) SELECT one, json FROM terms"],
    ["a second version of the stock", "INSERT INTO stock_version (one, number) VALUES (2, 9)"],
    ["the version of the stock twice", "INSERT INTO stock_version (one, number) VALUES (1, 9)"],
    ["a state that orders do not have", `UPDATE orders SET state = 'lost' WHERE ${TWO}`],
    ["a hold without an end", `UPDATE orders SET expires_at_ms = NULL WHERE ${ONE}`],
    ["an end of what is not held", `UPDATE orders SET expires_at_ms = 1 WHERE ${TWO}`],
    ["an order of nothing", "UPDATE orders SET quantity = 0"],
    ["a price below nothing", "UPDATE orders SET unit_price_minor = -1"],
    ["a sum below nothing", "UPDATE orders SET amount_minor = -1"],
    ["a delivery by nobody", "UPDATE orders SET delivery = ''"],
    ["two orders of one id", `UPDATE orders SET id = '${order(2)}' WHERE ${ONE}`],
    ["a state that keys do not have", "UPDATE keys SET state = 'lost' WHERE row = 3"],
    ["a free key that is somebody's", `UPDATE keys SET order_id = 'x' WHERE row = 3`],
    ["a held key that is nobody's", "UPDATE keys SET order_id = NULL WHERE row = 1"],
    ["a sold key that is nobody's", "UPDATE keys SET order_id = NULL WHERE row = 2"],
    ["two keys of one fingerprint", "UPDATE keys SET fingerprint = 'print-key-0' WHERE row = 3"],
    ["one payment twice", "INSERT INTO payments SELECT * FROM payments"],
    ["one batch twice", "INSERT INTO batches SELECT * FROM batches"],
    ["one order twice in the outbox", "INSERT INTO outbox SELECT * FROM outbox"],
    ["a tombstone that counts for nobody", "INSERT INTO tombstones VALUES ('o', 1, 'h', NULL, 1)"],
    [
      "a buyer whose tombstone counts nothing",
      "INSERT INTO tombstones VALUES ('o', 1, 'h', 'e', 0)",
    ],
    ["a tombstone of less than nothing", "INSERT INTO tombstones VALUES ('o', 1, 'h', 'e', -1)"],
  ])("%s", (_, statement) => {
    const { database } = shopOfEach();
    expect(() => database.exec(statement)).toThrow(/constraint failed/);
  });
});

describe("the tables take", () => {
  test("every state that an order can be in", () => {
    const { database } = shopOfEach();
    for (const state of ORDER_STATES.filter((other) => other !== "pending")) {
      database.exec(`UPDATE orders SET state = '${state}' WHERE ${TWO}`);
    }
    expect(() => database.exec(`UPDATE orders SET state = 'pending' WHERE ${TWO}`)).toThrow();
  });

  test("a key that expired in nobody's hands, and one that was somebody's", () => {
    const { database } = shopOfEach();
    database.exec("UPDATE keys SET state = 'void' WHERE row = 3");
    database.exec("UPDATE keys SET state = 'void' WHERE row = 2");
  });

  test("a tombstone that counts for a buyer, and one that counts for nobody", () => {
    const { database } = shopOfEach();
    database.exec("INSERT INTO tombstones VALUES ('a', 1, 'h', 'e', 2), ('b', 1, 'h', NULL, 0)");
    expect(() => database.exec("INSERT INTO tombstones VALUES ('a', 2, 'h', 'e', 2)")).toThrow();
  });
});

/** Without its condition SQLite refuses an index that holds only what meets it. */
test.each([
  ["orders", "orders_due", "expires_at_ms > 0"],
  ["orders", "orders_owed", "paid_at_ms > 0"],
  ["orders", "orders_waiting", "state = 'unfilled'"],
  ["orders", "orders_of_buyer", "email = 'x'"],
  ["orders", "orders_of_alias", "buyer = 'x'"],
  ["orders", "holds_of_buyer", "email = 'x'"],
  ["orders", "holds_of_network", "network = 'x'"],
  ["keys", "keys_free", "variant_id = ''"],
  ["keys", "keys_of_order", "state = 'sold'"],
  ["keys", "keys_void", "state <> 'free'"],
  ["keys", "keys_expiring", "expires_at_ms IS NOT NULL"],
  ["keys", "keys_expiring", "state = 'free'"],
  ["tombstones", "tombstones_of_buyer", "quantity > 0"],
])("of %s, %s holds only what it answers, and not all of history", (table, index, otherwise) => {
  const { database } = new Shop();
  const question = `SELECT 1 FROM ${table} INDEXED BY ${index} WHERE ${otherwise}`;
  expect(() => database.prepare(question)).toThrow(/no query solution/);
});
