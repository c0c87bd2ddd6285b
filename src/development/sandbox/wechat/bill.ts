import { beijingTime } from "../cashier/beijing-time.ts";
import { decimal } from "../cashier/sums.ts";
import { paidTrades, type Refund, type Trade } from "../cashier/trade-book.ts";

interface Merchant {
  readonly appId: string;
  readonly mchId: string;
}

const HEADINGS =
  "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
const TOTALS =
  "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";
/** In thousandths of the sum. */
const FEE_THOUSANDTHS = 6;

/**
 * The trade bill of a day (`bill_type=ALL`): a back-tick before each value, and what it all comes to at the end. Null
 * where nobody paid on it. A refund is booked in the second of its payment: the book of trades does not say when.
 */
export async function tradeBill(
  db: D1Database,
  merchant: Merchant,
  day: string,
): Promise<string | null> {
  const trades = (await paidTrades(db, "wechat")).filter(
    ({ paid_at_ms }) => beijingTime(paid_at_ms ?? 0).slice(0, 10) === day,
  );
  if (trades.length === 0) return null;
  const refunds = trades.flatMap((trade) => trade.refunds);
  const sum = (of: readonly { readonly minor: number }[]) =>
    decimal(
      of.reduce((total, { minor }) => total + minor, 0),
      "CNY",
    );
  const fee = trades.reduce((total, trade) => total + feeOf(trade), 0);
  const rows = trades.flatMap((trade) => [
    row(merchant, trade, null),
    ...trade.refunds.map((refund) => row(merchant, trade, refund)),
  ]);
  const counts = [trades.length + refunds.length, sum(trades), sum(refunds), "0.00"];
  const totals = [...counts, `${decimal(fee, "CNY")}000`, sum(trades), sum(refunds)];
  return [`\ufeff${HEADINGS}`, ...rows, TOTALS, cells(totals), ""].join("\r\n");
}

const feeOf = ({ minor }: Trade) => Math.round((minor * FEE_THOUSANDTHS) / 1_000);
const cells = (values: readonly (string | number)[]) => `\`${values.join(",`")}`;

function row({ appId, mchId }: Merchant, trade: Trade, refund: Refund | null): string {
  const { trade_no, order_no, title, minor, currency, paid_at_ms } = trade;
  const paid = decimal(minor, currency);
  const back = decimal(refund?.minor ?? 0, currency);
  const ofRefund = refund === null ? ["0", "0"] : [refund.refundNo, refund.id];
  return cells([
    beijingTime(paid_at_ms ?? 0),
    appId,
    mchId,
    "0",
    "",
    trade_no,
    order_no,
    "",
    "NATIVE",
    refund === null ? "SUCCESS" : "REFUND",
    "OTHERS",
    currency,
    refund === null ? paid : "0.00",
    "0.00",
    ...ofRefund,
    back,
    "0.00",
    refund === null ? "" : "ORIGINAL",
    refund === null ? "" : "SUCCESS",
    title,
    "",
    refund === null ? `${decimal(feeOf(trade), currency)}000` : "0.00000",
    "0.60%",
    refund === null ? paid : "0.00",
    back,
    "",
  ]);
}
