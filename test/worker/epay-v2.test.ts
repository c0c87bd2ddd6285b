import { describe, expect, test } from "vitest";
import { gatewayKind } from "../../src/adapters/payments/registry.ts";
import type { GatewayWorld } from "../../src/adapters/payments/gateway.ts";
import { alteredFields } from "../support/worker/altered-fields.ts";
import { baseOf, encoded, getNotice, type Fields } from "../support/worker/epay-merchant.ts";
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

const [ours, platform, stranger] = await Promise.all([makeRsaKeys(), makeRsaKeys(), makeRsaKeys()]);

const CREDENTIALS = {
  pid: "1001",
  private_key: ours.privatePem,
  platform_public_key: platform.publicPem,
  gateway_url: "https://pay.example.com/",
  open_by: "api",
};
const NOW_SECONDS = String(NOW_MS / 1_000);

function epayV2(world: GatewayWorld = silentWorld(), changes: Record<string, string> = {}) {
  const kind = gatewayKind("epay-v2");
  if (kind === null) throw new Error("epay-v2 is not registered");
  return kind.make({ ...CREDENTIALS, ...changes }, "CNY", world);
}

function decimalOf({ amountMinor }: NoticeFacts["money"]): string {
  return (amountMinor / 100).toFixed(2);
}

function fieldsOf(facts: NoticeFacts, changes: Record<string, string> = {}): Fields {
  return Object.entries({
    pid: "1001",
    trade_no: facts.tradeNo,
    out_trade_no: facts.orderRef,
    api_trade_no: "4200001234",
    type: "alipay",
    name: "VIP会员 + 1 & 100%",
    money: decimalOf(facts.money),
    trade_status: "TRADE_SUCCESS",
    param: "",
    addtime: "2026-11-25 11:59:00",
    timestamp: NOW_SECONDS,
    ...changes,
  });
}

async function signed(fields: Fields, keys = platform): Promise<Fields> {
  return [...fields, ["sign", await keys.sign(baseOf(fields))], ["sign_type", "RSA"]];
}

async function signedAnswer(answer: Record<string, string | number>, keys = platform) {
  const fields = Object.entries({ ...answer, timestamp: NOW_SECONDS }).map(
    ([name, value]): [string, string] => [name, String(value)],
  );
  const sign = await keys.sign(baseOf(fields));
  return jsonResponse({ ...answer, timestamp: NOW_SECONDS, sign, sign_type: "RSA" });
}

/** api/pay/*, which believes no request that our key has not signed. */
function answerCall(trade: TradeFacts) {
  return async (request: Request): Promise<Response> => {
    const sent = [...new URLSearchParams(await textOf(request))];
    const fields = Object.fromEntries(sent);
    const base = baseOf(sent.filter(([name]) => name !== "sign" && name !== "sign_type"));
    if (!(await ours.verify(base, fields["sign"] ?? ""))) {
      return jsonResponse({ code: -1, msg: "签名校验失败" });
    }
    const answer = answerOf(trade, new URL(request.url).pathname, fields["out_refund_no"] ?? "");
    return answer["code"] === 0
      ? signedAnswer(answer, trade.forged ? stranger : platform)
      : jsonResponse(answer);
  };
}

function answerOf(
  trade: TradeFacts,
  path: string,
  refundId: string,
): Record<string, string | number> {
  if (path === "/api/pay/create") {
    return {
      code: 0,
      trade_no: trade.tradeNo,
      pay_type: "jump",
      pay_info: "https://pay.example.com/1",
    };
  }
  if (path === "/api/pay/refund") {
    if (trade.refund === "refused") return { code: -1, msg: "商户余额不足" };
    const named = {
      refund_no: "RN1",
      out_refund_no: refundId,
      trade_no: trade.answersFor ?? trade.tradeNo,
    };
    return {
      code: 0,
      msg: "退款成功",
      ...named,
      money: decimalOf(trade.money),
      reducemoney: "12.34",
    };
  }
  if (trade.state === "unknown") return { code: -1, msg: "订单号不存在" };
  return {
    code: 0,
    msg: "",
    pid: 1001,
    trade_no: trade.tradeNo,
    out_trade_no: trade.answersFor ?? trade.orderRef,
    money: decimalOf(trade.money),
    status: { paid: 1, pending: 0, refunded: 2, closed: 0 }[trade.state],
    endtime: "2026-11-25 12:00:00",
    param: "",
  };
}

