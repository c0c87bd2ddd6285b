import { lazyTable } from "../../lazy-table.ts";

/** What was asked to go back, by the merchant's number for it. */
export interface Refund {
  /** The merchant's number: the same again is the same refund. */
  readonly id: string;
  /** The gateway's own. */
  readonly refundNo: string;
  readonly minor: number;
}

/** A payment at a simulated gateway: one per order of the merchant's. */
export interface Trade {
  readonly gateway: string;
  readonly order_no: string;
  /** What each gateway makes its own numbers of. */
  readonly trade_no: string;
  readonly title: string;
  /** In the currency's minor unit. */
  readonly minor: number;
  readonly currency: string;
  readonly notify_url: string;
  readonly return_url: string;
  /** `approved`: the buyer agreed, and the merchant has not taken the money yet (PayPal). */
  readonly state: "waiting" | "approved" | "paid";
  readonly refunds: readonly Refund[];
  /** What was sent with it to be told again in its notices (epay: `type`, `param`). */
  readonly echo: Readonly<Record<string, string>>;
  readonly opened_at_ms: number;
  /** When the buyer's money moved; null before. */
  readonly paid_at_ms: number | null;
}

export type NewTrade = Omit<
  Trade,
  "state" | "trade_no" | "refunds" | "echo" | "opened_at_ms" | "paid_at_ms"
> & { readonly echo?: Trade["echo"] };

const TABLE = `dev_gateway_trades (
  gateway TEXT NOT NULL, order_no TEXT NOT NULL, trade_no TEXT NOT NULL UNIQUE, title TEXT NOT NULL,
  minor INTEGER NOT NULL, currency TEXT NOT NULL, notify_url TEXT NOT NULL, return_url TEXT NOT NULL,
  state TEXT NOT NULL, refunds TEXT NOT NULL, echo TEXT NOT NULL, opened_at_ms INTEGER NOT NULL,
  paid_at_ms INTEGER, PRIMARY KEY (gateway, order_no))`;

type Row = Omit<Trade, "refunds" | "echo"> & { readonly refunds: string; readonly echo: string };

const tradeOf = (row: Row): Trade => ({
  ...row,
  refunds: JSON.parse(row.refunds) as Refund[],
  echo: JSON.parse(row.echo) as Trade["echo"],
});

/** Opens the trade, or finds the one that was opened for the same order before. */
export async function openTrade(db: D1Database, trade: NewTrade): Promise<Trade> {
  const { gateway, order_no, title, minor, currency, notify_url, return_url, echo = {} } = trade;
  await lazyTable(db, TABLE);
  const tradeNo = crypto.randomUUID().replaceAll("-", "");
  await db
    .prepare(
      `INSERT INTO dev_gateway_trades VALUES (?,?,?,?,?,?,?,?,'waiting','[]',?,?,NULL)
       ON CONFLICT DO NOTHING`,
    )
    .bind(
      gateway,
      order_no,
      tradeNo,
      title,
      minor,
      currency,
      notify_url,
      return_url,
      JSON.stringify(echo),
      Date.now(),
    )
    .run();
  const opened = await findTrade(db, gateway, order_no);
  if (opened === null) throw new Error("the trade that was opened is gone");
  return opened;
}

/** By the merchant's number, or by a number of the gateway's: whatever that puts in front of it, in any case. */
export async function findTrade(
  db: D1Database,
  gateway: string,
  number: string,
): Promise<Trade | null> {
  await lazyTable(db, TABLE);
  const own = /[0-9a-f]{32}$/i.exec(number)?.[0].toLowerCase() ?? "";
  const row = await db
    .prepare(
      "SELECT * FROM dev_gateway_trades WHERE gateway = ?1 AND (order_no = ?2 OR trade_no = ?3)",
    )
    .bind(gateway, number, own)
    .first<Row>();
  return row === null ? null : tradeOf(row);
}

/** The newest first; of all gateways where none is named. */
export async function newestTrades(
  db: D1Database,
  gateway: string | null,
  limits: { readonly limit: number; readonly offset?: number },
): Promise<Trade[]> {
  await lazyTable(db, TABLE);
  const { results } = await db
    .prepare(
      `SELECT * FROM dev_gateway_trades WHERE gateway = ?1 OR ?1 IS NULL
       ORDER BY opened_at_ms DESC, rowid DESC LIMIT ?2 OFFSET ?3`,
    )
    .bind(gateway, limits.limit, limits.offset ?? 0)
    .all<Row>();
  return results.map(tradeOf);
}

/** All whose money has moved, the newest first: what a gateway's own books are made of. */
export async function paidTrades(db: D1Database, gateway: string): Promise<Trade[]> {
  await lazyTable(db, TABLE);
  const { results } = await db
    .prepare(
      `SELECT * FROM dev_gateway_trades WHERE gateway = ?1 AND paid_at_ms IS NOT NULL
       ORDER BY paid_at_ms DESC, rowid DESC`,
    )
    .bind(gateway)
    .all<Row>();
  return results.map(tradeOf);
}

/** Forward only: what is paid stays paid. */
export async function markTrade(
  db: D1Database,
  trade: Trade,
  state: "approved" | "paid",
): Promise<void> {
  await db
    .prepare(
      `UPDATE dev_gateway_trades SET state = ?3, paid_at_ms = iif(?3 = 'paid', ?4, NULL)
       WHERE gateway = ?1 AND order_no = ?2 AND NOT (state = 'paid')`,
    )
    .bind(trade.gateway, trade.order_no, state, Date.now())
    .run();
}

export type Refunding = Refund | "unknown" | "not_paid" | "too_much";

/** What has gone back already, in the minor unit. */
export const refundedMinor = ({ refunds }: Trade): number =>
  refunds.reduce((sum, { minor }) => sum + minor, 0);

/** One refund of each number; never more than was paid. Null for a sum is all that is left. */
export async function refundTrade(
  db: D1Database,
  trade: Trade | null,
  asked: { readonly id: string; readonly minor: number | null },
): Promise<Refunding> {
  if (trade === null) return "unknown";
  const known = trade.refunds.find(({ id }) => id === asked.id);
  if (known !== undefined) return known;
  if (trade.state !== "paid") return "not_paid";
  const left = trade.minor - refundedMinor(trade);
  const minor = asked.minor ?? left;
  if (minor <= 0 || minor > left) return "too_much";
  const made = { id: asked.id, refundNo: crypto.randomUUID().replaceAll("-", ""), minor };
  const after = JSON.stringify([...trade.refunds, made]);
  // Guarded by what was read, so that of two at once one looks again.
  const { meta } = await db
    .prepare(
      `UPDATE dev_gateway_trades SET refunds = ?3
       WHERE gateway = ?1 AND order_no = ?2 AND refunds = ?4`,
    )
    .bind(trade.gateway, trade.order_no, after, JSON.stringify(trade.refunds))
    .run();
  if (meta.changes === 1) return made;
  return refundTrade(db, await findTrade(db, trade.gateway, trade.order_no), asked);
}
