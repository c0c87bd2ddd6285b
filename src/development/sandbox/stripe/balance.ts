import type { AppContext } from "../../../http/env.ts";
import { paidTrades, type Trade } from "../cashier/trade-book.ts";

const LIMIT_MAX = 100;
/** What is kept of a charge: in thousandths, rounded to a minor unit. */
const FEE_THOUSANDTHS = 29;

interface Movement {
  readonly id: string;
  readonly object: "balance_transaction";
  readonly created: number;
  readonly currency: string;
  readonly amount: number;
  readonly fee: number;
  readonly net: number;
  readonly reporting_category: "charge" | "refund";
  readonly source: object;
}

/**
 * The balance's movements, the newest first, as `GET /v1/balance_transactions` lists them. A refund is booked in the
 * second of its charge: the book of trades does not say when it was made.
 */
export async function listMovements(c: AppContext): Promise<Response> {
  const created = (bound: string) => Number(c.req.query(`created[${bound}]`) ?? Number.NaN);
  const from = created("gte");
  const to = created("lt");
  const trades = await paidTrades(c.env.DB, "stripe");
  const movements = trades
    .flatMap(movementsOf)
    .filter((each) => !(each.created < from) && !(each.created >= to));
  const after = c.req.query("starting_after");
  const begin = after === undefined ? 0 : movements.findIndex(({ id }) => id === after) + 1;
  const limit = Math.min(Number(c.req.query("limit") ?? "10") || 10, LIMIT_MAX);
  const data = movements.slice(begin, begin + limit);
  const has_more = begin + data.length < movements.length;
  return c.json({ object: "list", url: "/v1/balance_transactions", data, has_more });
}

function movementsOf({
  trade_no,
  order_no,
  minor,
  currency,
  refunds,
  paid_at_ms,
}: Trade): Movement[] {
  const common = {
    object: "balance_transaction" as const,
    created: Math.floor((paid_at_ms ?? 0) / 1_000),
    currency: currency.toLowerCase(),
  };
  const payment_intent = `pi_${trade_no}`;
  const fee = Math.round((minor * FEE_THOUSANDTHS) / 1_000);
  const charge: Movement = {
    ...common,
    id: `txn_${trade_no}`,
    amount: minor,
    fee,
    net: minor - fee,
    reporting_category: "charge",
    source: {
      id: `ch_${trade_no}`,
      object: "charge",
      payment_intent,
      metadata: { order_id: order_no },
    },
  };
  const back = refunds.map((refund): Movement => ({
    ...common,
    id: `txn_${refund.refundNo}`,
    amount: -refund.minor,
    fee: 0,
    net: -refund.minor,
    reporting_category: "refund",
    source: { id: `re_${refund.refundNo}`, object: "refund", payment_intent, metadata: {} },
  }));
  return [...back.toReversed(), charge];
}
