import type { Sql } from "../../durable-objects/shared/sql.ts";
import type { OrderId } from "../../src/domain/ids.ts";
import type {
  DisputeFacts,
  KeyFacts,
  OrderFacts,
  PaymentFacts,
  RefundFacts,
  Standing,
} from "./row-facts.ts";

const STANDING = `SELECT id, state, version, quantity, delivery, amount_minor, currency, email,
    expires_at_ms, history, review,
    (SELECT count(*) FROM keys WHERE state = 'held' AND order_id = orders.id) AS held,
    (SELECT count(*) FROM keys WHERE state = 'sold' AND order_id = orders.id) AS sold,
    (SELECT version FROM outbox WHERE order_id = orders.id) AS waiting
  FROM orders`;
const KEY = `SELECT row, state, order_id, fingerprint, sealed = '' AS bare,
    transfer IS NOT NULL AS away FROM keys`;
const PAYMENT = `SELECT order_id, account_id, trade_no, amount_minor, currency, verdict FROM payments`;

/**
 * The auditor's own eyes: statements of its own over the object's database, past the store and past
 * every planted fault.
 */
export class Rows {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  standing(id: OrderId): Standing | undefined {
    return this.#sql.all<Standing>(`${STANDING} WHERE id = ?1`, id)[0];
  }

  standings(): Standing[] {
    return this.#sql.all<Standing>(STANDING);
  }

