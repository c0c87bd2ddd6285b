import { describe, expect, test } from "vitest";
import vectors from "../data/vectors/payments.json";
import certificate from "../data/certificates/rsa-2048.pem?raw";
import { gatewayKind } from "../../src/adapters/payments/registry.ts";
import { makeOpenResource } from "../../src/adapters/payments/wechat/wechat-account.ts";
import type { GatewayWorld } from "../../src/adapters/payments/gateway.ts";
import type { RawNotice } from "../../src/flows/payments/payment-ports.ts";
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
import { makeRsaKeys, type RsaKeys } from "../support/worker/rsa-keys.ts";

const [ours, theirs, stranger] = await Promise.all([makeRsaKeys(), makeRsaKeys(), makeRsaKeys()]);

const KEY_ID = "PUB_KEY_ID_0111111111112026112500000001";
const API_V3_KEY = "0123456789abcdef0123456789ABCDEF";
const CREDENTIALS = {
  appid: "wxd678efh567hg6787",
  mchid: "1900007291",
  serial_no: "5157F09EFDC096DE15EBE81A47057A7232F1B8E1",
  private_key: ours.privatePem,
  api_v3_key: API_V3_KEY,
  public_key: theirs.publicPem,
  public_key_id: KEY_ID,
};
const NOW_SECONDS = String(NOW_MS / 1_000);

function wechat(world: GatewayWorld = silentWorld(), changes: Record<string, unknown> = {}) {
  const kind = gatewayKind("wechat");
  if (kind === null) throw new Error("wechat is not registered");
  return kind.make({ ...CREDENTIALS, ...changes }, "CNY", world);
}

async function seal(plain: string, associated: string, nonce: string, keyText = API_V3_KEY) {
  const utf8 = new TextEncoder();
  const key = await crypto.subtle.importKey("raw", utf8.encode(keyText), "AES-GCM", false, [
    "encrypt",
  ]);
  const algorithm = {
    name: "AES-GCM",
    iv: utf8.encode(nonce),
    additionalData: utf8.encode(associated),
  };
  const box = await crypto.subtle.encrypt(algorithm, key, utf8.encode(plain));
  return btoa(String.fromCharCode(...new Uint8Array(box)));
}

interface Options {
  readonly keys?: RsaKeys;
  readonly serial?: string;
  readonly timestamp?: string;
  readonly sealedWith?: string;
}

async function notice(event: string, content: object, options: Options = {}): Promise<RawNotice> {
  const { keys = theirs, serial = KEY_ID, timestamp = NOW_SECONDS, sealedWith } = options;
  const [associated, nonce] = ["transaction", "fdasfjihihih"];
  const ciphertext = await seal(JSON.stringify(content), associated, nonce, sealedWith);
  const body = JSON.stringify({
    id: "EV-2018022511223320873",
    create_time: "2026-11-25T12:00:00+08:00",
    resource_type: "encrypt-resource",
    event_type: event,
    summary: "支付成功",
    resource: {
      original_type: "transaction",
      algorithm: "AEAD_AES_256_GCM",
      ciphertext,
      associated_data: associated,
      nonce,
    },
  });
  const signature = await keys.sign(`${timestamp}\nnonce-of-theirs\n${body}\n`);
  return {
    method: "POST",
    query: "",
    contentType: "application/json",
    headers: new Map([
      ["wechatpay-timestamp", timestamp],
      ["wechatpay-nonce", "nonce-of-theirs"],
      ["wechatpay-signature", signature],
      ["wechatpay-serial", serial],
    ]),
    body: new TextEncoder().encode(body),
  };
}

function transactionOf(facts: NoticeFacts, changes: object = {}) {
  return {
    appid: CREDENTIALS.appid,
    mchid: CREDENTIALS.mchid,
    out_trade_no: facts.orderRef,
    transaction_id: facts.tradeNo,
    trade_type: "NATIVE",
    trade_state: "SUCCESS",
    success_time: "2026-11-25T12:00:00+08:00",
    amount: {
      total: facts.money.amountMinor,
      payer_total: 1,
      currency: "CNY",
      payer_currency: "CNY",
    },
    ...changes,
  };
}

function alteredNotices(genuine: RawNotice): RawNotice[] {
  const withHeader = (name: string, value: string | null) => {
    const headers = new Map(genuine.headers);
    if (value === null) headers.delete(name);
    else headers.set(name, value);
    return { ...genuine, headers };
  };
  const text = new TextDecoder().decode(genuine.body);
  const withBody = (body: string) => ({ ...genuine, body: new TextEncoder().encode(body) });
  return [
    ...[...genuine.headers].flatMap(([name, value]) => [
      withHeader(name, null),
      withHeader(name, ""),
      withHeader(name, value.startsWith("1") ? `2${value.slice(1)}` : `1${value.slice(1)}`),
    ]),
    withBody(`${text} `),
    withBody(text.replace("TRANSACTION", "REFUND")),
    withBody(text.replace('"ciphertext":"', '"ciphertext":"A')),
    withBody(text.replace("fdasfjihihih", "fdasfjihihii")),
  ];
}

