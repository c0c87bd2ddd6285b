import { describe, expect, it } from "vitest";
import { CsvRecords } from "../../../src/domain/statements/records.ts";
import { statementFormat } from "../../../src/domain/statements/formats.ts";
import type {
  StatementFormatName,
  StatementReading,
} from "../../../src/domain/statements/statement.ts";

function readAll(format: StatementFormatName, text: string): StatementReading[] {
  const { quotes, reader: open } = statementFormat(format);
  const records = new CsvRecords({ quotes });
  const reader = open();
  return [...records.push(text), ...records.end()].map(({ cells }) => reader.read(cells));
}

function rowsOf(readings: readonly StatementReading[]) {
  return readings.flatMap((reading) => (reading.kind === "rows" ? reading.rows : []));
}

const ALIPAY = [
  "#支付宝业务明细查询",
  "#账号：[20880000000001560156]",
  "#起始日期：[2026年11月24日 00:00:00]   终止日期：[2026年11月25日 00:00:00]",
  "#-----------------------------------------业务明细列表----------------------------------------",
  "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注",
  '2026112422001400001\t,ord_00000000000000000001\t,交易,"会员, 30 天",2026-11-24 09:59:58,2026-11-24 10:00:00,,,,,buy***@example.com,10.00,10.00,0.00,0.00,0.00,0.00,0.00,,0.00,0.00,,-0.06,0.00,',
  "2026112422001400001\t,ord_00000000000000000001\t,退款,会员,2026-11-24 11:00:00,2026-11-24 11:00:02,,,,,buy***@example.com,-4.00,-4.00,0.00,0.00,0.00,0.00,0.00,,0.00,0.00,rfd_1\t,0.02,0.00,",
  "#-----------------------------------------业务明细列表结束------------------------------------",
  "#交易合计：1笔，商家实收共10.00元，商家优惠共0.00元",
  "#退款合计：1笔，商家实收退款共4.00元，商家优惠退款共0.00元",
  "#导出时间：[2026年11月25日 02:00:00]",
].join("\r\n");

describe("Alipay's statement of business", () => {
  const readings = readAll("alipay", ALIPAY);

  it("gives payments and refunds in minor units, at the hour of Greenwich", () => {
    expect(rowsOf(readings)).toEqual([
      {
        kind: "payment",
        tradeNo: "2026112422001400001",
        orderRef: "ord_00000000000000000001",
        refundRef: null,
        money: { amountMinor: 1000, currency: "CNY" },
        receivedMinor: 1000,
        feeMinor: 6,
        atMs: Date.UTC(2026, 10, 24, 2, 0, 0),
      },
      {
        kind: "refund",
        tradeNo: "2026112422001400001",
        orderRef: "ord_00000000000000000001",
        refundRef: "rfd_1",
        money: { amountMinor: 400, currency: "CNY" },
        receivedMinor: 400,
        feeMinor: -2,
        atMs: Date.UTC(2026, 10, 24, 3, 0, 2),
      },
    ]);
  });

  it("says how many it had and what they came to, so that a file that was cut is known", () => {
    const totals = readings.flatMap((reading) =>
      reading.kind === "totals" ? [reading.totals] : [],
    );
    expect(totals).toEqual([
      { payments: 1, paidMinor: 1000 },
      { refunds: 1, refundedMinor: 400 },
    ]);
  });
});

const WECHAT = [
  "﻿交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注",
  "`2026-11-24 10:00:00,`wx1,`1900000001,`0,`,`4200001234,`ord_00000000000000000002,`o1,`NATIVE,`SUCCESS,`OTHERS,`CNY,`10.00,`0.00,`0,`0,`0.00,`0.00,`,`,`会员,`,`0.06000,`0.60%,`10.00,`0.00,`",
  "`2026-11-24 12:00:00,`wx1,`1900000001,`0,`,`4200001234,`ord_00000000000000000002,`o1,`NATIVE,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`5030001,`rfd_2,`10.00,`0.00,`ORIGINAL,`SUCCESS,`会员,`,`-0.06000,`0.60%,`0.00,`10.00,`",
  "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额",
  "`2,`10.00,`10.00,`0.00,`0.00000,`10.00,`10.00",
].join("\n");

describe("WeChat Pay's trade bill", () => {
  const readings = readAll("wechat", WECHAT);

  it("gives payments and refunds without its back-ticks", () => {
    expect(rowsOf(readings)).toMatchObject([
      {
        kind: "payment",
        tradeNo: "4200001234",
        money: { amountMinor: 1000, currency: "CNY" },
        feeMinor: 6,
        atMs: Date.UTC(2026, 10, 24, 2, 0, 0),
      },
      { kind: "refund", tradeNo: "4200001234", refundRef: "rfd_2", feeMinor: -6 },
    ]);
  });

  it("takes commas and quotes in a title as letters of it", () => {
    const titled = WECHAT.replace("`会员,", '`一个 3" 盘, "会员, 30 天,');
    expect(rowsOf(readAll("wechat", titled))).toEqual(rowsOf(readings));
  });

  it("gives the totals of its last line", () => {
    expect(readings.at(-1)).toEqual({
      kind: "totals",
      totals: { rows: 2, paidMinor: 1000, refundedMinor: 1000, feeMinor: 0 },
    });
  });
});

