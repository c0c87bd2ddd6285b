import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import vectors from "../data/vectors/payments.json";
import { EPAY_RULE, md5Signature } from "../../src/adapters/payments/signatures/md5-signature.ts";
import { gatewayKind } from "../../src/adapters/payments/registry.ts";
import { signatureBase } from "../../src/adapters/payments/signatures/signature-base.ts";
import type { GatewayWorld } from "../../src/adapters/payments/gateway.ts";
import type { PaymentGateway } from "../../src/flows/payments/payment-ports.ts";
import { md5Of } from "../../src/development/sandbox/cashier/joined.ts";
import {
  encoded,
  getNotice,
  postNotice,
  signed,
  type Fields,
} from "../support/worker/epay-merchant.ts";
import {
  gatewayContract,
  questionOf,
  refundOf,
  requestOf,
  tradeFacts,
  type NoticeFacts,
  type TradeFacts,
} from "../support/worker/gateway-contract.ts";
import { jsonResponse, silentWorld, worldWith } from "../support/worker/gateway-world.ts";

const KEY = "89unJUB8HZ54Hj7x4nUj56HN4nUzUJ8i";
const CREDENTIALS = { pid: "1001", key: KEY, gateway_url: "https://pay.example.com/" };

function epay(
  credentials: Record<string, unknown> = CREDENTIALS,
  world: GatewayWorld = silentWorld(),
): PaymentGateway {
  const kind = gatewayKind("epay");
  if (kind === null) throw new Error("epay is not registered");
  return kind.make(credentials, "CNY", world);
}

function decimalOf({ amountMinor }: NoticeFacts["money"]): string {
  return `${Math.floor(amountMinor / 100)}.${String(amountMinor % 100).padStart(2, "0")}`;
}

function fieldsOf(facts: NoticeFacts, changes: Record<string, string> = {}): Fields {
  const fields = {
    pid: "1001",
    trade_no: facts.tradeNo,
    out_trade_no: facts.orderRef,
    type: "alipay",
    name: "VIP会员 + 1 & 100%",
    money: decimalOf(facts.money),
    trade_status: "TRADE_SUCCESS",
    param: "",
    ...changes,
  };
  return Object.entries(fields);
}

const FACTS: NoticeFacts = {
  orderRef: "ord_000001abcdefghjkmnpqrstvwxyz",
  tradeNo: "T-1",
  money: { amountMinor: 1000, currency: "CNY" },
};

async function genuine(changes: Record<string, string> = {}, key = KEY): Promise<Fields> {
  return signed(fieldsOf(FACTS, changes), key);
}

const BY_API = { ...CREDENTIALS, open_by: "api" };

/** mapi.php and api.php, as their document has them. */
async function answerCall(trade: TradeFacts, request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname === "/mapi.php") {
    return jsonResponse({ code: 1, trade_no: trade.tradeNo, payurl: "https://pay.example.com/x" });
  }
  if (searchParams.get("act") === "refund") {
    return trade.refund === "done"
      ? jsonResponse({ code: 1, msg: "退款成功" })
      : jsonResponse({ code: -1, msg: "商户余额不足" });
  }
  if (trade.state === "unknown") return jsonResponse({ code: -1, msg: "订单号不存在" });
  return jsonResponse({
    code: 1,
    pid: 1001,
    trade_no: trade.tradeNo,
    out_trade_no: trade.answersFor ?? trade.orderRef,
    money: decimalOf(trade.money),
    status: { paid: 1, pending: 0, refunded: "2", closed: 0 }[trade.state],
    endtime: "2026-11-25 12:00:00",
  });
}

const read = (query: string) => epay().read(getNotice(query));

for (const transport of ["GET", "POST"] as const) {
  const carry = (fields: Fields) =>
    transport === "GET" ? getNotice(encoded(fields)) : postNotice(encoded(fields));
  gatewayContract(`epay by ${transport}`, () => ({
    make: (world) => epay(transport === "GET" ? CREDENTIALS : BY_API, world),
    paid: async (facts) => carry(await signed(fieldsOf(facts), KEY)),
    notPaid: async (facts) =>
      carry(await signed(fieldsOf(facts, { trade_status: "WAIT_BUYER_PAY" }), KEY)),
    forged: async (facts) => carry(await signed(fieldsOf(facts), "another-key")),
    altered(notice) {
      const text = transport === "GET" ? notice.query : new TextDecoder().decode(notice.body);
      const pairs = [...new URLSearchParams(text)];
      const change = (i: number, by: (value: string) => string) =>
        pairs.map(([name, value], at): [string, string] => [name, at === i ? by(value) : value]);
      return (
        pairs
          .flatMap(([name], i) => [
            change(i, (v) => `${v}1`),
            name === "param" ? null : change(i, () => ""),
          ])
          .filter((fields) => fields !== null)
          // Whether sign_type is sent is not the gateway's word on anything: only another one is.
          .filter((fields) => fields.find(([name]) => name === "sign_type")?.[1] !== "")
          .map(carry)
      );
    },
    calls: {
      answer: (trade) => (request) => answerCall(trade, request),
      signsAnswers: false,
      namesOrderIn: ["query", "refund"],
      states: ["paid", "pending", "unknown", "refunded"],
      refundIdOf: null,
    },
  }));
}