async function signedResponse(body: object, { forged = false } = {}): Promise<Response> {
  const text = JSON.stringify(body);
  const keys = forged ? stranger : theirs;
  return new Response(text, {
    headers: {
      "wechatpay-timestamp": NOW_SECONDS,
      "wechatpay-nonce": "n",
      "wechatpay-serial": KEY_ID,
      "wechatpay-signature": await keys.sign(`${NOW_SECONDS}\nn\n${text}\n`),
    },
  });
}

/** api.mch.weixin.qq.com: believes no request that our key has not signed. */
function answerCall(trade: TradeFacts) {
  return async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const body = await textOf(request);
    if (!(await isSigned(request, url, body))) {
      return jsonResponse({ code: "SIGN_ERROR", message: "签名错误" }, 401);
    }
    const orderId = trade.answersFor ?? trade.orderRef;
    if (url.pathname.startsWith("/v3/pay/transactions/out-trade-no/")) {
      if (trade.state === "unknown") {
        return jsonResponse({ code: "ORDER_NOT_EXIST", message: "订单不存在" }, 404);
      }
      const states = { paid: "SUCCESS", pending: "NOTPAY", closed: "CLOSED", refunded: "REFUND" };
      const changes = { out_trade_no: orderId, trade_state: states[trade.state] };
      return signedResponse(transactionOf(trade, changes), trade);
    }
    if (url.pathname === "/v3/refund/domestic/refunds") {
      if (trade.refund === "refused") {
        return jsonResponse({ code: "NOT_ENOUGH", message: "基本账户余额不足" }, 403);
      }
      const { out_refund_no } = JSON.parse(body) as { out_refund_no: string };
      const named = { out_refund_no, out_trade_no: orderId, transaction_id: trade.tradeNo };
      return signedResponse({ ...named, refund_id: "5000", status: "PROCESSING" }, trade);
    }
    const opened = {
      native: { code_url: "weixin://wxpay/bizpayurl?pr=p4lpSuKzz" },
      h5: {
        h5_url: "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx1&package=2",
      },
      jsapi: { prepay_id: "wx201410272009395522657a690389285100" },
    }[url.pathname.split("/").at(-1) ?? ""];
    return signedResponse(opened ?? {}, trade);
  };
}

async function isSigned(request: Request, url: URL, body: string): Promise<boolean> {
  const [scheme, rest = ""] = (request.headers.get("authorization") ?? "").split(" ");
  const parts = Object.fromEntries(
    [...rest.matchAll(/(\w+)="([^"]*)"/g)].map(([, k, v]) => [k, v]),
  );
  const base = `${request.method}\n${url.pathname}${url.search}\n${parts["timestamp"]}\n${parts["nonce_str"]}\n${body}\n`;
  const known =
    parts["mchid"] === CREDENTIALS.mchid && parts["serial_no"] === CREDENTIALS.serial_no;
  return (
    scheme === "WECHATPAY2-SHA256-RSA2048" && known && ours.verify(base, parts["signature"] ?? "")
  );
}

function refundTold({ orderRef, tradeNo }: NoticeFacts): object {
  return {
    mchid: CREDENTIALS.mchid,
    out_trade_no: orderRef,
    transaction_id: tradeNo,
    out_refund_no: "rfd_1",
    refund_status: "SUCCESS",
    amount: { total: 1234, refund: 300, payer_total: 1234, payer_refund: 300 },
  };
}

gatewayContract("WeChat Pay v3", () => ({
  make: wechat,
  paid: (facts) => notice("TRANSACTION.SUCCESS", transactionOf(facts)),
  notPaid: (facts) =>
    notice("TRANSACTION.SUCCESS", transactionOf(facts, { trade_state: "PAYERROR" })),
  refunded: (facts) => notice("REFUND.SUCCESS", refundTold(facts)),
  forged: (facts) => notice("TRANSACTION.SUCCESS", transactionOf(facts), { keys: stranger }),
  altered: alteredNotices,
  calls: {
    answer: answerCall,
    signsAnswers: true,
    namesOrderIn: ["query", "refund"],
    states: ["paid", "pending", "closed", "unknown", "refunded"],
    refundIdOf: async (request) =>
      (JSON.parse(await textOf(request)) as { out_refund_no: string }).out_refund_no,
  },
}));

