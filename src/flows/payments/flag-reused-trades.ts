import type { OrderSnapshot } from "../../../durable-objects/product-stock/contract.ts";
import type { NoticeEntry } from "../../domain/payments/notice-row.ts";
import { checksOf } from "../../domain/payments/notice.ts";
import type { NoticeInbox } from "../ports.ts";
import type { ReusedTrade, TradeBook } from "./trade-ports.ts";

export interface TradeFlags {
  readonly trades: Pick<TradeBook, "reused">;
  readonly notices: Pick<NoticeInbox, "keep">;
}

/**
 * Shows a person each order that was paid by a number which had paid another before. Orders of one product
 * are told apart by their object; those of two meet in the order book, after both were delivered. Again is the
 * same row of the inbox.
 */
export async function flagReusedTrades(
  { trades, notices }: TradeFlags,
  orders: readonly OrderSnapshot[],
  nowMs: number,
): Promise<void> {
  const reused = await trades.reused(orders);
  await Promise.all(reused.map((trade) => notices.keep(reusedEntry(trade, nowMs))));
}

function reusedEntry(trade: ReusedTrade, receivedAtMs: number): NoticeEntry {
  const verdict = "trade_reused";
  return {
    merchantId: trade.merchantId,
    accountId: trade.accountId,
    tradeNo: trade.tradeNo,
    orderRef: trade.orderId,
    money: trade.money,
    // A row beside that of the notice itself, whose repetitions would put its first verdict back.
    says: verdict,
    verdict,
    source: "notice",
    genuine: true,
    matched: true,
    attention: true,
    // Found in our own books: the notices that told of it have rows with what was made of their signatures.
    checks: checksOf({ failed: "object", said: verdict, notReached: ["signature", "form"] }),
    raw: null,
    receivedAtMs,
  };
}
