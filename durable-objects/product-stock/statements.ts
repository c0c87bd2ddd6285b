/**
 * Every statement of the stock object, by name. The texts are constants, so SQLite's prepared
 * statements are found again by text and each is planned once (test/store/query-plans.test.ts
 * holds the plans of the hot ones). `LIMIT 0 + ?2` and not `LIMIT ?2`: SQLite plans anew each time a
 * bare limit is bound, which costs ten times the query. Guards are judged by the number of rows
 * changed and not by RETURNING, which costs a table in memory for each statement.
 */
export const SQL = {
  terms: `SELECT json FROM terms`,
  setTerms: `INSERT INTO terms (one, json) VALUES (1, ?1)
    ON CONFLICT (one) DO UPDATE SET json = excluded.json`,

  stockVersion: `SELECT number FROM stock_version`,
  raiseStockVersion: `UPDATE stock_version SET number = number + 1, arrivals = arrivals + ?1`,
  arrivals: `SELECT arrivals AS count FROM stock_version`,

  order: `SELECT * FROM orders WHERE id = ?1`,
  insertOrder: `INSERT INTO orders (id, version, state, body_hash, merchant_id, product_id,
      product_title, delivery, variant_id, variant_title, quantity, unit_price_minor, amount_minor,
      discount_minor, currency, email, locale, fields, lookup_hash, payment_account_id,
      payment_method, placed_at_ms, expires_at_ms, paid_at_ms, delivered_at_ms, history,
      buyer, network, risk, review, fee_minor, reroutable)
    VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
      ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31)`,
  // State and version in the WHERE are the guard: of two that would move an order, one gets a row.
  changeOrder: `UPDATE orders SET state = ?4, version = version + 1, expires_at_ms = ?9,
      paid_at_ms = ?5, delivered_at_ms = ?6, fulfil_request = ?7, history = ?8,
      network = ?10, review = ?11, stopped_at_ms = ?12
    WHERE id = ?1 AND state = ?2 AND version = ?3`,
  bindAccount: `UPDATE orders SET reroutable = 0 WHERE id = ?1 AND state = 'pending'`,
  moveToAccount: `UPDATE orders SET payment_account_id = ?3, version = version + 1, history = ?4
    WHERE id = ?1 AND version = ?2 AND state = 'pending' AND reroutable = 1`,
  touchOrder: `UPDATE orders SET version = version + 1 WHERE id = ?1 AND version = ?2`,
  // A mailbox's orders under its own name, and under others that it also answers to.
  boughtBy: `SELECT coalesce(
      (SELECT sum(quantity) FROM orders INDEXED BY orders_of_buyer
        WHERE email = ?1 AND state IN ('pending','paid','delivered','unfilled')), 0)
    + coalesce((SELECT sum(quantity) FROM orders INDEXED BY orders_of_alias
        WHERE buyer = ?1 AND state IN ('pending','paid','delivered','unfilled')), 0) AS quantity`,
  heldByBuyer: `SELECT coalesce(
      (SELECT sum(quantity) FROM orders INDEXED BY holds_of_buyer
        WHERE email = ?1 AND state = 'pending'), 0)
    + coalesce((SELECT sum(quantity) FROM orders INDEXED BY orders_of_alias
        WHERE buyer = ?1 AND state IN ('pending','paid','delivered','unfilled')
          AND state = 'pending'), 0) AS quantity`,
  heldByNetwork: `SELECT coalesce(sum(quantity), 0) AS quantity
    FROM orders INDEXED BY holds_of_network WHERE state = 'pending' AND network = ?1`,
  dueOrders: `SELECT * FROM orders INDEXED BY orders_due
    WHERE state = 'pending' AND expires_at_ms <= ?1 ORDER BY expires_at_ms LIMIT 0 + ?2`,
  // The index has the states of its own condition, which the query must name for SQLite to take it.
  dueOrdersOf: `SELECT * FROM orders INDEXED BY holds_of_buyer
      WHERE email = ?1 AND state = 'pending' AND expires_at_ms <= ?2
    UNION ALL SELECT * FROM orders INDEXED BY orders_of_alias
      WHERE buyer = ?1 AND state IN ('pending','paid','delivered','unfilled')
        AND state = 'pending' AND expires_at_ms <= ?2
    LIMIT 0 + ?3`,
  dueOrdersOfNetwork: `SELECT * FROM orders INDEXED BY holds_of_network
    WHERE state = 'pending' AND network = ?1 AND expires_at_ms <= ?2 LIMIT 0 + ?3`,
  firstDue: `SELECT min(expires_at_ms) AS ms FROM orders INDEXED BY orders_due
    WHERE state = 'pending'`,
  // Those that a dispute holds back are few: no index of its own.
  owedOrders: `SELECT * FROM orders INDEXED BY orders_waiting
    WHERE state = 'unfilled' AND stopped_at_ms IS NULL AND held_back = 0 AND (paid_at_ms, row) > (?1, ?2)
    ORDER BY paid_at_ms, row LIMIT 0 + ?3`,
  firstOwed: `SELECT min(paid_at_ms) AS ms FROM orders INDEXED BY orders_waiting
    WHERE state = 'unfilled' AND stopped_at_ms IS NULL AND held_back = 0`,
  holdBack: `UPDATE orders SET held_back = ?2 WHERE id = ?1`,
  ordersAfter: `SELECT * FROM orders WHERE id > ?1 ORDER BY id LIMIT 0 + ?2`,
  knownOrders: `SELECT wanted.value AS id FROM json_each(?1) AS wanted
    JOIN orders ON orders.id = wanted.value`,
  orderIds: `SELECT id FROM orders WHERE id > ?1 ORDER BY id LIMIT 0 + ?2`,
  tombstoneIds: `SELECT order_id AS id FROM tombstones
    WHERE order_id > ?1 ORDER BY order_id LIMIT 0 + ?2`,
  ordersOf: `SELECT orders.* FROM json_each(?1) AS wanted JOIN orders ON orders.id = wanted.value`,

  // CROSS: from the list to the table. SQLite would rather go through all tickets of the drop.
  spentTickets: `SELECT identity FROM json_each(?2) AS wanted
    CROSS JOIN tickets ON tickets.drop_id = ?1 AND tickets.identity = wanted.value`,
  spendTicket: `INSERT INTO tickets (drop_id, identity, order_id) VALUES (?1, ?2, ?3)`,
  ticketOfOrder: `SELECT drop_id FROM tickets WHERE order_id = ?1`,
  // Of an order in the archive its tombstone knows the quantity, where it counts.
  dropTaken: `SELECT (SELECT coalesce(sum(orders.quantity), 0) FROM tickets
      CROSS JOIN orders ON orders.id = tickets.order_id
      WHERE tickets.drop_id = ?1 AND orders.state IN ('pending','paid','delivered','unfilled'))
    + (SELECT coalesce(sum(tombstones.quantity), 0) FROM tickets
      CROSS JOIN tombstones ON tombstones.order_id = tickets.order_id
      WHERE tickets.drop_id = ?1) AS count`,

  dropHeld: `SELECT coalesce(sum(orders.quantity), 0) AS count FROM tickets
      CROSS JOIN orders ON orders.id = tickets.order_id
    WHERE tickets.drop_id = ?1
      AND (orders.state = 'pending' OR orders.state = 'paid' AND orders.review = 'asked')`,

  freeKeys: `SELECT row, expires_at_ms FROM keys INDEXED BY keys_free
    WHERE state = 'free' AND variant_id = ?1 ORDER BY row LIMIT 0 + ?2`,
  anyFree: `SELECT 1 AS one FROM keys INDEXED BY keys_free WHERE state = 'free' LIMIT 1`,
  heldKeys: `SELECT row FROM keys INDEXED BY keys_of_order
    WHERE state = 'held' AND order_id = ?1`,
  // Not `heldKeys`, which every payment asks: that one is answered by the index alone.
  setAside: `SELECT row, expires_at_ms FROM keys INDEXED BY keys_of_order
    WHERE state = 'held' AND order_id = ?1`,
  moveKey: `UPDATE keys SET state = ?3, order_id = ?4 WHERE row = ?1 AND state = ?2`,
  // `+state`: a bare one is compared with the partial indexes, and planned anew for each new ?2.
  moveKeys: `UPDATE keys SET state = ?3, order_id = ?4
    WHERE row IN (SELECT value FROM json_each(?1)) AND +state = ?2`,
  voidExpired: `UPDATE keys SET state = 'void' WHERE row IN (
      SELECT row FROM keys INDEXED BY keys_expiring
      WHERE state = 'free' AND expires_at_ms <= ?1 LIMIT 0 + ?2)`,
  firstExpiry: `SELECT min(expires_at_ms) AS ms FROM keys INDEXED BY keys_expiring
    WHERE state = 'free' AND expires_at_ms IS NOT NULL`,
  soldKeys: `SELECT row, sealed, fingerprint, note FROM keys INDEXED BY keys_of_order
    WHERE order_id = ?1 AND state = 'sold' ORDER BY row`,
  // What was moved to another shard, or registered for one, has a transfer.
  voidedKeys: `SELECT row FROM keys INDEXED BY keys_of_order
    WHERE order_id = ?1 AND state = 'void' AND transfer IS NULL`,
  heldCount: `SELECT count(*) AS count FROM keys INDEXED BY keys_of_order
    WHERE order_id = ?1 AND state = 'held'`,
  knownFingerprints: `SELECT given.key AS place FROM json_each(?1) AS given
    JOIN keys ON keys.fingerprint = given.value`,
  insertKeys: `INSERT INTO keys (state, variant_id, order_id, sealed, fingerprint, note,
      expires_at_ms, cost_minor, batch_id)
    SELECT ?2, coalesce(?5, value ->> 'variantId', ''), ?3, value ->> 'sealed',
      value ->> 'fingerprint', value ->> 'note', value ->> 'expiresAtMs', value ->> 'costMinor', ?4
    FROM json_each(?1)`,
  freeByVariant: `SELECT variant_id, count(*) AS count FROM keys INDEXED BY keys_free
    WHERE state = 'free' GROUP BY variant_id`,
  freeCount: `SELECT count(*) AS count FROM keys INDEXED BY keys_free WHERE state = 'free'`,
  takenByState: `SELECT state, count(*) AS count FROM keys INDEXED BY keys_of_order
    WHERE order_id IS NOT NULL GROUP BY state`,
  leftCount: `SELECT count(*) AS count FROM keys INDEXED BY keys_left WHERE transfer IS NOT NULL`,
  voidCount: `SELECT count(*) AS count FROM keys INDEXED BY keys_void WHERE state = 'void'`,
  keysAfter: `SELECT row, state, sealed, fingerprint, variant_id, note, order_id, batch_id,
      expires_at_ms
    FROM keys WHERE row > ?1 AND (?2 IS NULL OR state = ?2) AND transfer IS NULL
    ORDER BY row LIMIT 0 + ?3`,

  insertTransfer: `INSERT INTO transfers (to_number, variant_id, shared, send_at_ms, attempts)
    VALUES (?1, ?2, ?3, ?4, 0) RETURNING number`,
  keysOf: `SELECT row, variant_id, sealed, fingerprint, note, expires_at_ms, cost_minor, batch_id
    FROM keys WHERE row IN (SELECT value FROM json_each(?1)) ORDER BY row`,
  leave: `UPDATE keys SET state = 'void', transfer = ?2
    WHERE row IN (SELECT value FROM json_each(?1)) AND +state = 'free'`,
  keysOfTransfer: `SELECT row, variant_id, sealed, fingerprint, note, expires_at_ms, cost_minor,
      batch_id
    FROM keys INDEXED BY keys_left WHERE transfer = ?1 ORDER BY row`,
  knownKeys: `SELECT given.key AS place, keys.transfer, keys.order_id FROM json_each(?1) AS given
    JOIN keys ON keys.fingerprint = given.value`,
  // No transfer has the number 0: these keys went without one.
  markRegistered: `UPDATE keys INDEXED BY keys_of_order SET transfer = 0
    WHERE order_id = ?1 AND state = 'void'`,
  movingFor: `SELECT number FROM transfers WHERE variant_id = ?1 OR shared = 1 LIMIT 0 + ?2`,
  claimTransfers: `UPDATE transfers SET attempts = attempts + 1,
      send_at_ms = ?2 + min(?5, ?4 << min(attempts, 16))
    WHERE number IN (SELECT number FROM transfers INDEXED BY transfers_due
      WHERE send_at_ms <= ?1 ORDER BY send_at_ms LIMIT 0 + ?3)
    RETURNING number, to_number`,
  firstTransfer: `SELECT min(send_at_ms) AS ms FROM transfers INDEXED BY transfers_due`,
  settleTransfer: `DELETE FROM transfers WHERE number = ?1`,
  insertReceived: `INSERT INTO received (from_number, number, at_ms) VALUES (?1, ?2, ?3)
    ON CONFLICT (from_number, number) DO NOTHING`,
  // A key that was here before comes back to its row. One that is here in another state was handed
  // over by a person meanwhile, and stays what it is.
  receiveKeys: `INSERT INTO keys (state, variant_id, sealed, fingerprint, note, expires_at_ms,
      cost_minor, batch_id)
    SELECT 'free', coalesce(value ->> 'variantId', ''), value ->> 'sealed',
      value ->> 'fingerprint', value ->> 'note', value ->> 'expiresAtMs', value ->> 'costMinor',
      value ->> 'batchId'
    FROM json_each(?1) WHERE true
    ON CONFLICT (fingerprint) DO UPDATE SET state = 'free', transfer = NULL,
      sealed = excluded.sealed
    WHERE keys.transfer IS NOT NULL`,

  // Of an order in the archive only the numbers that took its money are here, as any such verdict.
  paymentsByTrade: `SELECT order_id, verdict FROM payments INDEXED BY payments_by_trade
    WHERE account_id = ?1 AND trade_no = ?2
    UNION ALL SELECT order_id, 'delivered' FROM spent_trades
    WHERE account_id = ?1 AND trade_no = ?2`,
  paymentsOfOrder: `SELECT account_id, trade_no, amount_minor, currency, verdict, source, at_ms
    FROM payments WHERE order_id = ?1 ORDER BY at_ms, account_id, trade_no`,
  recordPayment: `INSERT INTO payments (order_id, account_id, trade_no, amount_minor, currency,
      verdict, source, at_ms)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    ON CONFLICT (order_id, account_id, trade_no) DO UPDATE SET amount_minor = excluded.amount_minor,
      currency = excluded.currency, verdict = excluded.verdict, source = excluded.source,
      at_ms = excluded.at_ms`,

  refundsOfOrder: `SELECT * FROM refunds INDEXED BY refunds_of_order WHERE order_id = ?1
    ORDER BY asked_at_ms, id`,
  insertRefund: `INSERT INTO refunds (id, order_id, account_id, trade_no, amount_minor, currency,
      state, method, keys, reason, refund_no, refusal, asked_at_ms, settled_at_ms, order_was)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)`,
  settleRefund: `UPDATE refunds SET state = ?2, refund_no = ?3, refusal = ?4, settled_at_ms = ?5
    WHERE id = ?1 AND state = 'asked'`,
  nameRefund: `UPDATE refunds SET refund_no = ?2 WHERE id = ?1 AND refund_no IS NULL`,
  anyRefund: `SELECT 1 AS one FROM refunds LIMIT 1`,
  isRefunding: `SELECT 1 AS one FROM refunds INDEXED BY refunds_of_order
    WHERE order_id = ?1 AND state = 'asked'`,
  forgetRefunds: `DELETE FROM refunds WHERE order_id = ?1`,

  disputesOfOrder: `SELECT * FROM disputes WHERE order_id = ?1 ORDER BY account_id, dispute_no`,
  saveDispute: `INSERT INTO disputes (order_id, account_id, dispute_no, trade_no, state, said_at_ms,
      amount_minor, currency, keys, order_was)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
    ON CONFLICT (order_id, account_id, dispute_no) DO UPDATE SET trade_no = excluded.trade_no,
      state = excluded.state, said_at_ms = excluded.said_at_ms,
      amount_minor = excluded.amount_minor, currency = excluded.currency, keys = excluded.keys,
      order_was = excluded.order_was`,
  anyDispute: `SELECT 1 AS one FROM disputes LIMIT 1`,
  forgetDisputes: `DELETE FROM disputes WHERE order_id = ?1`,

  batch: `SELECT accepted, duplicates, available FROM batches WHERE id = ?1`,
  insertBatch: `INSERT INTO batches (id, label, accepted, duplicates, available, at_ms)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,

  // A row that waits already keeps its since: how long the order book has been behind. `WHERE true`
  // tells SQLite's parser that ON belongs to the conflict and not to a join.
  announce: `INSERT INTO outbox (order_id, version, since_ms, send_at_ms, attempts)
    SELECT key, value, ?2, ?2, 0 FROM json_each(?1) WHERE true
    ON CONFLICT (order_id) DO UPDATE SET version = excluded.version,
      send_at_ms = excluded.send_at_ms, attempts = 0`,
  claimDueMessages: `UPDATE outbox SET attempts = attempts + 1,
      send_at_ms = ?1 + min(?4, ?3 << min(attempts, 16))
    WHERE order_id IN (SELECT order_id FROM outbox INDEXED BY outbox_due
      WHERE send_at_ms <= ?1 ORDER BY send_at_ms LIMIT 0 + ?2)
    RETURNING order_id, version`,
  firstMessage: `SELECT send_at_ms, attempts FROM outbox INDEXED BY outbox_due
    ORDER BY send_at_ms LIMIT 1`,
  acknowledge: `DELETE FROM outbox WHERE order_id IN (
    SELECT outbox.order_id FROM json_each(?1) AS published
    JOIN outbox ON outbox.order_id = published.value ->> 'id'
    WHERE outbox.version <= published.value ->> 'version')`,
  isAnnounced: `SELECT 1 AS one FROM outbox WHERE order_id = ?1`,
  outboxCount: `SELECT count(*) AS count FROM outbox`,
  outboxSince: `SELECT min(since_ms) AS ms FROM outbox INDEXED BY outbox_since`,

  anyTombstone: `SELECT 1 AS one FROM tombstones LIMIT 1`,
  tombstone: `SELECT version, body_hash FROM tombstones WHERE order_id = ?1`,
  archivedBoughtBy: `SELECT coalesce(sum(quantity), 0) AS quantity
    FROM tombstones INDEXED BY tombstones_of_buyer WHERE email = ?1`,
  bury: `INSERT INTO tombstones (order_id, version, body_hash, email, quantity)
    VALUES (?1, ?2, ?3, ?4, ?5)`,
  unbury: `DELETE FROM tombstones WHERE order_id = ?1 AND version = ?2`,
  spendTrade: `INSERT INTO spent_trades (account_id, trade_no, order_id) VALUES (?1, ?2, ?3)`,
  unspendTrade: `DELETE FROM spent_trades
    WHERE account_id = ?1 AND trade_no = ?2 AND order_id = ?3`,
  forgetPayment: `DELETE FROM payments WHERE order_id = ?1 AND account_id = ?2 AND trade_no = ?3`,
  moveRefunds: `UPDATE refunds SET account_id = ?4, trade_no = ?5
    WHERE order_id = ?1 AND account_id = ?2 AND trade_no = ?3`,
  forgetPayments: `DELETE FROM payments WHERE order_id = ?1`,
  pruneOrder: `DELETE FROM orders WHERE id = ?1 AND state = ?2 AND version = ?3`,
  // The row stays: its number is the key's id, its fingerprint tells a key that is imported again.
  stripKeys: `UPDATE keys SET sealed = '', note = NULL
    WHERE row IN (SELECT row FROM keys INDEXED BY keys_of_order
      WHERE state = 'sold' AND order_id = ?1)`,
  restoreKeys: `UPDATE keys SET sealed = given.value ->> 'sealed', note = given.value ->> 'note'
    FROM json_each(?1) AS given
    WHERE keys.row = given.value ->> 'row' AND keys.fingerprint = given.value ->> 'fingerprint'
      AND keys.order_id = ?2 AND keys.sealed = ''`,
  restoreVersion: `UPDATE orders SET version = ?2, fulfil_request = ?3, stopped_at_ms = ?4
    WHERE id = ?1`,

  checkedOrders: `SELECT id, version, state, delivery, quantity, review, stopped_at_ms,
      held_back,
      (SELECT count(*) FROM keys INDEXED BY keys_of_order
        WHERE state = 'held' AND order_id = orders.id) AS held,
      (SELECT count(*) FROM keys INDEXED BY keys_of_order
        WHERE state = 'sold' AND order_id = orders.id) AS sold,
      EXISTS (SELECT 1 FROM outbox WHERE order_id = orders.id) AS waiting
    FROM orders WHERE id > ?1 ORDER BY id LIMIT 0 + ?2`,
  checkedTombstones: `SELECT order_id AS id, version FROM tombstones
    WHERE order_id > ?1 ORDER BY order_id LIMIT 0 + ?2`,
  checkedKeys: `SELECT row, state, order_id, sealed = '' AS bare,
      EXISTS (SELECT 1 FROM orders WHERE id = keys.order_id) AS present,
      EXISTS (SELECT 1 FROM tombstones WHERE order_id = keys.order_id) AS archived
    FROM keys WHERE row > ?1 AND transfer IS NULL ORDER BY row LIMIT 0 + ?2`,
  strayMessages: `SELECT outbox.order_id, outbox.version, orders.version AS order_version
    FROM outbox LEFT JOIN orders ON orders.id = outbox.order_id
    WHERE outbox.order_id > ?1 AND outbox.order_id <= ?2
      AND outbox.version IS NOT orders.version LIMIT 1000`,
  dropMessage: `DELETE FROM outbox WHERE order_id = ?1`,
  announceAgain: `INSERT INTO outbox (order_id, version, since_ms, send_at_ms, attempts)
    SELECT id, version, ?2, ?2, 0 FROM orders WHERE id = ?1
    ON CONFLICT (order_id) DO NOTHING`,
} satisfies Readonly<Record<string, string>>;

/** Those that change one row at the most: their guard names the row. */
export const ONE_ROW: ReadonlySet<string> = new Set([
  SQL.setTerms,
  SQL.raiseStockVersion,
  SQL.insertOrder,
  SQL.changeOrder,
  SQL.touchOrder,
  SQL.moveKey,
  SQL.recordPayment,
  SQL.insertBatch,
  SQL.spendTicket,
]);
