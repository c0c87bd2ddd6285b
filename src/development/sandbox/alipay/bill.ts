import { beijingTime } from "../cashier/beijing-time.ts";
import { decimal } from "../cashier/sums.ts";
import { paidTrades, type Refund, type Trade } from "../cashier/trade-book.ts";
import { zipOf } from "./zip.ts";

const HEADINGS =
  "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注";
/** In thousandths of the sum. */
const FEE_THOUSANDTHS = 6;

/**
 * The statement of business of a day, as the ZIP that Alipay gives: the rows, and a summary by shop beside them. Null
 * where nobody paid on it. A refund is booked in the second of its payment: the book of trades does not say when. In
 * UTF-8 where Alipay writes GBK, which no platform encodes.
 */
export async function businessBill(
  db: D1Database,
  sellerId: string,
  day: string,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const trades = (await paidTrades(db, "alipay")).filter(
    ({ paid_at_ms }) => beijingTime(paid_at_ms ?? 0).slice(0, 10) === day,
  );
  if (trades.length === 0) return null;
  const refunds = trades.flatMap((trade) => trade.refunds);
  const sum = (of: readonly { readonly minor: number }[]) =>
    decimal(
      of.reduce((total, { minor }) => total + minor, 0),
      "CNY",
    );
  const lines = [
    "#支付宝业务明细查询",
    `#账号：[${sellerId}0156]`,
    `#起始日期：[${day} 00:00:00]`,
    "#-----------------------------------------业务明细列表----------------------------------------",
    HEADINGS,
    ...trades.flatMap((trade) => [
      row(trade, null),
      ...trade.refunds.map((refund) => row(trade, refund)),
    ]),
    "#-----------------------------------------业务明细列表结束------------------------------------",
    `#交易合计：${trades.length}笔，商家实收共${sum(trades)}元，商家优惠共0.00元`,
    `#退款合计：${refunds.length}笔，商家实收退款共${sum(refunds)}元，商家优惠退款共0.00元`,
    "",
  ];
  const name = `${sellerId}0156_${day.replaceAll("-", "")}_业务明细`;
  return zipOf({
    [`${name}(汇总).csv`]: "#支付宝业务汇总查询\r\n",
    [`${name}.csv`]: lines.join("\r\n"),
  });
}

function row(
  { trade_no, order_no, title, minor, paid_at_ms }: Trade,
  refund: Refund | null,
): string {
  const time = beijingTime(paid_at_ms ?? 0);
  const sum = refund === null ? decimal(minor, "CNY") : `-${decimal(refund.minor, "CNY")}`;
  const fee = Math.round((minor * FEE_THOUSANDTHS) / 1_000);
  return [
    `${trade_no}\t`,
    `${order_no}\t`,
    refund === null ? "交易" : "退款",
    `"${title.replaceAll('"', '""')}"`,
    `${time},${time},,,,,buyer`,
    `${sum},${sum},0.00,0.00,0.00,0.00,0.00,,0.00,0.00`,
    refund === null ? "" : `${refund.id}\t`,
    refund === null ? `-${decimal(fee, "CNY")}` : "0.00",
    "0.00,",
  ].join(",");
}
