import { env } from "cloudflare:workers";
import { eventually } from "./eventually.ts";
import type { Answer, Shop } from "./shop.ts";

/** The day that clocks in China show. */
export function chinaDay(atMs: number): string {
  return new Date(atMs + 8 * 3_600_000).toISOString().slice(0, 10);
}

export interface EpayLine {
  readonly tradeNo: string;
  readonly orderId: string;
  readonly money: string;
  readonly status?: string;
  readonly fee?: string;
  readonly time?: string;
}

export const TODAY = chinaDay(Date.now());

/** An epay panel's list of orders. */
export function epayFile(lines: readonly EpayLine[]): string {
  const rows = lines.map(({ tradeNo, orderId, money, status = "已支付", fee = "0.06", time }) =>
    [tradeNo, orderId, money, fee, time ?? `${TODAY} 12:00:00`, status].join(","),
  );
  return ["系统订单号,商户订单号,订单金额,手续费,完成时间,支付状态", ...rows].join("\r\n");
}

export function compare(
  shop: Shop,
  file: string | Uint8Array,
  { day = TODAY, account = shop.accountId }: { day?: string; account?: string } = {},
): Promise<Answer> {
  const path = `/reconciliations?account=${account}&day=${day}`;
  return shop.admin(path, { body: file, type: "text/csv" });
}

/** Payments are copied behind the sale. */
export function booked(tradeNo: string, orderId: string): Promise<unknown> {
  const sql = "SELECT 1 FROM payments WHERE trade_no = ? AND order_id = ?";
  return eventually(() => env.DB.prepare(sql).bind(tradeNo, orderId).first());
}