gatewayContract("epay v2", () => ({
  make: epayV2,
  paid: async (facts) => getNotice(encoded(await signed(fieldsOf(facts)))),
  notPaid: async (facts) =>
    getNotice(encoded(await signed(fieldsOf(facts, { trade_status: "TRADE_CLOSED" })))),
  forged: async (facts) => getNotice(encoded(await signed(fieldsOf(facts), stranger))),
  altered: ({ query }) =>
    alteredFields([...new URLSearchParams(query)], ["sign_type"]).map((fields) =>
      getNotice(encoded(fields)),
    ),
  calls: {
    answer: answerCall,
    signsAnswers: true,
    namesOrderIn: ["query", "refund"],
    states: ["paid", "pending", "unknown", "refunded"],
    refundIdOf: async (request) => new URLSearchParams(await textOf(request)).get("out_refund_no"),
  },
}));

describe("epay v2", () => {
  test.each(["MD5", "RSA2", "none", "md5"])("refuses a notice of sign_type %s", async (type) => {
    const fields = await signed(fieldsOf(FACTS));
    const query = encoded(fields).replace("sign_type=RSA", `sign_type=${type}`);
    const check = { kind: "invalid", check: "signature" };
    expect(await epayV2().read(getNotice(query))).toEqual(check);
  });

  test("believes no notice that we signed ourselves: our key and theirs are two", async () => {
    const query = encoded(await signed(fieldsOf(FACTS), ours));
    expect((await epayV2().read(getNotice(query))).kind).toBe("invalid");
  });

  test("takes a notice however late it comes: the order takes the money once", async () => {
    const query = encoded(await signed(fieldsOf(FACTS, { timestamp: "1600000000" })));
    expect((await epayV2().read(getNotice(query))).kind).toBe("paid");
  });

  test("by page sends the buyer to api/pay/submit, signed by our key and with the time", async () => {
    const opening = await epayV2(silentWorld(), { open_by: "page" }).open(requestOf(FACTS));
    if (opening.kind !== "opened" || opening.action.action !== "redirect") throw new Error("no");
    const url = new URL(opening.action.url);
    expect(url.origin + url.pathname).toBe("https://pay.example.com/api/pay/submit");
    const sent = [...url.searchParams];
    const base = baseOf(sent.filter(([name]) => name !== "sign" && name !== "sign_type"));
    expect(await ours.verify(base, url.searchParams.get("sign") ?? "")).toBe(true);
    expect(url.searchParams.get("timestamp")).toBe(NOW_SECONDS);
  });

  test("shows a code where the gateway gives one, and nothing for its other ways", async () => {
    const opening = (answer: Record<string, string | number>) =>
      epayV2(worldWith(() => signedAnswer({ code: 0, trade_no: "T", ...answer }))).open(
        requestOf(FACTS),
      );
    expect(await opening({ pay_type: "qrcode", pay_info: "https://qr.example/1" })).toMatchObject({
      action: { action: "qr", qrText: "https://qr.example/1" },
    });
    for (const way of ["html", "jsapi", "app", "urlscheme"]) {
      expect(await opening({ pay_type: way, pay_info: "https://x.example/" })).toMatchObject({
        kind: "unavailable",
      });
    }
  });

  test("believes no answer that was signed long ago", async () => {
    const old = [
      ["code", "0"],
      ["timestamp", String(NOW_MS / 1_000 - 301)],
    ] as const;
    const answer = Object.fromEntries(await signed(old));
    const world = worldWith(() => jsonResponse(answer));
    const status = await epayV2(world).query(questionOf(FACTS));
    expect(status).toMatchObject({ kind: "unavailable", reason: "signature" });
  });

  test("refunds a part, under our number", async () => {
    let sent = new URLSearchParams();
    const world = worldWith(async (request) => {
      sent = new URLSearchParams(await textOf(request.clone()));
      return answerCall(tradeFacts(FACTS))(request);
    });
    const money = { amountMinor: 34, currency: "CNY" } as const;
    const outcome = await epayV2(world).refund(refundOf(FACTS, { money }));
    expect(outcome).toEqual({ kind: "done", refundNo: "RN1" });
    expect(sent.get("money")).toBe("0.34");
    expect(sent.get("out_refund_no")).toBe(refundOf(FACTS).refundId);
  });

  test.each([
    [
      "an encrypted key",
      { private_key: "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIC" },
      "private_key",
    ],
    ["a public key for a private one", { private_key: ours.publicPem }, "private_key"],
    [
      "a private key for a public one",
      { platform_public_key: ours.privatePem },
      "platform_public_key",
    ],
    ["text", { platform_public_key: "hello" }, "platform_public_key"],
  ])("refuses %s among its credentials, and repeats none", (_, changes, path) => {
    const checked = gatewayKind("epay-v2")?.check(
      { ...CREDENTIALS, ...changes },
      { reachesThisMachine: false },
    );
    if (checked === undefined || checked.ok) throw new Error("was taken");
    expect(checked.error.errors.map((error) => error.path)).toEqual([path]);
    expect(JSON.stringify(checked.error)).not.toContain(Object.values(changes)[0]);
  });
});