const simulatorSign = (fields: Readonly<Record<string, string>>, key: string) =>
  md5Of(fields, ["sign", "sign_type"], key);

describe("epay's signature", () => {
  test.each(vectors.epay_md5)("agrees with the shared vector ($origin)", async (vector) => {
    const parameters = new Map(
      vector.base.split("&").map((pair): [string, string] => {
        const [name = "", value = ""] = pair.split("=");
        return [name, value];
      }),
    );
    expect(signatureBase(parameters, EPAY_RULE.dropped)).toBe(vector.base);
    expect(await md5Signature(parameters, vector.key, EPAY_RULE)).toBe(vector.sign);
  });

  test("sorts by byte and not by locale, and leaves out what is empty and itself", () => {
    const parameters = new Map([
      ["b", "2"],
      ["a_b", "1"],
      ["aB", "1"],
      ["Z", "0"],
      ["é", "9"],
      ["empty", ""],
      ["sign", "x"],
      ["sign_type", "MD5"],
      ["zero", "0"],
      ["\u{1F600}", "last"],
      ["\uFF5E", "before it"],
    ]);
    expect(signatureBase(parameters, EPAY_RULE.dropped)).toBe(
      "Z=0&aB=1&a_b=1&b=2&zero=0&é=9&\uFF5E=before it&\u{1F600}=last",
    );
  });

  test("is what the simulator's own implementation makes of any fields", async () => {
    const fields = fc.dictionary(
      fc.string({ minLength: 1, unit: "binary" }),
      fc.string({ unit: "binary" }),
      {
        noNullPrototype: true,
      },
    );
    await fc.assert(
      fc.asyncProperty(fields, fc.string(), async (record, key) => {
        const parameters = new Map(Object.entries(record));
        expect(await md5Signature(parameters, key, EPAY_RULE)).toBe(
          await simulatorSign(record, key),
        );
      }),
      { numRuns: 200 },
    );
  });
});

