import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { gbk } from "../support/worker/gbk.ts";
import { eventually } from "../support/worker/eventually.ts";
import { makeRsaKeys } from "../support/worker/rsa-keys.ts";
import {
  epayAccount,
  migrate,
  openShop,
  placeOrder,
  sendNotice,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";
import { booked, compare, epayFile, TODAY } from "../support/worker/statements.ts";
import { zip } from "../support/worker/zip.ts";

beforeAll(migrate);

async function accounts(shop: Shop) {
  const [ours, theirs] = await Promise.all([makeRsaKeys(), makeRsaKeys()]);
  const make = async (gateway: string, credentials: Record<string, string>) => {
    const body = { slug: gateway, title: gateway, gateway, currency: "CNY", credentials };
    const made = await shop.admin("/payment-accounts", { body });
    if (made.status !== 201) throw new Error(made.text);
    return made.json.id as string;
  };
  return {
    alipay: await make("alipay", {
      app_id: "2021000000000001",
      seller_id: "2088000000000156",
      private_key: ours.privatePem,
      alipay_public_key: theirs.publicPem,
    }),
    wechat: await make("wechat", {
      appid: "wxd678efh567hg6787",
      mchid: "1900000001",
      serial_no: "5157F09EFDC096DE15EBE81A47057A7232F1B8E1",
      private_key: ours.privatePem,
      api_v3_key: "0123456789abcdef0123456789ABCDEF",
      public_key: theirs.publicPem,
      public_key_id: "PUB_KEY_ID_0111111111112026112500000001",
    }),
    manual: await make("manual", { instructions: "Pay to the bank." }),
  };
}

const ALIPAY = [
  "#支付宝业务明细查询",
  "#账号：[20880000000001560156]",
  `#起始日期：[${TODAY} 00:00:00]`,
  "#-----------------------------------------业务明细列表----------------------------------------",
  "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,订单金额（元）,商家实收（元）,退款批次号/请求号,服务费（元）,备注",
  `2026112422001400001\t,ord_1\t,交易,"会员, 30 天",${TODAY} 09:59:58,${TODAY} 10:00:00,10.00,9.00,,-0.06,`,
  `2026112422001400002\t,ord_2\t,交易,会员,${TODAY} 09:59:58,${TODAY} 10:00:00,20.00,20.00,,-0.12,`,
  `2026112422001400001\t,ord_1\t,退款,会员,${TODAY} 11:00:00,${TODAY} 11:00:02,-4.00,-3.60,rfd_1\t,0.02,`,
  "#-----------------------------------------业务明细列表结束------------------------------------",
  "#交易合计：2笔，商家实收共29.00元，商家优惠共1.00元",
  "#退款合计：1笔，商家实收退款共-3.60元，商家优惠退款共0.40元",
  "#导出时间：[2026年11月25日 02:00:00]",
];

const WECHAT = [
  "﻿交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注",
  `\`${TODAY} 10:00:00,\`wx1,\`1900000001,\`0,\`,\`4200001234,\`ord_1,\`o1,\`NATIVE,\`SUCCESS,\`OTHERS,\`CNY,\`10.00,\`0.00,\`0,\`0,\`0.00,\`0.00,\`,\`,\`一个 3" 盘, 黑,\`,\`0.06000,\`0.60%,\`10.00,\`0.00,\``,
  `\`${TODAY} 12:00:00,\`wx1,\`1900000001,\`0,\`,\`4200001234,\`ord_1,\`o1,\`NATIVE,\`REFUND,\`OTHERS,\`CNY,\`0.00,\`0.00,\`5030001,\`rfd_2,\`10.00,\`0.00,\`ORIGINAL,\`SUCCESS,\`会员,\`,\`-0.06000,\`0.60%,\`0.00,\`10.00,\``,
  "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额",
  "`2,`10.00,`10.00,`0.00,`0.00000,`10.00,`10.00",
];

const crlf = (lines: readonly string[]) => `${lines.join("\r\n")}\r\n`;

describe("a whole file of a gateway", () => {
  test("of Alipay's, in GBK, with its heading and its foot, is read to the cent", async () => {
    const shop = await openShop();
    const { alipay } = await accounts(shop);
    const answer = await compare(shop, gbk(crlf(ALIPAY)), { account: alipay });
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({
      format: "alipay",
      totals: { gross_minor: 3000, refunded_minor: 400, fee_minor: 16, net_minor: 2584 },
      rows: { payments: 2, refunds: 1, unreadable: 0 },
      findings: [{ kind: "missing_here", found: 3, open: 3 }],
      unexplained: { amounts: [{ currency: "CNY", amount_minor: 3400 }], keys: 0 },
    });
    const found = (await shop.admin(`/reconciliations/${answer.json.id}/findings`)).json.data;
    expect(found.map((each: { line: number }) => each.line)).toEqual([6, 7, 8]);
  });

  test("of WeChat's, with its mark, its back-ticks and a comma in a title, likewise", async () => {
    const shop = await openShop();
    const { wechat } = await accounts(shop);
    const answer = await compare(shop, crlf(WECHAT), { account: wechat });
    expect(answer.json).toMatchObject({
      totals: { gross_minor: 1000, refunded_minor: 1000, fee_minor: 0, net_minor: 0 },
      rows: { payments: 1, refunds: 1, unreadable: 0 },
    });
  });
});

describe("a file that is not that day's whole statement", () => {
  test("is refused wherever a line of it is lost, and leaves no report", async () => {
    const shop = await openShop();
    const { alipay, wechat } = await accounts(shop);
    const files: [string, readonly string[], number[]][] = [
      [alipay, ALIPAY, [5, 6, 7]],
      [wechat, WECHAT, [1, 2]],
    ];
    for (const [account, lines, rows] of files) {
      const footless = lines.filter((line) => !/合计|^总|^`2,/.test(line));
      const cut = rows.map((row) => lines.toSpliced(row, 1));
      for (const wrong of [...cut, footless, lines.slice(0, rows[0])]) {
        const answer = await compare(shop, crlf(wrong), { account });
        expect([answer.status, answer.json.code, answer.json.reason]).toEqual([
          422,
          "statement_unfit",
          "incomplete",
        ]);
      }
    }
    expect((await shop.admin("/reconciliations")).json.data).toEqual([]);
    const left = await env.DB.prepare("SELECT count(*) AS n FROM statement_findings f").first("n");
    const reports =
      "SELECT count(*) AS n FROM statement_findings WHERE statement_id IN (SELECT id FROM statements)";
    expect(left).toBe(await env.DB.prepare(reports).first("n"));
  });

  test.each([
    ["another gateway's", "transaction,amount\nx,1\n", "not_a_statement"],
    ["nothing", "", "not_a_statement"],
    [
      "no text at all",
      Uint8Array.from({ length: 4096 }, (_, at) => (at * 7919) % 256),
      "not_a_statement",
    ],
    [
      "another day's",
      epayFile([{ tradeNo: "a", orderId: "b", money: "1.00", time: "2020-01-01 10:00:00" }]),
      "other_day",
    ],
  ])("is refused where it is %s", async (_name, file, reason) => {
    const shop = await openShop();
    const answer = await compare(shop, file);
    expect([answer.status, answer.json.reason]).toEqual([422, reason]);
  });

  test("is told line by line where a row of it cannot be read", async () => {
    const shop = await openShop();
    const file = `${epayFile([{ tradeNo: "a", orderId: "b", money: "1.00" }])}\r\nb,"c\r\nd",1.00,0.06,${TODAY} 10:00:00,已支付\r\n\r\nc,d\r\ne,f,1.00,0.06,${TODAY} 10:00:00,未支付\r\n`;
    const { json } = await compare(shop, file);
    const path = `/reconciliations/${json.id}/findings?kind=unreadable`;
    const found = (await shop.admin(path)).json.data;
    expect(found.map((each: Record<string, unknown>) => [each["line"], each["detail"]])).toEqual([
      [6, "status"],
    ]);
    expect(json.explained).toBe(false);
  });
});

describe("a statement of another account", () => {
  test("that names it is refused exactly, and accuses nobody", async () => {
    const shop = await openShop();
    const { alipay, wechat } = await accounts(shop);
    const others: [string, readonly string[], string][] = [
      [alipay, ALIPAY.map((line) => line.replace("0156]", "0999]")), "2088000000000156"],
      [alipay, ALIPAY.map((line) => line.replace("0156015", "0157015")), "2088000000000157"],
      [wechat, WECHAT.map((line) => line.replace("`1900000001", "`1900000002")), "1900000002"],
    ];
    for (const [account, lines, named] of others) {
      const { status, json } = await compare(shop, crlf(lines), { account });
      // The last four digits of Alipay's number are of a balance, and not of the account.
      if (named === "2088000000000156") expect(status).toBe(201);
      else {
        expect([status, json.code]).toEqual([422, "statement_unfit"]);
        expect([json.reason, json.named]).toEqual(["other_account", named]);
      }
    }
    expect((await shop.admin("/reconciliations")).json.data).toHaveLength(1);
  });

  /** Three orders that were paid through the shop's own account. */
  async function paidThree() {
    const shop = await openShop();
    const product = await stockedProduct(shop, ["A", "B", "C"]);
    const orders = [1, 2, 3].map(async () => {
      const order = await placeOrder(shop, product.id);
      await sendNotice(shop, order);
      await booked(`T-${order.id}`, order.id);
      return order.id;
    });
    return { shop, paid: (await Promise.all(orders)) as string[] };
  }
  const lines = (ids: readonly string[]) =>
    epayFile(ids.map((orderId) => ({ tradeNo: `T-${orderId}`, orderId, money: "10.00" })));

  test("that names none is known by what it has, and taken where the merchant has looked", async () => {
    const { shop } = await paidThree();
    const foreign = lines(["x1", "x2", "x3", "x4"]);
    const { status, json } = await compare(shop, foreign);
    expect(status).toBe(422);
    expect(json).toMatchObject({
      code: "statement_unfit",
      reason: "other_account",
      named: null,
      account: null,
      rows: 4,
      known: 0,
      missing: 3,
    });
    expect((await shop.admin("/reconciliations")).json.data).toEqual([]);
    const checked = `/reconciliations?account=${shop.accountId}&day=${TODAY}&account_checked=true`;
    const taken = await shop.admin(checked, { body: foreign, type: "text/csv" });
    expect(taken.status).toBe(201);
    expect(taken.json.findings).toEqual([
      { kind: "missing_here", found: 4, open: 4 },
      { kind: "missing_there", found: 3, open: 3 },
    ]);
    const log = (await shop.admin("/audit-log")).json.data;
    expect(JSON.stringify(log)).toContain('"account_checked":true');
  });

  test("of the same merchant is told by the orders that it names, though nothing would be missing", async () => {
    const { shop, paid } = await paidThree();
    const body = epayAccount({ slug: "second" });
    const second = (await shop.admin("/payment-accounts", { body })).json.id;
    const { status, json } = await compare(shop, lines(paid), { account: second });
    expect(status).toBe(422);
    expect(json).toMatchObject({
      reason: "other_account",
      named: null,
      account: shop.accountId,
      rows: 3,
      known: 0,
      missing: 0,
    });
  });

  test("is no day of ours that has many faults: what names our orders is ours", async () => {
    const { shop, paid } = await paidThree();
    const product = await stockedProduct(shop, ["D", "E", "F", "G"]);
    const unheard = await Promise.all([1, 2, 3, 4].map(() => placeOrder(shop, product.id)));
    const known = unheard.map(({ id }) => id as string);
    for (const id of known) {
      const sql = "SELECT 1 FROM orders WHERE id = ?";
      await eventually(() => env.DB.prepare(sql).bind(id).first());
    }
    // Every notice of these was lost, and the three that were paid have been invented.
    const { status, json } = await compare(shop, lines(known));
    expect(status).toBe(201);
    expect(json.findings).toEqual([
      { kind: "missing_here", found: 4, open: 4 },
      { kind: "missing_there", found: 3, open: 3 },
    ]);
    expect(paid).toHaveLength(3);
  });
});

describe("a file in which little can be read", () => {
  test("is refused where nothing is behind its headings, or more is unreadable than not", async () => {
    const shop = await openShop();
    const headings = epayFile([]);
    const good = epayFile([{ tradeNo: "a", orderId: "b", money: "1.00" }]);
    const bad = (n: number) => `\r\nt${n},o${n},ten,0.06,${TODAY} 10:00:00,已支付`;
    const wrong: [string, object][] = [
      [headings, { reason: "no_rows" }],
      [`${headings}\r\n\r\n`, { reason: "no_rows" }],
      [headings + bad(1), { reason: "unreadable", rows: 0, unreadable: 1 }],
      [good + bad(1) + bad(2), { reason: "unreadable", rows: 1, unreadable: 2 }],
      [`${good}\r\nt2,o2,1.0`, { reason: "incomplete" }],
      [`${good}\r\nt2,"o2,1.00,0.06,${TODAY} 10:00:00,已支付`, { reason: "incomplete" }],
    ];
    for (const [file, refusal] of wrong) {
      const { status, json } = await compare(shop, file);
      expect([status, json.code, file]).toEqual([422, "statement_unfit", file]);
      expect(json).toMatchObject(refusal);
    }
    expect((await compare(shop, good + bad(1))).status).toBe(201);
    // Some panels end with a line of their own.
    const summed = await compare(shop, `${good}\r\n合计,1.00\r\n`);
    expect(summed.status).toBe(201);
    expect(summed.json.rows).toMatchObject({ payments: 1, unreadable: 1 });
  });

  test("is a day without money where its totals say so", async () => {
    const shop = await openShop();
    const { alipay, wechat } = await accounts(shop);
    const emptyAlipay = [
      ...ALIPAY.slice(0, 5),
      ...ALIPAY.slice(8, 9),
      "#交易合计：0笔，商家实收共0.00元，商家优惠共0.00元",
      "#退款合计：0笔，商家实收退款共0.00元，商家优惠退款共0.00元",
    ];
    const emptyWechat = [
      WECHAT[0] ?? "",
      WECHAT[3] ?? "",
      "`0,`0.00,`0.00,`0.00,`0.00,`0.00,`0.00",
    ];
    for (const [account, file] of [
      [alipay, emptyAlipay],
      [wechat, emptyWechat],
    ] as const) {
      const { status, json } = await compare(shop, crlf(file), { account });
      expect(status).toBe(201);
      expect(json).toMatchObject({ rows: { payments: 0 }, explained: true });
    }
  });
});

describe("a statement in a ZIP", () => {
  const name = (text: string) => gbk(text);
  const rows = {
    name: name("20880000000000010156_20261124_业务明细.csv"),
    bytes: gbk(crlf(ALIPAY)),
  };
  const summary = {
    name: name("20880000000000010156_20261124_业务明细(汇总).csv"),
    bytes: gbk("门店\r\n"),
  };

  test("as Alipay gives it is read like the file in it, whatever type it is said to have", async () => {
    const shop = await openShop();
    const { alipay } = await accounts(shop);
    const packed = await zip([summary, rows]);
    const path = `/reconciliations?account=${alipay}&day=${TODAY}`;
    const first = await shop.admin(path, { body: packed, type: "application/zip" });
    expect(first.status).toBe(201);
    expect(first.json).toMatchObject({ rows: { payments: 2, refunds: 1, unreadable: 0 } });
    expect((await compare(shop, packed, { account: alipay })).status).toBe(200);
    // The bytes of the file count, and not how they were packed.
    expect((await compare(shop, gbk(crlf(ALIPAY)), { account: alipay })).status).toBe(200);
  });

  test("that is empty, has two files, is damaged or grows beyond its list is refused", async () => {
    const shop = await openShop();
    const { alipay } = await accounts(shop);
    const two = await zip([rows, { ...rows, name: name("2_业务明细.csv") }]);
    const good = await zip([rows]);
    const bomb = good.slice();
    const view = new DataView(bomb.buffer);
    view.setUint32(view.getUint32(bomb.length - 22 + 16, true) + 24, 100, true);
    const garbled = good.slice();
    garbled.fill(0xff, 80, 140);
    const wrong: [Uint8Array, string][] = [
      [await zip([]), "not_a_statement"],
      [await zip([summary]), "not_one_file"],
      [two, "not_one_file"],
      [good.slice(0, good.length - 30), "not_one_file"],
      [bomb, "damaged"],
      [garbled, "damaged"],
    ];
    for (const [file, reason] of wrong) {
      const { status, json } = await compare(shop, file, { account: alipay });
      expect([status, json.code, json.reason]).toEqual([422, "statement_unfit", reason]);
    }
    expect((await shop.admin("/reconciliations")).json.data).toEqual([]);
  });
});

describe("what cannot be compared", () => {
  test("is another merchant's account, none, one without statements, no day, no file", async () => {
    const [shop, other] = [await openShop(), await openShop()];
    const { manual } = await accounts(shop);
    const file = epayFile([{ tradeNo: "a", orderId: "b", money: "1.00" }]);
    expect((await compare(shop, file, { account: other.accountId })).status).toBe(404);
    expect((await compare(shop, file, { account: "acct_none" })).status).toBe(404);
    const unsupported = await compare(shop, file, { account: manual });
    expect([unsupported.status, unsupported.json.code]).toEqual([422, "statement_unsupported"]);
    for (const day of ["2026-02-30", "today", "2026-1-1", ""]) {
      expect((await compare(shop, file, { day })).status).toBe(400);
    }
    const path = `/reconciliations?account=${shop.accountId}&day=${TODAY}`;
    expect((await shop.admin(path, { body: {} })).status).toBe(415);
    expect((await shop.admin(path, { method: "POST" })).status).toBe(415);
    const long = { "content-length": String(2 ** 30) };
    const large = await shop.admin(path, { body: "x", type: "text/csv", headers: long });
    expect([413, 400]).toContain(large.status);
  });

  test("is a second file while the first is read; one that broke off is forgotten", async () => {
    const shop = await openShop();
    const insert = `INSERT INTO statements (id, merchant_id, account_id, currency, day, format,
      started_at_ms, rows_done, progress_at_ms) VALUES (?, ?, ?, 'CNY', ?, 'epay', ?, 0, ?)`;
    const now = Date.now();
    const id = `stm_${"0".repeat(20)}`;
    await env.DB.prepare(insert).bind(id, shop.id, shop.accountId, TODAY, now, now).run();
    const file = epayFile([{ tradeNo: "a", orderId: "b", money: "1.00" }]);
    const refused = await compare(shop, file);
    expect([refused.status, refused.json.code]).toEqual([409, "statement_under_way"]);
    expect((await shop.admin(`/reconciliations/${id}`)).json.state).toBe("comparing");
    const silent = "UPDATE statements SET progress_at_ms = ? WHERE id = ?";
    await env.DB.prepare(silent)
      .bind(now - 200_000, id)
      .run();
    expect((await shop.admin(`/reconciliations/${id}`)).json.state).toBe("broken_off");
    expect((await compare(shop, file)).status).toBe(201);
    expect((await shop.admin(`/reconciliations/${id}`)).status).toBe(404);
  });

  test("a finding is no formula in a spreadsheet, whatever the file called it", async () => {
    const shop = await openShop();
    const line = { tradeNo: "=1+1", orderId: "@SUM(A1)", money: "1.00" };
    const { json } = await compare(shop, epayFile([line]));
    const { text } = await shop.admin(`/reconciliations/${json.id}/findings.csv`);
    expect(text).toContain(",'=1+1,,'@SUM(A1),");
    expect(text).not.toMatch(/,[=@+]/);
  });

  test("a finding that is not there, or of another comparison, cannot be settled", async () => {
    const shop = await openShop();
    const lone = epayFile([{ tradeNo: "a", orderId: "b", money: "1.00" }]);
    const first = (await compare(shop, lone)).json;
    const second = (await compare(shop, `${lone}\r\n`)).json;
    const [finding] = (await shop.admin(`/reconciliations/${first.id}/findings`)).json.data;
    const body = { how: "explain", note: "x" };
    for (const number of [finding.number, 0, -1, "x", "1e99", "9007199254740993"]) {
      const answer = await shop.admin(`/reconciliations/${second.id}/findings/${number}/repair`, {
        body,
      });
      expect([number, answer.status]).toEqual([number, 404]);
    }
  });
});