describe("WeChat's sealed resource", () => {
  test.each(vectors.wechat_v3_aes)("is opened as its document shows ($origin)", async (vector) => {
    const { key, ciphertext, nonce, associated_data, plaintext } = vector;
    const open = makeOpenResource(key);
    expect(await open({ ciphertext, nonce, associated_data })).toBe(plaintext);
    expect(await open({ ciphertext, nonce, associated_data: "another" })).toBeNull();
    expect(await open({ ciphertext: "", nonce, associated_data })).toBeNull();
    expect(await open({ ciphertext, nonce: "", associated_data })).toBeNull();
    expect(await open({ ciphertext: "%", nonce, associated_data })).toBeNull();
  });
});

describe("WeChat's notice", () => {
  const read = async (changes: object, options: Options = {}, event = "TRANSACTION.SUCCESS") =>
    wechat().read(await notice(event, transactionOf(FACTS, changes), options));
  const about = { tradeNo: FACTS.tradeNo, orderRef: FACTS.orderRef };

  test.each([-301, 301])("signed %i seconds from now is stale, though genuine", async (seconds) => {
    const timestamp = String(NOW_MS / 1_000 + seconds);
    expect(await read({}, { timestamp })).toMatchObject({ kind: "invalid", check: "stale" });
  });

  test.each([-300, 300])("signed %i seconds from now is fresh", async (seconds) => {
    const timestamp = String(NOW_MS / 1_000 + seconds);
    expect((await read({}, { timestamp })).kind).toBe("paid");
  });

  test("signed with a key that is not the account's is nobody's", async () => {
    const reading = await read({}, { serial: "PUB_KEY_ID_0999" });
    expect(reading).toEqual({ kind: "invalid", check: "signature" });
  });

  test("probing with a signature that is none is refused as any other", async () => {
    const probe = await notice("TRANSACTION.SUCCESS", transactionOf(FACTS));
    const headers = new Map(probe.headers);
    headers.set("wechatpay-signature", `WECHATPAY/SIGNTEST/${headers.get("wechatpay-signature")}`);
    const reading = await wechat().read({ ...probe, headers });
    expect(reading).toEqual({ kind: "invalid", check: "signature" });
  });

  test("sealed with another APIv3 key cannot be read, and says so", async () => {
    const sealedWith = "x".repeat(32);
    expect(await read({}, { sealedWith })).toMatchObject({ kind: "invalid", check: "account" });
  });

  test.each([
    ["another merchant", { mchid: "1900007292" }],
    ["another app", { appid: "wxd678efh567hg6788" }],
  ])("for %s is refused and shown", async (_, changes) => {
    expect(await read(changes)).toEqual({ kind: "invalid", check: "account", about });
  });

  test.each([
    ["no sum", { amount: undefined }],
    ["a currency that we do not know", { amount: { total: 1234, currency: "ZZZ" } }],
  ])("with %s is refused and shown", async (_, changes) => {
    expect(await read(changes)).toEqual({ kind: "invalid", check: "amount", about });
  });

  test("counts what the order was asked for, not what a coupon left to pay", async () => {
    expect(await read({})).toMatchObject({ money: { amountMinor: 1234, currency: "CNY" } });
  });

  test("in another currency is told as it came", async () => {
    const reading = await read({ amount: { total: 1234, currency: "USD" } });
    expect(reading).toMatchObject({ kind: "paid", money: { currency: "USD" } });
  });

  test("of a refund is a refund, under our number", async () => {
    const content = refundTold(FACTS);
    expect(await wechat().read(await notice("REFUND.SUCCESS", content))).toEqual({
      kind: "refunded",
      ...about,
      refundNo: "rfd_1",
      money: { amountMinor: 300, currency: "CNY" },
    });
    const abnormal = await wechat().read(await notice("REFUND.ABNORMAL", content));
    expect(abnormal).toMatchObject({ kind: "not_paid", status: "REFUND.ABNORMAL" });
  });

  test("about something else is genuine and no concern of an order", async () => {
    expect((await read({}, {}, "COMPLAINT.CREATE")).kind).toBe("ignored");
  });
});