describe("a notice to epay", () => {
  test("is taken with an upper-case or absent sign_type, which nobody signs", async () => {
    const fields = (await genuine()).filter(([name]) => name !== "sign_type");
    expect((await read(encoded(fields))).kind).toBe("paid");
    expect((await read(`${encoded(fields)}&sign_type=md5`)).kind).toBe("paid");
  });

  test.each([
    ["no signature", (fields: Fields) => encoded(fields.filter(([name]) => name !== "sign"))],
    ["an empty signature", (fields: Fields) => replaced(fields, "sign", "")],
    [
      "a signature in upper case",
      (fields: Fields) => replaced(fields, "sign", (v) => v.toUpperCase()),
    ],
    ["a signature cut short", (fields: Fields) => replaced(fields, "sign", (v) => v.slice(1))],
    ["the word true for a signature", (fields: Fields) => replaced(fields, "sign", "true")],
    ["a zero for a signature", (fields: Fields) => replaced(fields, "sign", "0")],
    ["sign_type RSA", (fields: Fields) => replaced(fields, "sign_type", "RSA")],
    ["sign_type none", (fields: Fields) => replaced(fields, "sign_type", "none")],
  ])("with %s is refused for its signature", async (_, make) => {
    const reading = await read(make(await genuine()));
    expect(reading).toEqual({ kind: "invalid", check: "signature" });
  });

  test.each([
    ["sign[]", (query: string) => query.replace("sign=", "sign[]=")],
    ["sign[] beside sign", (query: string) => `${query}&sign[]=x`],
    ["sign[0], encoded", (query: string) => query.replace("sign=", "sign%5B0%5D=")],
    ["money twice", (query: string) => `${query}&money=0.01`],
    ["money twice, once encoded", (query: string) => `${query}&%6Doney=10.00`],
    ["sign twice", (query: string) => `${query}&sign=${"0".repeat(32)}`],
    ["a stray percent sign", (query: string) => `${query}&x=%`],
    ["bytes that are not UTF-8", (query: string) => `${query}&x=%B3%C9`],
    ["half a surrogate", (query: string) => `${query}&x=%ED%A0%80`],
    ["hundreds of parameters", (query: string) => query + manyParameters()],
  ])("with %s is malformed", async (_, make) => {
    const query = encoded(await genuine());
    expect(await read(make(query))).toEqual({ kind: "invalid", check: "malformed" });
  });

  test("whose parameters stand in query and form at once is malformed", async () => {
    const text = encoded(await genuine());
    const both = { ...postNotice(text), query: "money=10.00" };
    expect(await epay().read(both)).toEqual({ kind: "invalid", check: "malformed" });
  });

  test("by POST may carry its parameters in the query", async () => {
    const notice = { ...postNotice(""), query: encoded(await genuine()), contentType: null };
    expect((await epay().read(notice)).kind).toBe("paid");
  });

  test.each([
    ["application/json", "malformed"],
    ["multipart/form-data; boundary=x", "malformed"],
    ["application/x-www-form-urlencoded; charset=gbk", "malformed"],
  ] as const)("by POST as %s is %s", async (contentType, check) => {
    const notice = postNotice(encoded(await genuine()), contentType);
    expect(await epay().read(notice)).toEqual({ kind: "invalid", check });
  });

  test("by POST is read with any way of writing the form's type", async () => {
    const body = encoded(await genuine());
    for (const type of [
      "application/x-www-form-urlencoded; charset=UTF-8",
      "Application/X-WWW-Form-Urlencoded",
    ]) {
      expect((await epay().read(postNotice(body, type))).kind).toBe("paid");
    }
  });

  test.each([
    ["of another pid", { pid: "1002" }, "account"],
    ["without a pid", { pid: "" }, "account"],
    ["with a sum of three digits after the point", { money: "10.005" }, "amount"],
    ["with a negative sum", { money: "-10.00" }, "amount"],
    ["with a sum in exponents", { money: "1e3" }, "amount"],
    ["with a sum in words", { money: "NaN" }, "amount"],
    ["without a sum", { money: "" }, "amount"],
    ["with a sum and a space", { money: " 10.00" }, "amount"],
  ] as const)(
    "%s, signed rightly, is refused and still says what it is about",
    async (_, changes, check) => {
      const reading = await read(encoded(await genuine(changes)));
      const about = { tradeNo: "T-1", orderRef: FACTS.orderRef };
      expect(reading).toEqual({ kind: "invalid", check, about });
    },
  );

  test.each([
    ["no trade number", { trade_no: "" }],
    ["no order", { out_trade_no: "" }],
    ["an endless order", { out_trade_no: "x".repeat(200) }],
    ["control characters in the trade number", { trade_no: "a\nb" }],
  ] as const)("with %s is malformed, and genuine all the same", async (_, changes) => {
    const reading = await read(encoded(await genuine(changes)));
    const about = { tradeNo: "", orderRef: "" };
    expect(reading).toEqual({ kind: "invalid", check: "malformed", about });
  });

  test.each([
    ["10", 1000],
    ["10.0", 1000],
    ["10.00", 1000],
    ["10.000", 1000],
    ["9.99", 999],
    ["0.01", 1],
    ["0", 0],
  ])("signs the sum as it came: %s is %i fen", async (money, amountMinor) => {
    const reading = await read(encoded(await genuine({ money })));
    expect(reading).toMatchObject({ kind: "paid", money: { amountMinor, currency: "CNY" } });
  });

  test.each(["TRADE_FINISHED", "WAIT_BUYER_PAY", "TRADE_CLOSED", "trade_success", ""])(
    "with the status %j is not paid",
    async (status) => {
      const reading = await read(encoded(await genuine({ trade_status: status })));
      expect(reading).toMatchObject({ kind: "not_paid", status });
    },
  );

  test("of any bytes at all is a reading and never an exception, and never money", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.uint8Array({ maxLength: 300 }), async (query, body) => {
        const gets = await epay().read(getNotice(query));
        const posts = await epay().read(postNotice(body));
        expect([gets.kind, posts.kind]).toEqual(["invalid", "invalid"]);
      }),
      { numRuns: 200 },
    );
  });
});

