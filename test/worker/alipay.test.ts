import { describe, expect, test } from "vitest";
import vectors from "../data/vectors/payments.json";
import { gatewayKind } from "../../src/adapters/payments/registry.ts";
import type { GatewayWorld } from "../../src/adapters/payments/gateway.ts";
import { alteredFields } from "../support/worker/altered-fields.ts";
import { baseOf, encoded, postNotice, type Fields } from "../support/worker/epay-merchant.ts";
import {
  FACTS,
  gatewayContract,
  questionOf,
  refundOf,
  requestOf,
  tradeFacts,
  type NoticeFacts,
  type TradeFacts,
} from "../support/worker/gateway-contract.ts";
import {
  jsonResponse,
  NOW_MS,
  silentWorld,
  textOf,
  worldWith,
} from "../support/worker/gateway-world.ts";
import { makeRsaKeys } from "../support/worker/rsa-keys.ts";

const [ours, theirs, stranger] = await Promise.all([makeRsaKeys(), makeRsaKeys(), makeRsaKeys()]);

const CREDENTIALS = {
  app_id: "2021001122334455",
  private_key: ours.privatePem,
  alipay_public_key: theirs.publicPem,
  seller_id: "2088531891668739",
  scene: "precreate",
};

function alipay(world: GatewayWorld = silentWorld(), changes: Record<string, unknown> = {}) {
  const kind = gatewayKind("alipay");
  if (kind === null) throw new Error("alipay is not registered");
  return kind.make({ ...CREDENTIALS, ...changes }, "CNY", world);
}

function decimalOf({ amountMinor }: NoticeFacts["money"]): string {
  return (amountMinor / 100).toFixed(2);
}

function fieldsOf(facts: NoticeFacts, changes: Record<string, string> = {}): Fields {
  return Object.entries({
    gmt_create: "2026-11-25 11:59:00",
    charset: "utf-8",
    subject: "入门密钥 500+ & 100%",
    buyer_id: "2088102534368455",
    notify_id: "2019081500222155624068450559358070",
    fund_bill_list: '[{"amount":"0.10","fundChannel":"ALIPAYACCOUNT"}]',
    notify_type: "trade_status_sync",
    trade_status: "TRADE_SUCCESS",
    app_id: CREDENTIALS.app_id,
    seller_id: CREDENTIALS.seller_id,
    version: "1.0",
    out_trade_no: facts.orderRef,
    total_amount: decimalOf(facts.money),
    trade_no: facts.tradeNo,
    body: "",
    ...changes,
  });
}

async function signed(fields: Fields, keys = theirs): Promise<Fields> {
  return [...fields, ["sign", await keys.sign(baseOf(fields))], ["sign_type", "RSA2"]];
}

const FORM = "application/x-www-form-urlencoded; charset=utf-8";
const notice = (fields: Fields) => postNotice(encoded(fields), FORM);

/** gateway.do: believes no request that our key has not signed over all but `sign`. */
function answerCall(trade: TradeFacts) {
  return async (request: Request): Promise<Response> => {
    const sent = [
      ...new URL(request.url).searchParams,
      ...new URLSearchParams(await textOf(request)),
    ];
    const fields = Object.fromEntries(sent);
    const base = baseOf(sent.filter(([name]) => name !== "sign"));
    const name = `${(fields["method"] ?? "").replaceAll(".", "_")}_response`;
    const genuine = await ours.verify(base, fields["sign"] ?? "");
    const content = JSON.parse(fields["biz_content"] ?? "{}") as Record<string, string>;
    const answer = genuine
      ? answerOf(trade, fields["method"] ?? "", content)
      : { code: "40002", msg: "Invalid Arguments", sub_code: "isv.invalid-signature" };
    // As it comes from there: slashes escaped, the signature beside what it signs.
    const raw = JSON.stringify(answer).replaceAll("/", "\\/");
    const sign = await (trade.forged ? stranger : theirs).sign(raw);
    return new Response(`{"${name}":${raw},"sign":"${sign}"}`);
  };
}

