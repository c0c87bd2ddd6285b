import type { OrderSnapshot } from "../../../durable-objects/product-stock/contract.ts";
import type { AccountId, OrderId } from "../../domain/ids.ts";
import {
  fairShare,
  firstQueryMs,
  laneOf,
  NEAR,
  queryPlaceOf,
  type Lane,
} from "../../domain/payments/query-rhythm.ts";
import type { DueQuery, PaymentQueries } from "../../flows/payments/query-ports.ts";
import { insertFromJson, jsonChunks } from "../bulk.ts";
import type { Db } from "../db.ts";
import { paymentQueries } from "./queries-schema.ts";

type QueryRow = typeof paymentQueries.$inferSelect;

/** After the book has the orders: one that it knows to be paid is not asked about because an older copy came late. */
const SCHEDULE = `${insertFromJson(paymentQueries)} AND NOT EXISTS (
    SELECT 1 FROM "orders" o WHERE o."id" = value ->> '$.orderId'
    AND o."state" NOT IN ('pending', 'expired', 'cancelled'))
  ON CONFLICT ("order_id") DO UPDATE SET
    "account_id" = excluded."account_id", "deadline_ms" = excluded."deadline_ms"`;

const UNSCHEDULE = `DELETE FROM "payment_queries"
  WHERE "order_id" IN (SELECT value FROM json_each(?1))`;

/** From one account to the next by the index: as many seeks as there are accounts, whatever they have waiting. */
const DUE_ACCOUNTS = `WITH RECURSIVE "a"("id", "n") AS (
    SELECT (SELECT min("account_id") FROM "payment_queries" WHERE "account_id" > ?1), 1
    UNION ALL
    SELECT (SELECT min("account_id") FROM "payment_queries" WHERE "account_id" > "a"."id"), "n" + 1
    FROM "a" WHERE "a"."id" IS NOT NULL AND "n" < ?3)
  SELECT "id" FROM "a" WHERE "id" IS NOT NULL AND EXISTS (SELECT 1 FROM "payment_queries" q
    WHERE q."account_id" = "a"."id" AND q."lane" IN (0, 1, 2) AND q."due_at_ms" <= ?2)`;

const inLane = (lane: Lane) => `(SELECT "order_id", "due_at_ms" FROM "payment_queries"
    WHERE "account_id" = ?1 AND "lane" = ${lane} AND "due_at_ms" <= ?2 ORDER BY "due_at_ms" LIMIT ?3)`;

/**
 * Those near their deadline before all others; of those the ones in their hold have three turns to one of those past it,
 * which wait but not for ever. Each lane is read by the index, as far as it may be taken.
 */
const CLAIM = `UPDATE "payment_queries" SET "due_at_ms" = ?4 WHERE "order_id" IN (
    SELECT "order_id" FROM (
      SELECT "order_id", 0 AS "turn" FROM ${inLane(0)}
      UNION ALL SELECT "order_id", row_number() OVER (ORDER BY "due_at_ms") FROM ${inLane(1)}
      UNION ALL SELECT "order_id", 3 * row_number() OVER (ORDER BY "due_at_ms") FROM ${inLane(2)})
    ORDER BY "turn" LIMIT ?3)
  RETURNING "order_id" AS "orderId", "merchant_id" AS "merchantId", "account_id" AS "accountId",
    "amount_minor" AS "amountMinor", "currency", "placed_at_ms" AS "placedAtMs",
    "deadline_ms" AS "deadlineMs", "failures"`;

const LANE_NOW = `iif("deadline_ms" < ?2 - ${NEAR.afterMs}, 2, 0)`;
/** Reads all orders of the account that are in a hold: once a minute, where they are more than may be asked about. */
const SORT_LANES = `UPDATE "payment_queries" SET "lane" = ${LANE_NOW}
  WHERE "account_id" = ?1 AND "lane" IN (0, 1) AND "deadline_ms" <= ?2 + ${NEAR.beforeMs} AND "lane" <> ${LANE_NOW}`;

const COUNT_DUE = `SELECT count(*) AS "due" FROM (SELECT 1 FROM "payment_queries"
    WHERE "account_id" = ?1 AND "lane" IN (0, 1, 2) AND "due_at_ms" <= ?2 LIMIT ?3)`;

/** One look for a whole run: a Worker may ask D1 a thousand times, and has other jobs. */
const OPENED = `SELECT "order_id" AS "orderId", "account_id" AS "accountId", "reference"
  FROM "payment_openings" WHERE "order_id" IN (SELECT value FROM json_each(?1))`;

const AGAIN = `UPDATE "payment_queries"
  SET "due_at_ms" = given.value ->> '$.dueAtMs', "failures" = given.value ->> '$.failures',
    "lane" = given.value ->> '$.lane'
  FROM json_each(?1) AS given WHERE "payment_queries"."order_id" = given.value ->> '$.orderId'`;

