import { lazyTable } from "../../lazy-table.ts";

/** A payment at a simulated gateway: one per order of the merchant's. */
export interface Trade {
  readonly gateway: string;
  readonly order_no: string;
  /** The gateway's own number for it. */
  readonly trade_no: string;
  readonly title: string;
  /** As the gateway writes it. */
  readonly sum: string;
  readonly notify_url: string;
  readonly return_url: string;
  readonly state: "waiting" | "paid" | "refunded";
}

const TABLE = `dev_gateway_trades (
  gateway TEXT NOT NULL, order_no TEXT NOT NULL, trade_no TEXT NOT NULL, title TEXT NOT NULL,
  sum TEXT NOT NULL, notify_url TEXT NOT NULL, return_url TEXT NOT NULL, state TEXT NOT NULL,
  PRIMARY KEY (gateway, order_no))`;

/** Opens the trade, or finds the one that was opened for the same order before. */
export async function openTrade(
  db: D1Database,
  trade: Omit<Trade, "state" | "trade_no">,
): Promise<Trade> {
  const { gateway, order_no, title, sum, notify_url, return_url } = trade;
  await lazyTable(db, TABLE);
  await db
    .prepare(
      "INSERT INTO dev_gateway_trades VALUES (?,?,?,?,?,?,?,'waiting') ON CONFLICT DO NOTHING",
    )
    .bind(gateway, order_no, crypto.randomUUID(), title, sum, notify_url, return_url)
    .run();
  const opened = await findTrade(db, gateway, order_no);
  if (opened === null) throw new Error("the trade that was opened is gone");
  return opened;
}

/** By the merchant's number or by the gateway's. */
export async function findTrade(
  db: D1Database,
  gateway: string,
  number: string,
): Promise<Trade | null> {
  await lazyTable(db, TABLE);
  return db
    .prepare("SELECT * FROM dev_gateway_trades WHERE gateway = ?1 AND ?2 IN (order_no, trade_no)")
    .bind(gateway, number)
    .first<Trade>();
}

export async function markTrade(
  db: D1Database,
  trade: Trade,
  state: Trade["state"],
): Promise<void> {
  await db
    .prepare("UPDATE dev_gateway_trades SET state = ?3 WHERE gateway = ?1 AND order_no = ?2")
    .bind(trade.gateway, trade.order_no, state)
    .run();
}
