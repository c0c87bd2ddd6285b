import { lazyTable } from "../../lazy-table.ts";
import type { Submission, Trade } from "./trade.ts";

const TABLE = `dev_epay_trades (
  out_trade_no TEXT PRIMARY KEY, trade_no TEXT NOT NULL, pid TEXT NOT NULL, type TEXT NOT NULL,
  notify_url TEXT NOT NULL, return_url TEXT NOT NULL, name TEXT NOT NULL, money TEXT NOT NULL,
  param TEXT NOT NULL, paid INTEGER NOT NULL, created_at_ms INTEGER NOT NULL)`;

type Row = Omit<Trade, "paid"> & { paid: number };

/** Opens the trade, or finds the one that was opened for the same order before. */
export async function openTrade(
  db: D1Database,
  { out_trade_no, pid, type, notify_url, return_url, name, money, param }: Submission,
  nowMs: number,
): Promise<Trade> {
  await lazyTable(db, TABLE);
  await db
    .prepare("INSERT INTO dev_epay_trades VALUES (?,?,?,?,?,?,?,?,?,0,?) ON CONFLICT DO NOTHING")
    .bind(
      out_trade_no,
      tradeNo(nowMs),
      pid,
      type,
      notify_url,
      return_url,
      name,
      money,
      param,
      nowMs,
    )
    .run();
  const trade = await findTrade(db, out_trade_no);
  if (trade === null) throw new Error("the trade that was opened is gone");
  return trade;
}

export async function findTrade(db: D1Database, outTradeNo: string): Promise<Trade | null> {
  await lazyTable(db, TABLE);
  const row = await db
    .prepare("SELECT * FROM dev_epay_trades WHERE out_trade_no = ?1")
    .bind(outTradeNo)
    .first<Row>();
  return row === null ? null : { ...row, paid: row.paid === 1 };
}

export async function markPaid(db: D1Database, outTradeNo: string): Promise<void> {
  await db
    .prepare("UPDATE dev_epay_trades SET paid = 1 WHERE out_trade_no = ?1")
    .bind(outTradeNo)
    .run();
}

/** As gateways number: the time to the second, then digits. */
function tradeNo(nowMs: number): string {
  const time = new Date(nowMs).toISOString().replaceAll(/\D/g, "").slice(0, 14);
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return time + String(high).padStart(10, "0") + String(low).padStart(10, "0");
}
