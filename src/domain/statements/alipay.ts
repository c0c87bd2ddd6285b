import { chinaTimeMs, reference, signedMinor } from "./fields.ts";
import { bad, IGNORED, type StatementFormat, type StatementReading } from "./statement.ts";

type Column =
  | "tradeNo"
  | "orderRef"
  | "business"
  | "finishedAt"
  | "amount"
  | "refundRef"
  | "serviceFee";

/**
 * Alipay's statement of business ("业务明细", the bill type `trade`): GBK, lines of "#" before and
 * after, a tab behind each number. Amounts are CNY and negative for refunds; the service fee is
 * negative for what Alipay keeps. Source: alipay.data.dataservice.bill.downloadurl.query.
 */
export const alipayStatement: StatementFormat<Column> = {
  columns: {
    tradeNo: ["支付宝交易号"],
    orderRef: ["商户订单号"],
    business: ["业务类型"],
    finishedAt: ["完成时间"],
    amount: ["订单金额（元）", "订单金额(元)"],
    refundRef: ["退款批次号/请求号", "退款批次号", "退款请求号"],
    serviceFee: ["服务费（元）", "服务费(元)"],
  },
  required: ["tradeNo", "orderRef", "business", "finishedAt", "amount"],
  clean: (cell) => cell.replace(/^﻿/u, "").trim(),

  row(cells) {
    const kind = KINDS[cells("business")];
    if (kind === undefined) return bad("status");
    const tradeNo = reference(cells("tradeNo"));
    if (tradeNo === null) return bad("number");
    const amount = signedMinor(cells("amount"), "CNY");
    const fee = cells("serviceFee") === "" ? 0 : signedMinor(cells("serviceFee"), "CNY");
    if (amount === null || fee === null || amount < 0 !== (kind === "refund")) return bad("sum");
    const atMs = chinaTimeMs(cells("finishedAt"));
    if (atMs === null) return bad("time");
    const row = {
      kind,
      tradeNo,
      orderRef: reference(cells("orderRef")),
      refundRef: kind === "refund" ? reference(cells("refundRef")) : null,
      money: { amountMinor: Math.abs(amount), currency: "CNY" as const },
      // -0 would be another number to those who compare.
      feeMinor: fee === 0 ? 0 : -fee,
      atMs,
    };
    return { kind: "rows", rows: [row] };
  },

  footer([first = ""]) {
    if (!first.startsWith("#")) return null;
    return readTotals(first) ?? IGNORED;
  },
};

const KINDS: Readonly<Record<string, "payment" | "refund">> = { 交易: "payment", 退款: "refund" };

/** "#交易合计：3笔，商家实收共30.00元，…" and the same of "退款合计". */
function readTotals(line: string): StatementReading | null {
  const match = /^#(交易|退款)合计[:：]\s*(\d+)笔/.exec(line);
  if (match === null) return null;
  // The sums there are of what the merchant got, discounts taken off: only the count is comparable.
  return {
    kind: "totals",
    totals: { rows: Number(match[2]), paidMinor: null, refundedMinor: null, feeMinor: null },
  };
}