function answerOf(trade: TradeFacts, method: string, content: Record<string, string>): object {
  const done = { code: "10000", msg: "Success" };
  const refused = (subCode: string) => ({
    code: "40004",
    msg: "Business Failed",
    sub_code: subCode,
  });
  const named = { out_trade_no: trade.answersFor ?? trade.orderRef };
  if (method === "alipay.trade.precreate") {
    return { ...done, ...named, qr_code: "https://qr.alipay.com/bax00000" };
  }
  if (method === "alipay.trade.refund") {
    if (trade.refund === "refused") return refused("ACQ.SELLER_BALANCE_NOT_ENOUGH");
    const refund_fee = content["refund_amount"];
    return { ...done, ...named, trade_no: trade.tradeNo, refund_fee, fund_change: "Y" };
  }
  if (method === "alipay.trade.fastpay.refund.query") {
    const { out_request_no } = content;
    // What it does not know it answers without its number.
    if (out_request_no === "none") return done;
    return { ...done, ...named, out_request_no, ...REFUND_FOUND };
  }
  if (trade.state === "unknown") return refused("ACQ.TRADE_NOT_EXIST");
  const paidAt = ["paid", "refunded"].includes(trade.state)
    ? { send_pay_date: "2026-11-25 12:00:00" }
    : {};
  return {
    ...done,
    ...named,
    ...paidAt,
    trade_no: trade.tradeNo,
    total_amount: decimalOf(trade.money),
    trade_status: {
      paid: "TRADE_SUCCESS",
      pending: "WAIT_BUYER_PAY",
      closed: "TRADE_CLOSED",
      refunded: "TRADE_CLOSED",
    }[trade.state],
  };
}

const REFUND_FOUND = { refund_amount: "1.20", refund_status: "REFUND_SUCCESS" };
const PART_REFUNDED = {
  gmt_refund: "2026-11-25 12:10:00.123",
  refund_fee: "3.00",
  out_biz_no: "rfd_1",
};

gatewayContract("Alipay", () => ({
  make: alipay,
  paid: async (facts) => notice(await signed(fieldsOf(facts))),
  notPaid: async (facts) => notice(await signed(fieldsOf(facts, { trade_status: "TRADE_CLOSED" }))),
  refunded: async (facts) => notice(await signed(fieldsOf(facts, PART_REFUNDED))),
  forged: async (facts) => notice(await signed(fieldsOf(facts), stranger)),
  altered: ({ body }) =>
    alteredFields([...new URLSearchParams(new TextDecoder().decode(body))], ["sign_type"]).map(
      notice,
    ),
  calls: {
    answer: answerCall,
    signsAnswers: true,
    namesOrderIn: ["open", "query", "refund"],
    states: ["paid", "pending", "closed", "unknown", "refunded"],
    refundIdOf: async (request) => {
      const content = new URLSearchParams(await textOf(request)).get("biz_content");
      return (JSON.parse(content ?? "{}") as { out_request_no?: string }).out_request_no ?? null;
    },
  },
}));

describe("Alipay's notice", () => {
  test.each(vectors.alipay_rsa2)("is read as it was sent ($origin)", async (vector) => {
    const account = {
      app_id: vector.params.app_id,
      seller_id: vector.params.seller_id,
      alipay_public_key: vector.public_key_pem,
    };
    const reading = await alipay(silentWorld(), account).read(
      notice(Object.entries(vector.params)),
    );
    expect(reading).toEqual({
      kind: "paid",
      tradeNo: "2019081522001468450512505578",
      orderRef: "20190815155618536-564-57",
      money: { amountMinor: 10, currency: "CNY" },
    });
  });

  const read = async (changes: Record<string, string>) =>
    alipay().read(notice(await signed(fieldsOf(FACTS, changes))));
  const about = { tradeNo: FACTS.tradeNo, orderRef: FACTS.orderRef };

  test.each([
    ["another app", { app_id: "2021001122334456" }],
    ["another seller", { seller_id: "2088531891668740" }],
    ["no seller", { seller_id: "" }],
  ])("for %s is refused and shown", async (_, changes) => {
    expect(await read(changes)).toEqual({ kind: "invalid", check: "account", about });
  });

  test("of TRADE_FINISHED is money too", async () => {
    expect((await read({ trade_status: "TRADE_FINISHED" })).kind).toBe("paid");
  });

  test("of a refund of a part is a refund, though its status says success", async () => {
    expect(await read(PART_REFUNDED)).toEqual({
      kind: "refunded",
      ...about,
      refundNo: "rfd_1",
      money: { amountMinor: 300, currency: "CNY" },
      sumOfAll: true,
    });
  });

  test("that says that nothing was refunded is money", async () => {
    expect((await read({ refund_fee: "0.00" })).kind).toBe("paid");
  });

  test.each(["RSA", "MD5", "rsa2", "none"])("of sign_type %s is refused", async (type) => {
    const fields = await signed(fieldsOf(FACTS));
    const changed = fields.map(
      ([name, value]) => [name, name === "sign_type" ? type : value] as const,
    );
    expect(await alipay().read(notice(changed))).toEqual({ kind: "invalid", check: "signature" });
  });

  test("with its signature as a list, or twice, is malformed", async () => {
    const text = encoded(await signed(fieldsOf(FACTS)));
    for (const body of [text.replace("sign=", "sign%5B%5D="), `${text}&sign=x`]) {
      const reading = await alipay().read(postNotice(body, FORM));
      expect(reading).toEqual({ kind: "invalid", check: "malformed" });
    }
  });
});