describe("WeChat, asked to open", () => {
  async function sent(changes: object, scene = "auto") {
    let url = "";
    let content: unknown;
    const world = worldWith(async (request) => {
      url = request.url;
      content = JSON.parse(await textOf(request.clone()));
      return answerCall(tradeFacts(FACTS))(request);
    });
    const request = requestOf(FACTS);
    const opening = await wechat(world, { scene }).open({
      ...request,
      expiresAtMs: NOW_MS + 900_000,
      buyer: { ...request.buyer, ...changes },
    });
    return { url, content, opening };
  }

  test("on a computer shows a code", async () => {
    const { url, content, opening } = await sent({});
    expect(new URL(url).pathname).toBe("/v3/pay/transactions/native");
    expect(opening).toMatchObject({
      action: { action: "qr", qrText: "weixin://wxpay/bizpayurl?pr=p4lpSuKzz" },
    });
    expect(content).toMatchObject({
      out_trade_no: FACTS.orderRef,
      amount: { total: 1234, currency: "CNY" },
      time_expire: "2026-11-25T12:15:00+08:00",
    });
  });

  test("on a phone leads there and back", async () => {
    const { content, opening } = await sent({ device: "phone" });
    expect(content).toMatchObject({ scene_info: { payer_client_ip: "203.0.113.9" } });
    if (opening.kind !== "opened" || opening.action.action !== "redirect") throw new Error("no");
    const url = new URL(opening.action.url);
    expect(url.searchParams.get("redirect_url")).toBe(requestOf(FACTS).returnUrl);
  });

  test("inside WeChat gives what its own script wants, signed by our key", async () => {
    const { opening } = await sent({ openId: "o-buyer" });
    if (opening.kind !== "opened" || opening.action.action !== "jsapi") throw new Error("no");
    const { appId, timeStamp, nonceStr, package: bundle, paySign } = opening.action.fields;
    expect(bundle).toBe("prepay_id=wx201410272009395522657a690389285100");
    const base = `${appId}\n${timeStamp}\n${nonceStr}\n${bundle}\n`;
    expect(await ours.verify(base, paySign ?? "")).toBe(true);
  });

  test("for JSAPI alone asks nobody while it is not known who the buyer is there", async () => {
    const opening = await wechat(silentWorld(), { scene: "jsapi" }).open(requestOf(FACTS));
    expect(opening.kind).toBe("refused");
  });

  test("for another currency than CNY asks nobody", async () => {
    const money = { amountMinor: 100, currency: "USD" } as const;
    expect((await wechat().open({ ...requestOf(FACTS), money })).kind).toBe("refused");
  });
});

describe("WeChat, asked", () => {
  test("believes no answer that was signed long ago", async () => {
    const world = worldWith(async (request) => {
      const answer = await answerCall(tradeFacts(FACTS))(request);
      const text = await answer.text();
      const timestamp = String(NOW_MS / 1_000 - 301);
      const headers = new Headers(answer.headers);
      headers.set("wechatpay-timestamp", timestamp);
      headers.set("wechatpay-signature", await theirs.sign(`${timestamp}\nn\n${text}\n`));
      return new Response(text, { headers });
    });
    const status = await wechat(world).query(questionOf(FACTS));
    expect(status).toMatchObject({ kind: "unavailable", reason: "signature" });
  });

  test("at fault itself may have done it: it is to be asked again", async () => {
    const world = worldWith(() => jsonResponse({ code: "SYSTEM_ERROR" }, 400));
    expect((await wechat(world).refund(refundOf(FACTS))).kind).toBe("unavailable");
  });

  test("with our key unknown there is a matter of credentials", async () => {
    const other = wechat(worldWith(answerCall(tradeFacts(FACTS))), {
      private_key: stranger.privatePem,
    });
    const status = await other.query(questionOf(FACTS));
    expect(status).toMatchObject({ kind: "unavailable", reason: "credentials" });
  });
});

describe("WeChat's credentials", () => {
  const check = (changes: Record<string, unknown>) =>
    gatewayKind("wechat")?.check({ ...CREDENTIALS, ...changes }, { reachesThisMachine: false });
  const noKey = { public_key: null, public_key_id: null };

  test.each([
    ["a platform certificate alone", { ...noKey, platform_certificates: [certificate] }],
    ["both, while an account changes", { platform_certificates: [certificate] }],
  ])("take %s", (_, changes) => {
    expect(check(changes)).toMatchObject({ ok: true });
  });

  test.each([
    ["neither key nor certificate", noKey, "public_key"],
    ["a key without its id", { public_key_id: null }, "public_key_id"],
    [
      "a key for a certificate",
      { platform_certificates: [theirs.publicPem] },
      "platform_certificates.0",
    ],
    ["a short APIv3 key", { api_v3_key: "short" }, "api_v3_key"],
    ["letters for a merchant", { mchid: "merchant" }, "mchid"],
  ])("refuse %s, say where, and repeat no value", (_, changes, path) => {
    const checked = check(changes);
    if (checked === undefined || checked.ok) throw new Error("was taken");
    expect(checked.error.errors.map((error) => error.path)).toEqual([path]);
    expect(JSON.stringify(checked.error)).not.toContain(API_V3_KEY);
  });
});