describe("what is sent to epay", () => {
  const request = requestOf(FACTS);

  async function redirectOf(gateway: PaymentGateway, title = request.title): Promise<URL> {
    const opening = await gateway.open({ ...request, title });
    if (opening.kind !== "opened" || opening.action.action !== "redirect") {
      throw new Error("not a redirect");
    }
    return new URL(opening.action.url);
  }

  test("is a redirect to submit.php, signed over what it says", async () => {
    const url = await redirectOf(epay());
    expect(url.origin + url.pathname).toBe("https://pay.example.com/submit.php");
    const fields = Object.fromEntries(url.searchParams);
    expect(fields).toMatchObject({
      pid: "1001",
      type: "alipay",
      out_trade_no: FACTS.orderRef,
      notify_url: request.notifyUrl,
      return_url: request.returnUrl,
      name: request.title,
      money: "10.00",
      sign_type: "MD5",
    });
    expect(fields["sign"]).toBe(await simulatorSign(fields, KEY));
    expect(url.href).not.toContain(KEY);
  });

  test("names the product in at most 127 bytes of whole characters", async () => {
    const url = await redirectOf(epay(), "卡".repeat(100));
    expect(url.searchParams.get("name")).toBe("卡".repeat(42));
  });

  test("goes by the channel of the account", async () => {
    const url = await redirectOf(epay({ ...CREDENTIALS, channel: "wxpay" }));
    expect(url.searchParams.get("type")).toBe("wxpay");
  });
});

describe("epay, asked", () => {
  const world = (changes: Partial<TradeFacts> = {}) =>
    worldWith((request) => answerCall(tradeFacts(FACTS, changes), request));

  test("is told its own pid and key, and answers the time in Beijing's clock", async () => {
    let asked = "";
    const gateway = epay(
      CREDENTIALS,
      worldWith((request) => {
        asked = request.url;
        return answerCall(tradeFacts(FACTS), request);
      }),
    );
    expect(await gateway.query(questionOf(FACTS))).toEqual({
      kind: "paid",
      tradeNo: "T-1",
      money: FACTS.money,
      paidAtMs: Date.parse("2026-11-25T04:00:00Z"),
    });
    const query = { act: "order", pid: "1001", key: KEY, out_trade_no: FACTS.orderRef };
    expect(asked).toBe(`https://pay.example.com/api.php?${new URLSearchParams(query)}`);
  });

  test("with a key that it does not know is a matter of credentials and not of the order", async () => {
    const answer = () => jsonResponse({ code: -3, msg: "商户密钥错误" });
    const status = await epay(CREDENTIALS, worldWith(answer)).query(questionOf(FACTS));
    expect(status).toMatchObject({ kind: "unavailable", reason: "credentials" });
  });

  test("about a sum that is no sum is not understood", async () => {
    const fields = { code: 1, trade_no: "T-1", out_trade_no: FACTS.orderRef, status: 1 };
    for (const money of ["1e3", "-10.00", "", "10.005"]) {
      const gateway = epay(
        CREDENTIALS,
        worldWith(() => jsonResponse({ ...fields, money })),
      );
      const status = await gateway.query(questionOf(FACTS));
      expect(status).toMatchObject({ kind: "unavailable", reason: "not_understood" });
    }
  });

  test("to refund a part is refused here: a second try could not be told from a second refund", async () => {
    const part = { ...FACTS.money, amountMinor: 1 };
    const outcome = await epay().refund(refundOf(FACTS, { money: part }));
    expect(outcome.kind).toBe("refused");
  });

  test.each([
    ["is done where the order says so", "refunded", { kind: "done", refundNo: null }],
    ["is to be asked about where it does not", "paid", { reason: "not_understood" }],
  ] as const)("to refund, and answered 0 and that it was done, %s", async (_, state, outcome) => {
    let isRefunded = false;
    const gateway = epay(
      CREDENTIALS,
      worldWith((request) => {
        if (request.url.includes("act=refund")) {
          isRefunded = true;
          return jsonResponse({ code: 0, msg: "退款成功！退款金额￥10.00", money: "10.00" });
        }
        return answerCall(tradeFacts(FACTS, { state: isRefunded ? state : "paid" }), request);
      }),
    );
    expect(await gateway.refund(refundOf(FACTS))).toMatchObject(outcome);
  });

  test.each([
    ["商户ID不存在", "unavailable"],
    ["商户不存在", "unavailable"],
    ["商户密钥错误", "unavailable"],
    ["订单号不存在", "unknown"],
    ["商户订单号不存在", "unknown"],
  ])("and answered %s is %s", async (msg, kind) => {
    const gateway = epay(
      CREDENTIALS,
      worldWith(() => jsonResponse({ code: -3, msg })),
    );
    expect((await gateway.query(questionOf(FACTS))).kind).toBe(kind);
  });

  test("to refund what it has refunded already sends nothing more", async () => {
    const calls: string[] = [];
    const gateway = epay(
      CREDENTIALS,
      worldWith((request) => {
        calls.push(new URL(request.url).searchParams.get("act") ?? "");
        return answerCall(tradeFacts(FACTS, { state: "refunded" }), request);
      }),
    );
    expect(await gateway.refund(refundOf(FACTS))).toEqual({ kind: "done", refundNo: null });
    expect(calls).toEqual(["order"]);
  });

  test("to refund another trade's number is not done", async () => {
    const outcome = await epay(CREDENTIALS, world()).refund(refundOf(FACTS, { tradeNo: "T-2" }));
    expect(outcome).toMatchObject({ kind: "unavailable", reason: "other_order" });
  });

  test("by mapi.php to show a code shows it, and refuses to lead where no browser should go", async () => {
    const opening = (answer: object) =>
      epay(
        BY_API,
        worldWith(() => jsonResponse(answer)),
      ).open(requestOf(FACTS));
    expect(await opening({ code: 1, trade_no: "T", qrcode: "https://qr.example.com/1" })).toEqual({
      kind: "opened",
      action: { action: "qr", qrText: "https://qr.example.com/1" },
      reference: "T",
    });
    for (const payurl of ["javascript:alert(1)", "http://127.0.0.1/", "https://10.0.0.1/"]) {
      expect(await opening({ code: 1, payurl })).toMatchObject({ kind: "unavailable" });
    }
    expect(await opening({ code: -1, msg: "金额\n错误" })).toEqual({
      kind: "refused",
      reason: "金额 错误",
    });
  });
});