describe("what is sent to Alipay", () => {
  async function redirectOf(device: "desktop" | "phone", scene: string): Promise<URL> {
    const request = requestOf(FACTS);
    const expiresAtMs = NOW_MS + 900_000;
    const buyer = { ...request.buyer, device };
    const opening = await alipay(silentWorld(), { scene }).open({ ...request, buyer, expiresAtMs });
    if (opening.kind !== "opened" || opening.action.action !== "redirect") throw new Error("no");
    return new URL(opening.action.url);
  }

  test.each([
    ["auto", "desktop", "alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"],
    ["auto", "phone", "alipay.trade.wap.pay", "QUICK_WAP_WAY"],
    ["page", "phone", "alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"],
    ["wap", "desktop", "alipay.trade.wap.pay", "QUICK_WAP_WAY"],
  ] as const)("by %s on a %s is %s", async (scene, device, method, product) => {
    const url = await redirectOf(device, scene);
    expect(url.origin + url.pathname).toBe("https://openapi.alipay.com/gateway.do");
    const fields = Object.fromEntries(url.searchParams);
    expect(fields).toMatchObject({ method, sign_type: "RSA2", timestamp: "2026-11-25 12:00:00" });
    expect(JSON.parse(fields["biz_content"] ?? "")).toMatchObject({
      out_trade_no: FACTS.orderRef,
      total_amount: "12.34",
      product_code: product,
      time_expire: "2026-11-25 12:15:00",
    });
    const base = baseOf([...url.searchParams].filter(([name]) => name !== "sign"));
    expect(await ours.verify(base, fields["sign"] ?? "")).toBe(true);
  });

  test("asks for no other currency than CNY", async () => {
    const money = { amountMinor: 100, currency: "USD" } as const;
    const opening = await alipay().open({ ...requestOf(FACTS), money });
    expect(opening.kind).toBe("refused");
  });
});

describe("Alipay, asked", () => {
  const answering = (raw: string, sign?: string) =>
    worldWith(async () => {
      const signature = sign ?? (await theirs.sign(raw));
      return new Response(`{"alipay_trade_query_response":${raw},"sign":"${signature}"}`);
    });
  const paid = `{"code":"10000","out_trade_no":"${FACTS.orderRef}","trade_no":"T","trade_status":"TRADE_SUCCESS","total_amount":"12.34"}`;

  test("is believed over the text that it signed, spaces and all", async () => {
    const spaced = paid.replaceAll(",", " ,\n ");
    expect((await alipay(answering(spaced)).query(questionOf(FACTS))).kind).toBe("paid");
  });

  test("is not believed where a second answer stands beside the signed one", async () => {
    const world = worldWith(async () => {
      const sign = await theirs.sign(paid);
      const member = `"alipay_trade_query_response":`;
      const other = paid.replace("12.34", "99.99");
      return new Response(`{${member}${other},${member}${paid},"sign":"${sign}"}`);
    });
    expect((await alipay(world).query(questionOf(FACTS))).kind).toBe("unavailable");
  });

  test("is not believed without a signature", async () => {
    for (const body of [
      `{"alipay_trade_query_response":${paid}}`,
      `{"alipay_trade_query_response":${paid},"sign":null}`,
    ]) {
      const status = await alipay(worldWith(() => new Response(body))).query(questionOf(FACTS));
      expect(status).toMatchObject({ kind: "unavailable", reason: "signature" });
    }
  });

  test("and at fault itself may have done it: it is to be asked again", async () => {
    const raw =
      '{"code":"20000","msg":"Service Currently Unavailable","sub_code":"isp.unknow-error"}';
    const world = worldWith(
      async () =>
        new Response(`{"alipay_trade_refund_response":${raw},"sign":"${await theirs.sign(raw)}"}`),
    );
    expect((await alipay(world).refund(refundOf(FACTS))).kind).toBe("unavailable");
    const busy = '{"code":"40004","sub_code":"ACQ.SYSTEM_ERROR"}';
    const again = worldWith(
      async () =>
        new Response(
          `{"alipay_trade_refund_response":${busy},"sign":"${await theirs.sign(busy)}"}`,
        ),
    );
    expect((await alipay(again).refund(refundOf(FACTS))).kind).toBe("unavailable");
  });

  test("too often is to be asked again, and is nobody's wrong key", async () => {
    const raw = '{"code":"40005","msg":"Call Limited","sub_code":"isv.app-call-limited"}';
    const status = await alipay(answering(raw)).query(questionOf(FACTS));
    expect(status).toMatchObject({ kind: "unavailable", reason: "status" });
  });

  test("with a key that it does not know is a matter of credentials", async () => {
    const raw = '{"code":"40002","msg":"Invalid Arguments","sub_code":"isv.invalid-signature"}';
    const status = await alipay(answering(raw)).query(questionOf(FACTS));
    expect(status).toMatchObject({ kind: "unavailable", reason: "credentials" });
  });

  test("answers an error without the name of what was asked, which counts all the same", async () => {
    const world = worldWith(() =>
      jsonResponse({ error_response: { code: "40001", sub_code: "isv.missing-app-id" } }),
    );
    expect((await alipay(world).query(questionOf(FACTS))).kind).toBe("unavailable");
  });

  test("refunds a part under our number", async () => {
    let content: unknown;
    const world = worldWith(async (request) => {
      content = JSON.parse(
        new URLSearchParams(await textOf(request.clone())).get("biz_content") ?? "",
      );
      return answerCall(tradeFacts(FACTS))(request);
    });
    const money = { amountMinor: 34, currency: "CNY" } as const;
    const { refundId } = refundOf(FACTS);
    expect(await alipay(world).refund(refundOf(FACTS, { money }))).toEqual({
      kind: "done",
      refundNo: refundId,
    });
    expect(content).toMatchObject({ refund_amount: "0.34", out_request_no: refundId });
  });
});