const STRIPE = [
  "balance_transaction_id,created_utc,available_on_utc,currency,gross,fee,net,reporting_category,source_id,description,payment_intent_id,payment_metadata[order_id]",
  'txn_1,2026-11-24 10:00:00,2026-11-26 00:00:00,usd,12.00,0.65,11.35,charge,ch_1,"a key, 30 days",pi_1,ord_00000000000000000003',
  "txn_2,2026-11-24 11:00:00,2026-11-26 00:00:00,usd,-12.00,0.00,-12.00,refund,re_1,,pi_1,ord_00000000000000000003",
  "txn_3,2026-11-24 12:00:00,2026-11-26 00:00:00,usd,-500.00,0.00,-500.00,payout,po_1,,,",
  "txn_4,2026-11-24 13:00:00,2026-11-26 00:00:00,jpy,1200,43,1157,charge,ch_2,,,",
].join("\n");

describe("Stripe's itemized balance changes", () => {
  it("gives charges and refunds, and leaves out what concerns no order", () => {
    expect(rowsOf(readAll("stripe", STRIPE))).toMatchObject([
      { kind: "payment", tradeNo: "pi_1", money: { amountMinor: 1200, currency: "USD" } },
      { kind: "refund", tradeNo: "pi_1", refundRef: "re_1", feeMinor: 0 },
      { kind: "payment", tradeNo: "ch_2", orderRef: null, money: { amountMinor: 1200 } },
    ]);
  });
});

const EPAY = [
  "订单号,商户订单号,支付方式,商品名称,订单金额,商户分成,创建时间,完成时间,支付状态",
  "2026112410000012345,ord_00000000000000000004,支付宝,会员,10.00,9.70,2026-11-24 09:59:00,2026-11-24 10:00:00,已支付",
  "2026112410000012346,ord_00000000000000000005,支付宝,会员,10.00,0.00,2026-11-24 10:01:00,,未支付",
  "2026112410000012347,ord_00000000000000000006,微信,会员,5.00,4.85,2026-11-24 10:02:00,2026-11-24 10:03:00,已退款",
].join("\n");

describe("an epay panel's list of orders", () => {
  it("gives what was paid with its fee, and both ways of what was refunded", () => {
    expect(rowsOf(readAll("epay", EPAY))).toMatchObject([
      { kind: "payment", tradeNo: "2026112410000012345", feeMinor: 30 },
      { kind: "payment", tradeNo: "2026112410000012347", money: { amountMinor: 500 } },
      { kind: "refund", tradeNo: "2026112410000012347", money: { amountMinor: 500 }, feeMinor: 0 },
    ]);
  });

  it.each([
    ["a sum that is none", "a1,o1,支付宝,x,ten,,2026-11-24 10:00,2026-11-24 10:00,已支付", "sum"],
    ["a part of a cent", "a1,o1,支付宝,x,1.005,,2026-11-24 10:00,2026-11-24 10:00,已支付", "sum"],
    ["more than there is", "a1,o1,支付宝,x,100000000.01,,2026-11-24 10:00,,已支付", "sum"],
    ["an unknown status", "a1,o1,支付宝,x,1.00,,2026-11-24 10:00,2026-11-24 10:00,冻结", "status"],
    ["a day that is not", "a1,o1,支付宝,x,1.00,,2026-02-30 10:00,2026-02-30 10:00,已支付", "time"],
    ["a number that is none", "a 1,o1,支付宝,x,1.00,,2026-11-24 10:00,,已支付", "number"],
    ["a row that is cut", "a1,o1,支付宝", "status"],
  ])("shows %s as bad, and never guesses", (_name, line, what) => {
    const [header = ""] = EPAY.split("\n");
    expect(readAll("epay", `${header}\n${line}`).at(-1)).toEqual({ kind: "bad", what });
  });
});

describe("a reader", () => {
  it("knows no header in another gateway's file", () => {
    const reader = statementFormat("wechat").reader();
    for (const { cells } of new CsvRecords().push(`${STRIPE}\n`)) {
      expect(reader.read(cells)).toEqual({ kind: "ignored" });
    }
    expect(reader.headerFound).toBe(false);
  });

  it("finds columns in any order", () => {
    const turned = STRIPE.split("\n")
      .slice(0, 2)
      .map((line) => {
        const [record] = new CsvRecords().push(`${line}\n`);
        return (record?.cells ?? [])
          .map((cell) => `"${cell}"`)
          .toReversed()
          .join(",");
      });
    expect(rowsOf(readAll("stripe", turned.join("\n")))).toMatchObject([{ tradeNo: "pi_1" }]);
  });
});
