import { describe, expect, test } from "vitest";
import vectors from "../data/vectors/payments.json";
import { gatewayKind } from "../../src/adapters/payments/registry.ts";
import type { GatewayWorld } from "../../src/adapters/payments/gateway.ts";
import type { PaymentGateway, RawNotice } from "../../src/flows/payments/payment-ports.ts";
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
import { jsonResponse, NOW_MS, silentWorld, worldWith } from "../support/worker/gateway-world.ts";

const TOKEN = "epusdt_password_xasddawqe";
const CREDENTIALS = { api_token: TOKEN, gateway_url: "https://usdt.example.com/" };
const NUMBERS: ReadonlySet<string> = new Set(["amount", "actual_amount", "status"]);

function make(name: string, world: GatewayWorld = silentWorld(), currency = "CNY" as const) {
  const kind = gatewayKind(name);
  if (kind === null) throw new Error(`${name} is not registered`);
  return kind.make(CREDENTIALS, currency, world);
}

function fieldsOf(facts: NoticeFacts, changes: Record<string, string> = {}): Fields {
  return Object.entries({
    trade_id: facts.tradeNo,
    order_id: facts.orderRef,
    amount: String(facts.money.amountMinor / 100),
    actual_amount: "1.73",
    token: "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
    block_transaction_id: "12ef6267b42e43959795cf31808d0cc72b3d0a48953ed19c61d4b6665a341d10",
    status: "2",
    ...changes,
  });
}

/** Numbers as they are given; what is not text there would not be text here. */
function notice(fields: Fields): RawNotice {
  const members = fields.map(([name, value]) => {
    const isNumber = NUMBERS.has(name) && /^(0|[1-9]\d*)(\.\d+)?(e\d+)?$/.test(value);
    return `${JSON.stringify(name)}: ${isNumber ? value : JSON.stringify(value)}`;
  });
  return postNotice(`{ ${members.join(", ")} }`, "application/json");
}

async function signed(fields: Fields, token = TOKEN): Promise<Fields> {
  return [...fields, ["signature", await md5Hex(baseOf(fields) + token)]];
}

function fieldsIn({ body }: RawNotice): Fields {
  const members = JSON.parse(new TextDecoder().decode(body)) as Record<string, unknown>;
  return Object.entries(members).map(([name, value]) => [name, String(value)]);
}

/** The cashier's two answers, in the forms of either program. */
function answerCall(name: string, trade: TradeFacts) {
  return async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    if (pathname === "/api/v1/order/create-transaction") {
      const data = {
        trade_id: trade.tradeNo,
        order_id: trade.answersFor ?? trade.orderRef,
        amount: name === "bepusdt" ? "12.34" : 12.34,
        actual_amount: "1.73",
        token: "TR7N",
        expiration_time: 1200,
        payment_url: `https://usdt.example.com/pay/checkout-counter/${trade.tradeNo}`,
      };
      return jsonResponse({ status_code: 200, message: "success", data, request_id: "" });
    }
    if (trade.state === "unknown") {
      // BEpusdt's own code says 400 to whatever it cannot do, by a 200.
      const code = name === "bepusdt" ? 400 : 10008;
      return jsonResponse({ status_code: code, message: "订单不存在" });
    }
    const state = { paid: 2, pending: 1, closed: 3, refunded: 9 }[trade.state];
    const told = { trade_id: trade.answersFor ?? trade.tradeNo, status: state };
    return jsonResponse(
      name === "bepusdt" ? told : { status_code: 200, message: "success", data: told },
    );
  };
}

for (const name of ["bepusdt", "epusdt"]) {
  gatewayContract(name, () => ({
    make: (world) => make(name, world),
    paid: async (facts) => notice(await signed(fieldsOf(facts))),
    notPaid: async (facts) => notice(await signed(fieldsOf(facts, { status: "3" }))),
    forged: async (facts) => notice(await signed(fieldsOf(facts), "another-token")),
    altered: (genuine) => alteredFields(fieldsIn(genuine)).map(notice),
    calls: {
      answer: (trade) => answerCall(name, trade),
      reference: FACTS.tradeNo,
      signsAnswers: false,
      namesOrderIn: ["open", "query"],
      states: ["paid", "pending", "closed", "unknown"],
      refundIdOf: null,
    },
  }));
}

describe("BEpusdt's notice", () => {
  const read = async (changes: Record<string, string>) =>
    make("bepusdt").read(notice(await signed(fieldsOf(FACTS, changes))));

  test.each(["100", "100.0", "100.00", "1e2"])(
    "signs the number as it came: %s",
    async (amount) => {
      const reading = await read({ amount });
      const expected = amount === "1e2" ? "invalid" : "paid";
      expect(reading.kind).toBe(expected);
    },
  );

  test.each(["1", "3", "4", "", "02", "2.0"])("of status %j is no money", async (status) => {
    expect((await read({ status })).kind).toBe("not_paid");
  });

  test("of a price in another currency grants nothing, and is shown", async () => {
    const about = { tradeNo: FACTS.tradeNo, orderRef: FACTS.orderRef };
    expect(await read({ fiat: "USD" })).toEqual({ kind: "invalid", check: "amount", about });
    expect((await read({ fiat: "CNY" })).kind).toBe("paid");
  });

  test.each([
    ["a name twice", (text: string) => text.replace("{", '{ "amount": 1, ')],
    ["a nested value", (text: string) => text.replace("{", '{ "x": {}, ')],
    [
      "a list for a signature",
      (text: string) => text.replace(/"signature": ("\w+")/, '"signature": [$1]'),
    ],
    ["something after the end", (text: string) => `${text} {}`],
    ["half of it", (text: string) => text.slice(0, -10)],
    ["bytes before it", (text: string) => `\ufeff${text}`],
  ])("with %s is malformed", async (_, alter) => {
    const { body } = notice(await signed(fieldsOf(FACTS)));
    const text = alter(new TextDecoder().decode(body));
    expect(await make("bepusdt").read(postNotice(text, "application/json"))).toEqual({
      kind: "invalid",
      check: "malformed",
    });
  });

  test("is answered in the words of the program that sent it", () => {
    expect(make("bepusdt").answers.accepted.body).toBe("success");
    expect(make("epusdt").answers.accepted.body).toBe("ok");
  });
});

