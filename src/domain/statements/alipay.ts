import { chinaTimeMs, reference, signedMinor } from "./fields.ts";
import { bad, IGNORED, type StatementFormat, type StatementReading } from "./statement.ts";

type Column =
  | "tradeNo"
  | "orderRef"
  | "business"
  | "finishedAt"
  | "amount"
  | "received"
  | "refundRef"
  | "serviceFee";

/**
 * Alipay's statement of business ("业务明细", the bill type `trade`): GBK, lines of "#" before and
 * after, a tab behind each number. Amounts are CNY and negative for refunds; the service fee is
 * negative for what Alipay keeps. Source: alipay.data.dataservice.bill.downloadurl.query.
 */
export const alipayStatement: StatementFormat<Column> = {
  zone: "china",
  endsWithTotals: true,
  quotes: true,
  columns: {
    tradeNo: ["支付宝交易号"],
    orderRef: ["商户订单号"],
    business: ["业务类型"],
    finishedAt: ["完成时间"],
    amount: ["订单金额（元）", "订单金额(元)"],
    received: ["商家实收（元）", "商家实收(元)"],
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
    const received = cells("received") === "" ? amount : signedMinor(cells("received"), "CNY");
    if (received === null) return bad("sum");
    const atMs = chinaTimeMs(cells("finishedAt"));
    if (atMs === null) return bad("time");
    const row = {
      kind,
      tradeNo,
      orderRef: reference(cells("orderRef")),
      refundRef: kind === "refund" ? reference(cells("refundRef")) : null,
      money: { amountMinor: Math.abs(amount), currency: "CNY" as const },
      receivedMinor: Math.abs(received),
      // -0 would be another number to those who compare.
      feeMinor: fee === 0 ? 0 : -fee,
      atMs,
    };
    return { kind: "rows", rows: [row] };
  },

  heading(cells) {
    // The account's number with four digits of the balance that it is about ("…0156"). A mailbox may
    // stand there instead.
    const match = /^#\s*账号[:：]\s*\[?(2088\d{12})(?:\d{4})?(?!\d)/.exec(cells.join(","));
    return match?.[1] ?? null;
  },

  footer(cells) {
    // A line of words is no row of cells: a comma in it is a comma.
    const line = cells.join(",");
    if (!line.startsWith("#")) return null;
    return readTotals(line) ?? IGNORED;
  },
};

const KINDS: Readonly<Record<string, "payment" | "refund">> = { 交易: "payment", 退款: "refund" };

/** "#交易合计：3笔，商家实收共30.00元，…" and the same of "退款合计". */
function readTotals(line: string): StatementReading | null {
  const match = /^#(交易|退款)合计[:：]\s*(\d+)笔[，,]\s*商家实收(?:退款)?共(-?[\d.]+)元/.exec(
    line,
  );
  if (match === null) return null;
  const rows = Number(match[2]);
  const sum = signedMinor(match[3] ?? "", "CNY");
  if (sum === null) return null;
  const totals =
    match[1] === "交易"
      ? { payments: rows, paidMinor: sum }
      : { refunds: rows, refundedMinor: Math.abs(sum) };
  return { kind: "totals", totals };
}
