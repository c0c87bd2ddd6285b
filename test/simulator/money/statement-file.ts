import { formatDecimal } from "../../../src/domain/money.ts";
import type { Movement } from "../../../src/domain/statements/statement.ts";
import type { Money } from "../../../src/domain/money.ts";

const CHINA_MS = 8 * 3_600_000;

/** A movement of money, as a gateway's statement has it. */
export interface StatedMoney {
  readonly kind: Movement;
  readonly tradeNo: string;
  readonly orderRef: string;
  /** "" for a payment. */
  readonly refundNo: string;
  readonly money: Money;
  readonly atMs: number;
}

/** "2026-11-24", as clocks in China have it. */
export function chinaDay(ms: number): string {
  return new Date(ms + CHINA_MS).toISOString().slice(0, 10);
}

/** WeChat Pay's trade bill of those movements, without fees: one format tells all that there is to compare. */
export function tradeBill(rows: readonly StatedMoney[]): string {
  const head =
    "交易时间,微信订单号,商户订单号,交易状态,货币种类,商户退款单号,手续费,订单金额,申请退款金额";
  const totals =
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";
  const sum = (kind: Movement) => {
    const those = rows.filter((row) => row.kind === kind);
    return yuan(those.reduce((minor, { money }) => minor + money.amountMinor, 0));
  };
  const [paid, back] = [sum("payment"), sum("refund")];
  const lines = rows.map(({ kind, tradeNo, orderRef, refundNo, money, atMs }) => {
    const at = new Date(atMs + CHINA_MS).toISOString().slice(0, 19).replace("T", " ");
    const amount = formatDecimal(money);
    const isPayment = kind === "payment";
    const status = isPayment ? "SUCCESS" : "REFUND";
    const sums = isPayment ? [amount, "0.00"] : ["0.00", amount];
    return [at, tradeNo, orderRef, status, money.currency, refundNo, "0.00", ...sums];
  });
  const last = [String(rows.length), paid, back, "0.00", "0.00", paid, back];
  return [head, ...lines.map(ticked), totals, ticked(last)].join("\n");
}

function ticked(cells: readonly string[]): string {
  return cells.map((cell) => `\`${cell}`).join(",");
}

function yuan(amountMinor: number): string {
  return formatDecimal({ amountMinor, currency: "CNY" });
}