type Claimed = Omit<DueQuery, "references">;

/** What the order book writes beside its orders, in their batch. */
export function queryStatements(
  d1: D1Database,
  orders: readonly OrderSnapshot[],
  nowMs: number,
): D1PreparedStatement[] {
  const rows = orders.flatMap((order) => queryRow(order, nowMs) ?? []);
  const waiting = new Set(rows.map(({ orderId }) => orderId));
  const settled = orders.filter(
    ({ id, paymentAccountId }) => paymentAccountId !== null && !waiting.has(id),
  );
  return [
    ...jsonChunks(rows).map((json) => d1.prepare(SCHEDULE).bind(json)),
    ...jsonChunks(settled.map(({ id }) => id)).map((json) => d1.prepare(UNSCHEDULE).bind(json)),
  ];
}

function queryRow(order: OrderSnapshot, nowMs: number): QueryRow | null {
  const { paymentAccountId: accountId } = order;
  const place = queryPlaceOf(order, nowMs);
  if (place === null || accountId === null) return null;
  const { id: orderId, merchantId, amountMinor, currency } = order;
  const dueAtMs = firstQueryMs(place);
  const lane = laneOf(place, dueAtMs);
  const asked = { dueAtMs, failures: 0, lane };
  return { ...place, ...asked, orderId, merchantId, accountId, amountMinor, currency };
}

async function withReferences(
  d1: D1Database,
  claimed: readonly Claimed[],
): Promise<readonly DueQuery[]> {
  if (claimed.length === 0) return [];
  const { results } = await d1
    .prepare(OPENED)
    .bind(JSON.stringify(claimed.map(({ orderId }) => orderId)))
    .all<{ orderId: OrderId; accountId: AccountId; reference: string | null }>();
  const nameOf = (of: { orderId: OrderId; accountId: AccountId }) =>
    `${of.orderId} ${of.accountId}`;
  const opened = Map.groupBy(results, nameOf);
  return claimed.map((query) => ({
    ...query,
    references: (opened.get(nameOf(query)) ?? []).map(({ reference }) => reference),
  }));
}

export function makePaymentQueries(db: Db & { readonly $client: D1Database }): PaymentQueries {
  const d1 = db.$client;

  async function dueAccounts(from: string, nowMs: number, most: number): Promise<AccountId[]> {
    const { results } = await d1
      .prepare(DUE_ACCOUNTS)
      .bind(from, nowMs, most)
      .all<{ id: AccountId }>();
    return results.map(({ id }) => id);
  }

  return {
    async claim(nowMs, { accountsMax, foundMax, total, perAccount, leaseMs, from }) {
      const ahead = await dueAccounts(from, nowMs, foundMax);
      const around = ahead.length < foundMax ? await dueAccounts("", nowMs, foundMax) : [];
      const found = [...new Set([...ahead, ...around])].slice(0, foundMax);
      const accounts = found.slice(0, accountsMax);
      const unvisited = found.slice(accountsMax);
      if (accounts.length === 0) return { due: [], full: [], unvisited };
      const share = fairShare(accounts.length, { total, perAccount });
      const claims = accounts.map((id) =>
        d1.prepare(CLAIM).bind(id, nowMs, share, nowMs + leaseMs),
      );
      const claimed = (await d1.batch<Claimed>(claims)).map(({ results }) => results);
      const full = accounts.filter((_, index) => claimed[index]?.length === share);
      return { due: await withReferences(d1, claimed.flat()), full, unvisited };
    },

    async claimOf(accountId, nowMs, { most, leaseMs }) {
      const { results } = await d1
        .prepare(CLAIM)
        .bind(accountId, nowMs, most, nowMs + leaseMs)
        .all<Claimed>();
      return withReferences(d1, results);
    },

    async sortLanes(accounts, nowMs) {
      if (accounts.length === 0) return;
      await d1.batch(accounts.map((id) => d1.prepare(SORT_LANES).bind(id, nowMs)));
    },

    async countDue(accounts, byMs) {
      if (accounts.length === 0) return [];
      const counts = accounts.map(({ accountId, most }) =>
        d1.prepare(COUNT_DUE).bind(accountId, byMs, most),
      );
      const counted = await d1.batch<{ due: number }>(counts);
      return counted.map(({ results: [row] }) => row?.due ?? 0);
    },

    async settle(asked) {
      const again = asked.filter(({ dueAtMs }) => dueAtMs !== null);
      const done: OrderId[] = asked.flatMap(({ dueAtMs, orderId }) =>
        dueAtMs === null ? [orderId] : [],
      );
      const statements = [
        ...jsonChunks(again).map((json) => d1.prepare(AGAIN).bind(json)),
        ...jsonChunks(done).map((json) => d1.prepare(UNSCHEDULE).bind(json)),
      ];
      if (statements.length > 0) await d1.batch(statements);
    },
  };
}