describe("epay's credentials", () => {
  test.each([
    ["https://pay.example.com", "https://pay.example.com/", false],
    ["https://pay.example.com/epay/", "https://pay.example.com/epay/", false],
    ["http://localhost:8787/sandbox/epay", "http://localhost:8787/sandbox/epay/", true],
    ["http://127.0.0.1:1/", "http://127.0.0.1:1/", true],
  ])("take the gateway at %s", (given, kept, reachesThisMachine) => {
    const checked = credentialsCheck({ ...CREDENTIALS, gateway_url: given }, reachesThisMachine);
    expect(checked).toMatchObject({
      ok: true,
      value: { gateway_url: kept, channel: "alipay" },
    });
  });

  test.each([
    ["plain http elsewhere", { gateway_url: "http://pay.example.com/" }, "gateway_url"],
    ["this machine, outside development", { gateway_url: "http://127.0.0.1/" }, "gateway_url"],
    ["a private address", { gateway_url: "https://10.0.0.8/pay/" }, "gateway_url"],
    ["no address", { gateway_url: "pay" }, "gateway_url"],
    ["a script", { gateway_url: "javascript:alert(1)" }, "gateway_url"],
    ["an address with a query", { gateway_url: "https://pay.example.com/?a=1" }, "gateway_url"],
    ["an address with a password", { gateway_url: "https://a:b@pay.example.com/" }, "gateway_url"],
    ["an empty key", { key: "" }, "key"],
    ["a number for a pid", { pid: 1001 }, "pid"],
    ["an unknown field", { secret: "x" }, ""],
  ])("refuse %s, say where, and repeat no value", (_, changes, path) => {
    const checked = credentialsCheck({ ...CREDENTIALS, ...changes });
    if (checked === undefined || checked.ok) throw new Error("was taken");
    expect(checked.error.errors.map((error) => error.path)).toEqual([path]);
    expect(JSON.stringify(checked.error)).not.toContain(KEY);
  });
});

function credentialsCheck(credentials: unknown, reachesThisMachine = false) {
  return gatewayKind("epay")?.check(credentials, { reachesThisMachine });
}

function replaced(fields: Fields, name: string, by: string | ((value: string) => string)): string {
  const changed = fields.map(([key, value]): [string, string] => {
    if (key !== name) return [key, value];
    return [key, typeof by === "string" ? by : by(value)];
  });
  return encoded(changed);
}

function manyParameters(): string {
  return Array.from({ length: 300 }, (_, i) => `&x${i}=1`).join("");
}
