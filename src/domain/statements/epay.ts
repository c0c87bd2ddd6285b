import { chinaTimeMs, reference, signedMinor } from "./fields.ts";
import { bad, IGNORED, type StatementFormat, type StatementRow } from "./statement.ts";

type Column =
  | "tradeNo"
  | "orderRef"
  | "amount"
  | "earned"
  | "fee"
  | "status"
  | "paidAt"
  | "placedAt";

/**
 * The list of orders that epay panels export (易支付; UTF-8 or GBK). Panels differ in their headings
 * and in how they name a status, so each is known by several names. Amounts are CNY; what the
 * merchant earns of one, where the panel says it, tells the fee.
 */
export const epayStatement: StatementFormat<Column> = {
  zone: "china",
  endsWithTotals: false,
  quotes: true,
  columns: {
    tradeNo: ["系统订单号", "平台订单号", "订单号", "trade_no"],
    orderRef: ["商户订单号", "out_trade_no"],
    amount: ["订单金额", "商品金额", "金额", "money"],
    earned: ["商户分成", "分成金额", "getmoney"],
    fee: ["手续费", "fee"],
    status: ["支付状态", "订单状态", "状态", "status"],
    paidAt: ["完成时间", "支付时间", "endtime"],
    placedAt: ["创建时间", "addtime"],
  },
  required: ["tradeNo", "orderRef", "amount", "status"],
  clean: (cell) => cell.replace(/^﻿/u, "").trim().replace(/^'/, ""),

  row(cells) {
    const status = STATUSES[cells("status")];
    if (status === undefined) return bad("status");
    if (status === "unpaid") return IGNORED;
    const tradeNo = reference(cells("tradeNo"));
    if (tradeNo === null) return bad("number");
    const amountMinor = signedMinor(cells("amount").replace(/^[¥￥]/, ""), "CNY");
    if (amountMinor === null || amountMinor < 0) return bad("sum");
    const feeMinor = feeOf(amountMinor, cells("earned"), cells("fee"));
    if (feeMinor === null) return bad("sum");
    const atMs = chinaTimeMs(cells("paidAt")) ?? chinaTimeMs(cells("placedAt"));
    if (atMs === null) return bad("time");
    const payment: StatementRow = {
      kind: "payment",
      tradeNo,
      orderRef: reference(cells("orderRef")),
      refundRef: null,
      money: { amountMinor, currency: "CNY" },
      receivedMinor: amountMinor,
      feeMinor,
      atMs,
    };
    if (status === "paid") return { kind: "rows", rows: [payment] };
    // A panel shows an order that was refunded on one line: the money came, and went.
    return { kind: "rows", rows: [payment, { ...payment, kind: "refund", feeMinor: 0 }] };
  },
};

function feeOf(amountMinor: number, earned: string, fee: string): number | null {
  if (fee !== "") return signedMinor(fee, "CNY");
  if (earned === "") return 0;
  const earnedMinor = signedMinor(earned, "CNY");
  return earnedMinor === null ? null : amountMinor - earnedMinor;
}

const STATUSES: Readonly<Record<string, "paid" | "unpaid" | "refunded">> = {
  已支付: "paid",
  已完成: "paid",
  已付款: "paid",
  "1": "paid",
  未支付: "unpaid",
  未付款: "unpaid",
  "0": "unpaid",
  已退款: "refunded",
  "2": "refunded",
};
