import { describe, expect, test } from "vitest";
import vectors from "../data/vectors/payments.json";
import { gatewayKind } from "../../src/adapters/payments/registry.ts";
import type { GatewayWorld } from "../../src/adapters/payments/gateway.ts";
import type { RawNotice } from "../../src/flows/payments/payment-ports.ts";
import { alteredFields } from "../support/worker/altered-fields.ts";
import { baseOf, md5Hex, postNotice, type Fields } from "../support/worker/epay-merchant.ts";
import {
  FACTS,
  gatewayContract,
  questionOf,
  requestOf,
  type NoticeFacts,
  type TradeFacts,
} from "../support/worker/gateway-contract.ts";
import { jsonResponse, silentWorld, worldWith } from "../support/worker/gateway-world.ts";

const SECRET = "666";
const CREDENTIALS = { secret: SECRET, gateway_url: "https://coins.example.com/", coin: "TRX" };

function tokenpay(world: GatewayWorld = silentWorld()) {
  const kind = gatewayKind("tokenpay");
  if (kind === null) throw new Error("tokenpay is not registered");
  return kind.make(CREDENTIALS, "CNY", world);
}

function fieldsOf(facts: NoticeFacts, changes: Record<string, string> = {}): Fields {
  return Object.entries({
    ActualAmount: String(facts.money.amountMinor / 100),
    Amount: "34.91",
    BaseCurrency: "CNY",
    BlockChainName: "TRON",
    BlockTransactionId: "375859c36dc5f5d227b10912b5ec70d36dd34446028064956cb60cdbb74432f5",
    Currency: "TRX",
    CurrencyName: "TRX",
    FromAddress: "TYYjzt6AWhe9hAg9DrhiYXEWKDksyohgQa",
    Id: facts.tradeNo,
    OutOrderId: facts.orderRef,
    PayTime: "2022-09-15 16:08:39",
    Status: "1",
    ToAddress: "TLUF41C386CMU1Wc8pTSCE4QaiZ2xkhTCb",
    ...changes,
  });
}

function notice(fields: Fields): RawNotice {
  const members = fields.map(([name, value]) => {
    const isNumber = name === "Status" && /^\d+$/.test(value);
    return `${JSON.stringify(name)}:${isNumber ? value : JSON.stringify(value)}`;
  });
  return postNotice(`{${members.join(",")}}`, "application/json");
}

async function signed(fields: Fields, secret = SECRET): Promise<Fields> {
  return [...fields, ["Signature", await md5Hex(baseOf(fields) + secret)]];
}

function fieldsIn({ body }: RawNotice): Fields {
  const members = JSON.parse(new TextDecoder().decode(body)) as Record<string, unknown>;
  return Object.entries(members).map(([name, value]) => [name, String(value)]);
}

function answerCall(trade: TradeFacts) {
  return (request: Request): Response => {
    const orderId = trade.answersFor ?? trade.orderRef;
    if (new URL(request.url).pathname === "/CreateOrder") {
      const info = {
        Id: trade.tradeNo,
        OutOrderId: orderId,
        ActualAmount: "12.34",
        BaseCurrency: "CNY",
      };
      const data = `https://coins.example.com/Pay?Id=${trade.tradeNo}`;
      return jsonResponse({ success: true, message: "创建订单成功！", data, info });
    }
    if (trade.state === "unknown") return jsonResponse({ success: false, message: "订单不存在！" });
    const status = { paid: 1, pending: 0, closed: 2, refunded: 9 }[trade.state];
    const data = {
      id: trade.tradeNo,
      outOrderId: orderId,
      actualAmount: 12.34,
      status,
      payTime: "2026-11-25 12:00:00",
      passThroughInfo: null,
    };
    return jsonResponse({ success: true, message: "订单信息获取成功！", data });
  };
}

gatewayContract("TokenPay", () => ({
  make: tokenpay,
  paid: async (facts) => notice(await signed(fieldsOf(facts))),
  notPaid: async (facts) => notice(await signed(fieldsOf(facts, { Status: "2" }))),
  forged: async (facts) => notice(await signed(fieldsOf(facts), "667")),
  altered: (genuine) => alteredFields(fieldsIn(genuine)).map(notice),
  calls: {
    answer: answerCall,
    reference: FACTS.tradeNo,
    signsAnswers: false,
    namesOrderIn: ["open", "query"],
    states: ["paid", "pending", "closed", "unknown"],
    refundIdOf: null,
  },
}));

describe("TokenPay's published examples", () => {
  test.each(vectors.tokenpay_md5)("$origin", async ({ base, key, signature }) => {
    expect(await md5Hex(base + key)).toBe(signature);
  });

  test("the notice of its document is money: 15 CNY", async () => {
    const vector = vectors.tokenpay_md5[1];
    if (vector === undefined) throw new Error("no vector");
    const fields = vector.base.split("&").map((pair): [string, string] => {
      const [name = "", value = ""] = pair.split("=");
      return [name, value];
    });
    const reading = await tokenpay().read(notice([...fields, ["Signature", vector.signature]]));
    expect(reading).toEqual({
      kind: "paid",
      tradeNo: "63234df7-55bf-93fc-0010-67be493c0c27",
      orderRef: "E6COE6FGZMO5AXSK",
      money: { amountMinor: 1500, currency: "CNY" },
    });
  });
});

describe("TokenPay's notice", () => {
  const read = async (changes: Record<string, string>) =>
    tokenpay().read(notice(await signed(fieldsOf(FACTS, changes))));

  test("is read with fields that its document does not name, and signs them", async () => {
    expect((await read({ PayAmount: "34.91", IsDynamicAmount: "0" })).kind).toBe("paid");
  });

  test("in another currency than the account's grants nothing, and is shown", async () => {
    const about = { tradeNo: FACTS.tradeNo, orderRef: FACTS.orderRef };
    const reading = await read({ BaseCurrency: "USD" });
    expect(reading).toEqual({ kind: "invalid", check: "amount", about });
  });

  test("may say null for what it has not, which is not signed", async () => {
    const fields = await signed(fieldsOf(FACTS));
    const { body } = notice(fields);
    const text = new TextDecoder().decode(body).replace("{", '{"PassThroughInfo":null,');
    expect((await tokenpay().read(postNotice(text, "application/json"))).kind).toBe("paid");
  });
});

describe("TokenPay, asked", () => {
  test("signs the question with the rule of its document", async () => {
    const vector = vectors.tokenpay_md5[2];
    let asked = new URL("https://none.example/");
    const world = worldWith((request) => {
      asked = new URL(request.url);
      return jsonResponse({ success: false, message: "订单不存在！" });
    });
    const id = "66f9d5a8-d9c7-0224-004f-a16a1c068e08";
    await tokenpay(world).query(questionOf(FACTS, id));
    expect(asked.pathname).toBe("/Query");
    expect(asked.searchParams.get("Id")).toBe(id);
    expect(asked.searchParams.get("Signature")).toBe(vector?.signature);
  });

  test("to open, is told everything that it signs, the sum as a number", async () => {
    let body = "";
    const world = worldWith(async (request) => {
      body = await request.text();
      return jsonResponse({ success: false, message: "签名验证失败！" });
    });
    const opening = await tokenpay(world).open(requestOf(FACTS));
    expect(opening).toEqual({ kind: "refused", reason: "签名验证失败！" });
    expect(body).toContain('"ActualAmount":12.34,');
    const fields = fieldsIn(postNotice(body)).filter(([name]) => name !== "Signature");
    expect(JSON.parse(body)).toHaveProperty("Signature", await md5Hex(baseOf(fields) + SECRET));
  });
});