describe("Alipay's word that a refund was understood", () => {
  /** What it answers to the refund, and then to the question whether there is one. */
  const refunding = (change: object, found: object, money = refundOf(FACTS).money) => {
    const asked: string[] = [];
    const world = worldWith(async (request) => {
      const method = new URL(request.url).searchParams.get("method") ?? "";
      asked.push(method);
      const named = { code: "10000", out_trade_no: FACTS.orderRef };
      const about = method === "alipay.trade.refund" ? change : found;
      const raw = JSON.stringify({ ...named, trade_no: FACTS.tradeNo, ...about });
      const name = `${method.replaceAll(".", "_")}_response`;
      return new Response(`{"${name}":${raw},"sign":"${await theirs.sign(raw)}"}`);
    });
    return { asked, outcome: alipay(world).refund(refundOf(FACTS, { money })) };
  };
  const { refundId } = refundOf(FACTS);
  const made = {
    out_request_no: refundId,
    refund_amount: "12.34",
    refund_status: "REFUND_SUCCESS",
  };

  test("is the refund where money moved, and asks nothing more", async () => {
    const { asked, outcome } = refunding({ fund_change: "Y" }, {});
    expect(await outcome).toEqual({ kind: "done", refundNo: refundId });
    expect(asked).toEqual(["alipay.trade.refund"]);
  });

  test.each([
    ["none moved", { fund_change: "N" }],
    ["it does not say", {}],
  ])("is believed once the refund is found, where %s", async (_, change) => {
    expect(await refunding(change, made).outcome).toEqual({ kind: "done", refundNo: refundId });
    expect(await refunding(change, {}).outcome).toEqual({ kind: "pending", refundNo: refundId });
    const other = { ...made, refund_amount: "0.34" };
    expect(await refunding(change, other).outcome).toMatchObject({ reason: "other_order" });
  });
});

describe("Alipay, asked for a refund by its number", () => {
  const question = { tradeNo: FACTS.tradeNo, orderRef: FACTS.orderRef, refundNo: "desk_1" };
  const ask = (changes: Partial<TradeFacts> = {}, asked: Partial<typeof question> = {}) =>
    alipay(worldWith(answerCall({ ...tradeFacts(FACTS), ...changes }))).refundsOf?.({
      ...question,
      ...asked,
    });

  test("tells what went back with it alone", async () => {
    expect(await ask()).toEqual({
      kind: "refunds",
      refunds: [
        { refundNo: "desk_1", refundId: null, money: { amountMinor: 120, currency: "CNY" } },
      ],
    });
  });

  test("does not tell of one that it does not know, and is not asked without a number", async () => {
    expect(await ask({}, { refundNo: "none" })).toEqual({ kind: "refunds", refunds: [] });
    const without = alipay(silentWorld()).refundsOf?.({ ...question, refundNo: null });
    expect(await without).toEqual({ kind: "refunds", refunds: [] });
  });

  test("is not believed in another's words, or for another order", async () => {
    expect(await ask({ forged: true })).toMatchObject({ reason: "signature" });
    expect(await ask({ answersFor: "ord_other" })).toMatchObject({ reason: "other_order" });
  });
});