describe("what is sent to BEpusdt", () => {
  async function sentBy(name: string, amountMinor: number, expiresAtMs: number | null = null) {
    let body = "";
    const world = worldWith(async (request) => {
      body = await request.text();
      return jsonResponse({ status_code: 400, message: "no" });
    });
    const money = { amountMinor, currency: "CNY" as const };
    await make(name, world).open({ ...requestOf(FACTS), money, expiresAtMs });
    return body;
  }

  test.each(vectors.bepusdt_md5)("is signed as its document shows ($origin)", async (vector) => {
    expect(await md5Hex(vector.base + vector.token)).toBe(vector.signature);
  });

  test.each([
    [4200, '"amount":42,'],
    [1230, '"amount":12.3,'],
    [1234, '"amount":12.34,'],
    [1, '"amount":0.01,'],
  ])("writes %i fen as it is signed", async (amountMinor, written) => {
    const body = await sentBy("bepusdt", amountMinor);
    expect(body).toContain(written);
    const fields = fieldsIn(postNotice(body)).filter(([name]) => name !== "signature");
    expect(JSON.parse(body)).toHaveProperty("signature", await md5Hex(baseOf(fields) + TOKEN));
  });

  test("has the coin and the hold's time for BEpusdt, and neither for epusdt", async () => {
    const sent = JSON.parse(await sentBy("bepusdt", 100, NOW_MS + 900_000)) as object;
    expect(sent).toMatchObject({ trade_type: "usdt.trc20", timeout: 900 });
    const short = JSON.parse(await sentBy("bepusdt", 100, NOW_MS + 5_000)) as object;
    expect(short).toMatchObject({ timeout: 120 });
    const plain = JSON.parse(await sentBy("epusdt", 100, NOW_MS + 900_000)) as object;
    expect(Object.keys(plain).toSorted()).toEqual(
      ["amount", "notify_url", "order_id", "redirect_url", "signature"].toSorted(),
    );
  });

  test.each([
    ["another sum", { amount: "12.35" }],
    ["no sum", { amount: "twelve" }],
  ])("and answered with %s is not believed", async (_, changes) => {
    const data = {
      trade_id: "T",
      order_id: FACTS.orderRef,
      amount: "12.34",
      payment_url: "https://x.example/",
    };
    const world = worldWith(() =>
      jsonResponse({ status_code: 200, data: { ...data, ...changes } }),
    );
    const opening = await make("bepusdt", world).open(requestOf(FACTS));
    expect(opening).toMatchObject({ kind: "unavailable", reason: "other_order" });
  });

  test("and refused says why, with the gateway's code", async () => {
    const world = worldWith(() =>
      jsonResponse({ status_code: 10005, message: "无可用金额通道" }, 400),
    );
    expect(await make("bepusdt", world).open(requestOf(FACTS))).toEqual({
      kind: "refused",
      reason: "10005 无可用金额通道",
    });
  });
});

describe("the address of the cashier's page", () => {
  const opening = (payment_url: string) => {
    const data = { trade_id: "T", order_id: FACTS.orderRef, amount: "12.34", payment_url };
    const world = worldWith(() => jsonResponse({ status_code: 200, data }));
    return make("bepusdt", world).open(requestOf(FACTS));
  };

  test("is https where the cashier takes itself for http, behind its proxy", async () => {
    const url = "https://usdt.example.com/pay/checkout-counter/T?x=1";
    const action = { action: "redirect", url };
    expect(await opening(url)).toMatchObject({ action });
    expect(await opening(url.replace("https:", "http:"))).toMatchObject({ action });
    const port = "http://usdt.example.com:8080/pay/checkout-counter/T?x=1";
    expect(await opening(port)).toMatchObject({ action });
  });

  test("of another host stays what it is: no buyer is sent to http", async () => {
    const other = await opening("http://other.example.com/pay/checkout-counter/T");
    expect(other).toMatchObject({ kind: "unavailable", reason: "not_understood" });
  });
});

test("an epusdt that has moved its address is found there, and BEpusdt is asked once", async () => {
  const asked: string[] = [];
  const world = worldWith(async (request) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    if (pathname.startsWith("/api/v1/")) return jsonResponse({ message: "Not Found" }, 404);
    const data = {
      trade_id: "T",
      order_id: FACTS.orderRef,
      amount: 12.34,
      currency: "CNY",
      payment_url: "https://usdt.example.com/pay/checkout-counter/T",
    };
    return jsonResponse({ status_code: 200, data });
  });
  expect((await make("epusdt", world).open(requestOf(FACTS))).kind).toBe("opened");
  const paths = ["/api/v1", "/payments/epusdt/v1"];
  expect(asked).toEqual(paths.map((path) => `${path}/order/create-transaction`));
  expect((await make("bepusdt", world).open(requestOf(FACTS))).kind).toBe("unavailable");
  expect(asked).toHaveLength(3);
});

test("a trade that was never opened is unknown, and nobody is asked", async () => {
  const gateway: PaymentGateway = make("bepusdt");
  expect(await gateway.query(questionOf(FACTS))).toEqual({ kind: "unknown" });
});