  facts(id: OrderId): OrderFacts | undefined {
    return this.#sql.all<OrderFacts>(
      `SELECT merchant_id, state, delivery, quantity, amount_minor, currency, variant_id,
          review, held_back
        FROM orders WHERE id = ?1`,
      id,
    )[0];
  }

  /** The versions with which orders left for the archive. */
  tombstones(): { id: OrderId; version: number }[] {
    return this.#sql.all(`SELECT order_id AS id, version FROM tombstones`);
  }

  /** Free keys that an order of this variant may have, counted up to `most`. */
  free(variant: string | null, most: number, nowMs: number): number {
    return this.#count(
      `SELECT count(*) AS count FROM (SELECT 1 FROM keys INDEXED BY keys_free
        WHERE state = 'free' AND variant_id IN ('', ?1)
          AND (expires_at_ms IS NULL OR expires_at_ms > ?3) LIMIT 0 + ?2)`,
      variant ?? "",
      most,
      nowMs,
    );
  }

  /** Free keys for a variant that never expire. */
  lastingFree(variant: string | null): number {
    return this.#count(
      `SELECT count(*) AS count FROM keys
        WHERE state = 'free' AND variant_id IN ('', ?1) AND expires_at_ms IS NULL`,
      variant ?? "",
    );
  }

  freeCount(): number {
    return this.#count(`SELECT count(*) AS count FROM keys WHERE state = 'free'`);
  }

  /** Holds that nobody is entitled to any more. */
  due(nowMs: number): number {
    return this.#count(
      `SELECT count(*) AS count FROM orders WHERE state = 'pending' AND expires_at_ms <= ?1`,
      nowMs,
    );
  }

  perBuyer(): number | null {
    return (
      this.#sql.all<{ most: number | null }>(
        `SELECT json ->> '$.limits.perBuyer' AS most FROM terms`,
      )[0]?.most ?? null
    );
  }

  /** The drop of the terms, live or over. */
  drop(): { id: string; opensAtMs: number; closesAtMs: number; quantity: number } | null {
    const [row] = this.#sql.all<{ json: string | null }>(
      `SELECT json -> '$.drop' AS json FROM terms`,
    );
    return row === undefined || row.json === null
      ? null
      : (JSON.parse(row.json) as ReturnType<Rows["drop"]>);
  }

  /** What the drop that is on may still sell; as much as one likes where none is. */
  leftInDrop(nowMs: number): number {
    const drop = this.drop();
    if (drop === null || nowMs < drop.opensAtMs || nowMs >= drop.closesAtMs) return Infinity;
    const taken = this.#count(
      `SELECT (SELECT coalesce(sum(quantity), 0) FROM orders WHERE id IN
          (SELECT order_id FROM tickets WHERE drop_id = ?1)
          AND state IN ('pending','paid','delivered','unfilled'))
        + (SELECT coalesce(sum(quantity), 0) FROM tombstones WHERE order_id IN
          (SELECT order_id FROM tickets WHERE drop_id = ?1)) AS count`,
      drop.id,
    );
    return drop.quantity - taken;
  }

  tickets(): { drop_id: string; identity: string; order_id: OrderId }[] {
    return this.#sql.all(`SELECT drop_id, identity, order_id FROM tickets`);
  }

  ticketOf(id: OrderId): { drop_id: string; identity: string } | undefined {
    return this.#sql.all<{ drop_id: string; identity: string }>(
      `SELECT drop_id, identity FROM tickets WHERE order_id = ?1`,
      id,
    )[0];
  }

  holderOf(dropId: string, identity: string): OrderId | undefined {
    return this.#sql.all<{ order_id: OrderId }>(
      `SELECT order_id FROM tickets WHERE drop_id = ?1 AND identity = ?2`,
      dropId,
      identity,
    )[0]?.order_id;
  }

  /** What counts against the limit of a buyer, in the archive too. */
  boughtBy(email: string): number {
    return this.#count(
      `SELECT (SELECT coalesce(sum(quantity), 0) FROM orders
          WHERE email = ?1 AND state IN ('pending','paid','delivered','unfilled'))
        + (SELECT coalesce(sum(quantity), 0) FROM tombstones WHERE email = ?1) AS count`,
      email,
    );
  }

  /** Keys of an order that were past their expiry by then. */
  expiredOf(id: OrderId, nowMs: number): number {
    return this.#count(
      `SELECT count(*) AS count FROM keys
        WHERE state IN ('held','sold') AND order_id = ?1 AND expires_at_ms <= ?2`,
      id,
      nowMs,
    );
  }

  /** Transfers to other shards that are not settled, with how many keys for a variant are in each. */
  transfers(variant: string | null): { number: number; to_number: number; keys: number }[] {
    return this.#sql.all(
      `SELECT number, to_number, (SELECT count(*) FROM keys
          WHERE transfer = transfers.number AND variant_id IN ('', ?1)
            AND expires_at_ms IS NULL) AS keys
        FROM transfers`,
      variant ?? "",
    );
  }

  hasReceived(from: number, transfer: number): boolean {
    return (
      this.#count(
        `SELECT count(*) AS count FROM received WHERE from_number = ?1 AND number = ?2`,
        from,
        transfer,
      ) > 0
    );
  }

  soldTo(id: OrderId): KeyFacts[] {
    return this.#sql.all<KeyFacts>(`${KEY} WHERE state = 'sold' AND order_id = ?1`, id);
  }

  keys(): KeyFacts[] {
    return this.#sql.all<KeyFacts>(KEY);
  }

  /** Of an order in the archive, what is left here: that the number took money. */
  paymentsByTrade(account: string, trade: string): Pick<PaymentFacts, "order_id" | "verdict">[] {
    return this.#sql.all(
      `SELECT order_id, verdict FROM payments WHERE account_id = ?1 AND trade_no = ?2
        UNION ALL SELECT order_id, 'delivered' FROM spent_trades
        WHERE account_id = ?1 AND trade_no = ?2`,
      account,
      trade,
    );
  }

  paymentsOf(id: OrderId): PaymentFacts[] {
    return this.#sql.all<PaymentFacts>(`${PAYMENT} WHERE order_id = ?1`, id);
  }

  /** Oldest first. */
  refundsOf(id: OrderId): RefundFacts[] {
    return this.#sql.all<RefundFacts>(
      `SELECT id, account_id, trade_no, amount_minor, currency, state, method, keys, reason,
          refund_no, order_was
        FROM refunds WHERE order_id = ?1 ORDER BY asked_at_ms, id`,
      id,
    );
  }

  disputesOf(id: OrderId): DisputeFacts[] {
    return this.#sql.all<DisputeFacts>(
      `SELECT account_id, trade_no, dispute_no, state, keys, order_was
        FROM disputes WHERE order_id = ?1`,
      id,
    );
  }

  /** Orders that the order book is still to be told of. */
  outbox(): { order_id: OrderId }[] {
    return this.#sql.all(`SELECT order_id FROM outbox`);
  }

  /** Paid and owed: what an order of each variant and quantity waits for. */
  owed(): { id: OrderId; variant_id: string | null; quantity: number }[] {
    return this.#sql.all(`SELECT id, variant_id, quantity FROM orders
        WHERE state = 'unfilled' AND held_back = 0`);
  }

  #count(text: string, ...bindings: (string | number | null)[]): number {
    return this.#sql.all<{ count: number }>(text, ...bindings)[0]?.count ?? 0;
  }
}
