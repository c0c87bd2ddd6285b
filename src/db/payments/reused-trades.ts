import type { AccountId, MerchantId, OrderId } from "../../domain/ids.ts";
import type { Currency } from "../../domain/money.ts";
import { tookTheMoney } from "../../domain/payments/payment.ts";
import type { Teller, TradeBook } from "../../flows/payments/trade-ports.ts";
import { jsonChunks } from "../bulk.ts";
import type { Db } from "../db.ts";

const TAKEN = `"kind" = 'payment' AND %."verdict" NOT IN ('mismatch', 'trade_reused')`;
const taken = (table: string) => `${table}.${TAKEN.replace("%", table)}`;

/** All but the first order of each number. CROSS JOIN holds SQLite to the key, number by number. */
const REUSED = `SELECT p."account_id" AS "accountId", p."trade_no" AS "tradeNo",
    p."merchant_id" AS "merchantId", p."order_id" AS "orderId", p."amount_minor" AS "amountMinor",
    p."currency"
  FROM (SELECT DISTINCT "value" ->> 'accountId' AS "account", "value" ->> 'tradeNo' AS "trade"
      FROM json_each(?1)) n
    CROSS JOIN "payments" p ON p."account_id" = n."account" AND p."trade_no" = n."trade"
  WHERE ${taken("p")} AND EXISTS (SELECT 1 FROM "payments" o
    WHERE o."account_id" = p."account_id" AND o."trade_no" = p."trade_no" AND ${taken("o")}
      AND (o."reported_at_ms", o."order_id") < (p."reported_at_ms", p."order_id"))`;

/** By the primary key of `payments`, account by account. */
const TELLERS = `SELECT a."id" AS "accountId", p."order_id" AS "orderId"
  FROM "payment_accounts" a LEFT JOIN "payments" p
    ON p."account_id" = a."id" AND p."trade_no" = ?3 AND p."kind" = 'payment'
  WHERE a."merchant_id" = ?1 AND a."id" <> ?2
    AND a."gateway" = (SELECT "gateway" FROM "payment_accounts" WHERE "id" = ?2)`;

/** The first order of each number; by the key, number by number. */
const TAKERS = `SELECT n."key" AS "place", (SELECT p."order_id" FROM "payments" p
    WHERE p."account_id" = n."value" ->> 'accountId' AND p."trade_no" = n."value" ->> 'tradeNo'
      AND ${taken("p")}
    ORDER BY p."reported_at_ms", p."order_id" LIMIT 1) AS "orderId"
  FROM json_each(?1) n ORDER BY n."key"`;

interface Row {
  readonly accountId: AccountId;
  readonly tradeNo: string;
  readonly merchantId: MerchantId;
  readonly orderId: OrderId;
  readonly amountMinor: number;
  readonly currency: Currency;
}

/** Two products' objects know nothing of each other: the copy of their payments is where they meet. */
export function makeTradeBook({ $client }: Db & { readonly $client: D1Database }): TradeBook {
  return {
    async takenBy(numbers) {
      const { results } = await $client
        .prepare(TAKERS)
        .bind(JSON.stringify(numbers))
        .all<{ orderId: OrderId | null }>();
      return results.map(({ orderId }) => orderId);
    },

    async reused(orders) {
      const numbers = orders.flatMap(({ payments }) =>
        payments
          .filter(({ verdict }) => tookTheMoney(verdict))
          .map(({ accountId, tradeNo }) => ({ accountId, tradeNo })),
      );
      const looks = jsonChunks(numbers).map((json) => $client.prepare(REUSED).bind(json));
      if (looks.length === 0) return [];
      const found = await $client.batch<Row>(looks);
      return found
        .flatMap(({ results }) => results)
        .map(({ amountMinor, currency, ...trade }) => ({
          ...trade,
          money: { amountMinor, currency },
        }));
    },

    async tellers({ merchantId, accountId, tradeNo }) {
      const look = $client.prepare(TELLERS).bind(merchantId, accountId, tradeNo);
      return (await look.all<Teller>()).results;
    },
  };
}
