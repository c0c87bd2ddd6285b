import type { Currency } from "../money.ts";
import { chinaTimeMs, currencyOf, reference, signedMinor } from "./fields.ts";
import { bad, type Cells, type StatementFormat, type StatementReading } from "./statement.ts";

type Column =
  | "at"
  | "merchant"
  | "tradeNo"
  | "orderRef"
  | "status"
  | "currency"
  | "amount"
  | "refundRef"
  | "refunded"
  | "fee";

/**
 * WeChat Pay's trade bill (GET /v3/bill/tradebill, `bill_type=ALL`): UTF-8 with a BOM, a back-tick
 * before each value, two lines of totals at the end. A refund's row repeats the payment's number and
 * gives its own; its fee is what comes back, negative.
 */
export const wechatStatement: StatementFormat<Column> = {
  zone: "china",
  endsWithTotals: true,
  quotes: false,
  columns: {
    at: ["交易时间"],
    merchant: ["商户号"],
    tradeNo: ["微信订单号"],
    orderRef: ["商户订单号"],
    status: ["交易状态"],
    currency: ["货币种类"],
    amount: ["订单金额", "总金额"],
    refundRef: ["商户退款单号"],
    refunded: ["申请退款金额", "退款金额"],
    fee: ["手续费"],
  },
  required: ["at", "tradeNo", "orderRef", "status", "currency", "amount", "fee"],
  accountColumn: "merchant",
  // Nothing is quoted: what separates two values is a comma and the back-tick of the next one.
  cells(record) {
    const line = record.join(",");
    return line.startsWith("`") ? line.split(",`") : record;
  },
  clean: (cell) => cell.replace(/^﻿/u, "").trim().replace(/^`/, ""),

  row(cells) {
    const currency = currencyOf(cells("currency"));
    if (currency === null) return bad("currency");
    switch (cells("status")) {
      case "SUCCESS":
        return movement("payment", currency, cells);
      case "REFUND":
      case "REVOKED":
        return movement("refund", currency, cells);
      default:
        return bad("status");
    }
  },

  footer(cells) {
    if (cells[0] === "总交易单数") return { kind: "ignored" };
    // A row has its time first; the totals have a count.
    if (!/^\d+(\.0+)?$/.test(cells[0] ?? "") || cells.length > TOTALS_CELLS_MAX) return null;
    const sum = (place: number) => signedMinor(cells[place] ?? "", "CNY");
    const [rows, paidMinor, refundedMinor, feeMinor] = [Number(cells[0]), sum(5), sum(6), sum(4)];
    return { kind: "totals", totals: { rows, paidMinor, refundedMinor, feeMinor } };
  },
};

const TOTALS_CELLS_MAX = 8;

function movement(
  kind: "payment" | "refund",
  currency: Currency,
  cells: Cells<Column>,
): StatementReading {
  const tradeNo = reference(cells("tradeNo"));
  if (tradeNo === null) return bad("number");
  const amount = signedMinor(cells(kind === "payment" ? "amount" : "refunded"), currency);
  // Five decimals ("0.06000") are how fees are written; parts of a cent do not occur.
  const fee = signedMinor(cells("fee"), currency);
  if (amount === null || amount < 0 || fee === null) return bad("sum");
  const atMs = chinaTimeMs(cells("at"));
  if (atMs === null) return bad("time");
  const row = {
    kind,
    tradeNo,
    orderRef: reference(cells("orderRef")),
    refundRef: kind === "refund" ? reference(cells("refundRef")) : null,
    money: { amountMinor: amount, currency },
    receivedMinor: amount,
    feeMinor: fee,
    atMs,
  };
  return { kind: "rows", rows: [row] };
}
