import type { Migration } from "../shared/migrate.ts";

/**
 * The tables of one product's stock object, as docs/storage.md describes them. Append only: a
 * migration that ran anywhere is never edited. Partial indexes keep each hot question as small as
 * its answer: free keys, due holds, owed orders, however many were sold before.
 */
export const MIGRATIONS: readonly Migration[] = [
  [
    `CREATE TABLE terms (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      json TEXT NOT NULL
    ) STRICT`,
    `CREATE TABLE stock_version (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      number INTEGER NOT NULL
    ) STRICT`,
    `INSERT INTO stock_version (one, number) VALUES (1, 0)`,

    `CREATE TABLE orders (
      row INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      version INTEGER NOT NULL,
      state TEXT NOT NULL CHECK (state IN
        ('pending','paid','delivered','expired','cancelled','unfilled','refunded')),
      body_hash TEXT NOT NULL,
      merchant_id TEXT NOT NULL,
      product_id TEXT NOT NULL,
      product_title TEXT NOT NULL,
      delivery TEXT NOT NULL CHECK (delivery IN ('auto','manual')),
      variant_id TEXT,
      variant_title TEXT,
      quantity INTEGER NOT NULL CHECK (quantity > 0),
      unit_price_minor INTEGER NOT NULL CHECK (unit_price_minor >= 0),
      amount_minor INTEGER NOT NULL CHECK (amount_minor >= 0),
      discount_minor INTEGER NOT NULL,
      currency TEXT NOT NULL,
      email TEXT NOT NULL,
      locale TEXT NOT NULL,
      fields TEXT NOT NULL,
      lookup_hash TEXT,
      payment_account_id TEXT,
      payment_method TEXT,
      placed_at_ms INTEGER NOT NULL,
      expires_at_ms INTEGER,
      paid_at_ms INTEGER,
      delivered_at_ms INTEGER,
      fulfil_request TEXT,
      history TEXT NOT NULL,
      CHECK ((state = 'pending') = (expires_at_ms IS NOT NULL))
    ) STRICT`,
    `CREATE INDEX orders_due ON orders (expires_at_ms) WHERE state = 'pending'`,
    `CREATE INDEX orders_owed ON orders (paid_at_ms) WHERE state = 'unfilled'`,
    `CREATE INDEX orders_of_buyer ON orders (email, quantity)
      WHERE state IN ('pending','paid','delivered','unfilled')`,

    // Rows are never deleted, so a row number names one key for ever (it is the key's id).
    `CREATE TABLE keys (
      row INTEGER PRIMARY KEY,
      state TEXT NOT NULL CHECK (state IN ('free','held','sold','void')),
      variant_id TEXT NOT NULL,
      order_id TEXT,
      sealed TEXT NOT NULL,
      fingerprint TEXT NOT NULL UNIQUE,
      note TEXT,
      expires_at_ms INTEGER,
      cost_minor INTEGER,
      batch_id TEXT,
      CHECK (state <> 'free' OR order_id IS NULL),
      CHECK (state NOT IN ('held','sold') OR order_id IS NOT NULL)
    ) STRICT`,
    `CREATE INDEX keys_free ON keys (variant_id) WHERE state = 'free'`,
    `CREATE INDEX keys_of_order ON keys (state, order_id) WHERE order_id IS NOT NULL`,
    `CREATE INDEX keys_void ON keys (state) WHERE state = 'void'`,
    `CREATE INDEX keys_expiring ON keys (expires_at_ms)
      WHERE state = 'free' AND expires_at_ms IS NOT NULL`,

    `CREATE TABLE payments (
      order_id TEXT NOT NULL,
      account_id TEXT NOT NULL,
      trade_no TEXT NOT NULL,
      amount_minor INTEGER NOT NULL,
      currency TEXT NOT NULL,
      verdict TEXT NOT NULL,
      source TEXT NOT NULL,
      at_ms INTEGER NOT NULL,
      PRIMARY KEY (order_id, account_id, trade_no)
    ) STRICT, WITHOUT ROWID`,
    `CREATE INDEX payments_by_trade ON payments (account_id, trade_no)`,

    `CREATE TABLE batches (
      id TEXT PRIMARY KEY,
      label TEXT,
      accepted INTEGER NOT NULL,
      duplicates TEXT NOT NULL,
      available INTEGER NOT NULL,
      at_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,

    `CREATE TABLE outbox (
      order_id TEXT PRIMARY KEY,
      version INTEGER NOT NULL,
      since_ms INTEGER NOT NULL,
      send_at_ms INTEGER NOT NULL,
      attempts INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    `CREATE INDEX outbox_due ON outbox (send_at_ms)`,
    `CREATE INDEX outbox_since ON outbox (since_ms)`,
  ],
  [
    // What stays of an order in the archive. Quantity and e-mail only where it counts for the limit.
    `CREATE TABLE tombstones (
      order_id TEXT PRIMARY KEY,
      version INTEGER NOT NULL,
      body_hash TEXT NOT NULL,
      email TEXT,
      quantity INTEGER NOT NULL CHECK (quantity >= 0),
      CHECK ((email IS NULL) = (quantity = 0))
    ) STRICT, WITHOUT ROWID`,
    `CREATE INDEX tombstones_of_buyer ON tombstones (email, quantity) WHERE email IS NOT NULL`,
    `CREATE TABLE spent_trades (
      account_id TEXT NOT NULL,
      trade_no TEXT NOT NULL,
      order_id TEXT NOT NULL,
      PRIMARY KEY (account_id, trade_no, order_id)
    ) STRICT, WITHOUT ROWID`,
  ],
  // Shards of one product move keys. A key that has left is void here, so that nothing that sells
  // or counts free keys, of whichever version, sees it; its row stays, so that it is known. Columns
  // are added and no table is rebuilt: a million keys cost as little as none.
  [
    `ALTER TABLE stock_version ADD COLUMN arrivals INTEGER NOT NULL DEFAULT 0`,
    `ALTER TABLE keys ADD COLUMN transfer INTEGER`,
    `CREATE INDEX keys_left ON keys (transfer) WHERE transfer IS NOT NULL`,
    // AUTOINCREMENT: a number is never given twice, though settled transfers are deleted.
    `CREATE TABLE transfers (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      to_number INTEGER NOT NULL,
      variant_id TEXT NOT NULL,
      shared INTEGER NOT NULL,
      send_at_ms INTEGER NOT NULL,
      attempts INTEGER NOT NULL
    ) STRICT`,
    `CREATE INDEX transfers_due ON transfers (send_at_ms)`,
    `CREATE TABLE received (
      from_number INTEGER NOT NULL,
      number INTEGER NOT NULL,
      at_ms INTEGER NOT NULL,
      PRIMARY KEY (from_number, number)
    ) STRICT, WITHOUT ROWID`,
  ],
  // Who holds unpaid keys. The buyer is written only where the address is not its mailbox's own
  // name, so that nearly every order has it in `email` alone; the network while the order is pending.
  [
    `ALTER TABLE orders ADD COLUMN buyer TEXT`,
    `ALTER TABLE orders ADD COLUMN network TEXT`,
    `CREATE INDEX orders_of_alias ON orders (buyer, quantity)
      WHERE buyer IS NOT NULL AND state IN ('pending','paid','delivered','unfilled')`,
    `CREATE INDEX holds_of_buyer ON orders (email, quantity) WHERE state = 'pending'`,
    `CREATE INDEX holds_of_network ON orders (network, quantity)
      WHERE state = 'pending' AND network IS NOT NULL`,
  ],
  // Which order a place in a drop's line has become: each buys once, and its row is never deleted.
  [
    `CREATE TABLE tickets (
      drop_id TEXT NOT NULL,
      identity TEXT NOT NULL,
      order_id TEXT NOT NULL UNIQUE,
      PRIMARY KEY (drop_id, identity)
    ) STRICT, WITHOUT ROWID`,
  ],
  // What spoke against an order, and whether a person must look before it is delivered.
  [`ALTER TABLE orders ADD COLUMN risk TEXT`, `ALTER TABLE orders ADD COLUMN review TEXT`],
  // What the buyer pays on top of the price for the way they pay: a part of amount_minor.
  [`ALTER TABLE orders ADD COLUMN fee_minor INTEGER NOT NULL DEFAULT 0 CHECK (fee_minor >= 0)`],
  // Whether another account may ask for an order's money: until a buyer has been sent to pay.
  [`ALTER TABLE orders ADD COLUMN reroutable INTEGER NOT NULL DEFAULT 0`],
  // Money that goes back. Not refused, they speak for their sums: what is left is counted from them.
  [
    `CREATE TABLE refunds (
      id TEXT PRIMARY KEY,
      order_id TEXT NOT NULL,
      account_id TEXT NOT NULL,
      trade_no TEXT NOT NULL,
      amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
      currency TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('asked','done','refused')),
      method TEXT NOT NULL,
      keys TEXT NOT NULL,
      reason TEXT NOT NULL,
      refund_no TEXT,
      refusal TEXT,
      asked_at_ms INTEGER NOT NULL,
      settled_at_ms INTEGER,
      order_was TEXT,
      CHECK ((state = 'asked') = (settled_at_ms IS NULL))
    ) STRICT, WITHOUT ROWID`,
    `CREATE INDEX refunds_of_order ON refunds (order_id)`,
  ],
  // A buyer who wants the money back instead of keys. The index without them takes the place of orders_owed,
  // which stays for the version before.
  [
    `ALTER TABLE orders ADD COLUMN stopped_at_ms INTEGER`,
    `CREATE INDEX orders_waiting ON orders (paid_at_ms)
      WHERE state = 'unfilled' AND stopped_at_ms IS NULL`,
  ],
  // Payments that a buyer's bank takes back, and orders that get no keys for it.
  [
    `CREATE TABLE disputes (
      order_id TEXT NOT NULL,
      account_id TEXT NOT NULL,
      dispute_no TEXT NOT NULL,
      trade_no TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('opened','won','lost')),
      said_at_ms INTEGER NOT NULL,
      amount_minor INTEGER,
      currency TEXT,
      keys TEXT,
      order_was TEXT,
      PRIMARY KEY (order_id, account_id, dispute_no)
    ) STRICT, WITHOUT ROWID`,
    `ALTER TABLE orders ADD COLUMN held_back INTEGER NOT NULL DEFAULT 0`,
  ],
];
