import { generateKeyPairSync, createSign } from "node:crypto";
import { AlipaySdk } from "alipay-sdk";
import { Stripe } from "stripe";
import { describe, expect, test } from "vitest";
import WechatPay from "wechatpay-node-v3";
import { gatewayKind } from "../../src/adapters/payments/registry.ts";
import { makeOutgoing } from "../../src/adapters/payments/outgoing.ts";
import type { GatewayWorld } from "../../src/adapters/payments/gateway.ts";
import type { OrderId } from "../../src/domain/ids.ts";
import type { PaymentRequest, RawNotice } from "../../src/flows/payments/payment-ports.ts";
import { noFiles } from "../support/node/no-files.ts";

/** A third opinion: what the gateways' own packages make and take, beside our adapters. */
const NOW_MS = Date.parse("2026-11-25T04:00:00Z");
const ORDER = "ord_000001abcdefghjkmnpqrstvwxyz" as OrderId;

function keys() {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    publicPem: publicKey.export({ format: "pem", type: "spki" }).toString(),
    privatePem: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    sign: (text: string) => createSign("RSA-SHA256").update(text).sign(privateKey, "base64"),
  };
}

const [ours, theirs] = [keys(), keys()];

/** Keeps what was sent and answers with nothing that could be believed. */
function listening(): { world: GatewayWorld; sent: Request[] } {
  const sent: Request[] = [];
  const send = makeOutgoing({
    fetch: async (url, init) => {
      sent.push(new Request(url, init));
      return new Response("{}");
    },
    reachesThisMachine: false,
  });
  const world = {
    clock: { nowMs: () => NOW_MS },
    entropy: { bytes: (length: number) => new Uint8Array(length).fill(7) },
    send,
    files: noFiles,
    reachesThisMachine: false,
  };
  return { world, sent };
}

const request: PaymentRequest = {
  orderId: ORDER,
  title: "入门密钥 + more",
  money: { amountMinor: 1234, currency: "CNY" },
  expiresAtMs: NOW_MS + 900_000,
  notifyUrl: "https://shop.example.com/payments/acct_x/notify",
  returnUrl: `https://shop.example.com/orders/${ORDER}`,
  buyer: { device: "desktop", ip: null, openId: null },
};

function gateway(name: string, credentials: object, world: GatewayWorld) {
  const kind = gatewayKind(name);
  if (kind === null) throw new Error(`${name} is not registered`);
  return kind.make(credentials, "CNY", world);
}

function notice(body: string, headers: Record<string, string>, contentType: string): RawNotice {
  return {
    method: "POST",
    query: "",
    contentType,
    headers: new Map(Object.entries(headers)),
    body: new TextEncoder().encode(body),
  };
}

describe("Alipay's own package", () => {
  const APP = "2021001122334455";
  const sdk = new AlipaySdk({
    appId: APP,
    privateKey: ours.privatePem,
    alipayPublicKey: theirs.publicPem,
    keyType: "PKCS8",
  });
  const account = {
    app_id: APP,
    private_key: ours.privatePem,
    alipay_public_key: theirs.publicPem,
  };

  test("verifies what we send, as Alipay would", async () => {
    const { world } = listening();
    const opening = await gateway("alipay", account, world).open(request);
    if (opening.kind !== "opened" || opening.action.action !== "redirect") throw new Error("no");
    const url = new URL(opening.action.url);
    const fields = [...url.searchParams].filter(([name]) => name !== "sign");
    const base = fields
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}=${value}`)
      .join("&");
    // The package's check, with our public key where it would have Alipay's.
    const reversed = new AlipaySdk({
      appId: APP,
      privateKey: theirs.privatePem,
      alipayPublicKey: ours.publicPem,
      keyType: "PKCS8",
    });
    expect(reversed.rsaCheck(base, url.searchParams.get("sign") ?? "", "RSA2")).toBe(true);
  });

  test("makes of the same fields the address that we make", async () => {
    const { world } = listening();
    const opening = await gateway("alipay", account, world).open(request);
    if (opening.kind !== "opened" || opening.action.action !== "redirect") throw new Error("no");
    const fields = Object.fromEntries(new URL(opening.action.url).searchParams);
    const made = sdk.pageExecute("alipay.trade.page.pay", "GET", {
      bizContent: JSON.parse(fields["biz_content"] ?? "") as Record<string, string>,
      notifyUrl: request.notifyUrl,
      returnUrl: request.returnUrl,
      timestamp: fields["timestamp"],
    });
    const theirFields = Object.fromEntries(new URL(made).searchParams);
    // It adds its own name, which is signed with the rest.
    const same = ({ alipay_sdk: _, sign: __, ...rest }: Record<string, string>) => rest;
    expect(same(fields)).toEqual(same(theirFields));
  });

  test("takes and refuses the same notices as we do", async () => {
    const fields: Record<string, string> = {
      app_id: APP,
      seller_id: "2088531891668739",
      out_trade_no: ORDER,
      trade_no: "2026112522001",
      total_amount: "12.34",
      trade_status: "TRADE_SUCCESS",
      subject: "入门密钥 + more & 100%",
      charset: "utf-8",
      version: "1.0",
    };
    const base = Object.keys(fields)
      .toSorted()
      .map((name) => `${name}=${fields[name]}`)
      .join("&");
    const genuine = { ...fields, sign: theirs.sign(base), sign_type: "RSA2" };
    const { world } = listening();
    const read = (sent: Record<string, string>) =>
      gateway("alipay", account, world).read(
        notice(new URLSearchParams(sent).toString(), {}, "application/x-www-form-urlencoded"),
      );
    expect(sdk.checkNotifySign(genuine, true)).toBe(true);
    expect((await read(genuine)).kind).toBe("paid");
    const altered = { ...genuine, total_amount: "0.01" };
    expect(sdk.checkNotifySign(altered, true)).toBe(false);
    expect((await read(altered)).kind).toBe("invalid");
  });
});

describe("a package for WeChat Pay v3", () => {
  const account = {
    appid: "wxd678efh567hg6787",
    mchid: "1900007291",
    serial_no: "5157F09EFDC096DE15EBE81A47057A7232F1B8E1",
    private_key: ours.privatePem,
    api_v3_key: "0123456789abcdef0123456789ABCDEF",
    public_key: theirs.publicPem,
    public_key_id: "PUB_KEY_ID_0111111111112026112500000001",
  };
  const sdk = new WechatPay({
    appid: account.appid,
    mchid: account.mchid,
    serial_no: account.serial_no,
    publicKey: Buffer.from(ours.publicPem),
    privateKey: Buffer.from(ours.privatePem),
    key: account.api_v3_key,
  });

  test("signs each of our requests as we do", async () => {
    const { world, sent } = listening();
    const wechat = gateway("wechat", account, world);
    await wechat.open(request);
    await wechat.query({ orderId: ORDER, money: request.money, reference: null });
    expect(sent).toHaveLength(2);
    for (const made of sent) {
      const parts = Object.fromEntries(
        [...(made.headers.get("authorization") ?? "").matchAll(/(\w+)="([^"]*)"/g)].map((match) => [
          match[1],
          match[2],
        ]),
      );
      const { pathname, search } = new URL(made.url);
      const body = await made.clone().text();
      const { nonce_str: nonce = "", timestamp = "", signature } = parts;
      const theirsIs = sdk.getSignature(made.method, nonce, timestamp, pathname + search, body);
      expect(signature).toBe(theirsIs);
    }
  });

  test("opens the resource that we open", async () => {
    const utf8 = new TextEncoder();
    const raw = utf8.encode(account.api_v3_key);
    const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt"]);
    const content = {
      appid: account.appid,
      mchid: account.mchid,
      out_trade_no: ORDER,
      transaction_id: "4200001",
      trade_state: "SUCCESS",
      amount: { total: 1234, currency: "CNY" },
    };
    const [nonce, associated_data] = ["fdasfjihihih", "transaction"];
    const algorithm = {
      name: "AES-GCM",
      iv: utf8.encode(nonce),
      additionalData: utf8.encode(associated_data),
    };
    const box = await crypto.subtle.encrypt(algorithm, key, utf8.encode(JSON.stringify(content)));
    const ciphertext = Buffer.from(box).toString("base64");
    expect(sdk.decipher_gcm(ciphertext, associated_data, nonce)).toEqual(content);

    const resource = { algorithm: "AEAD_AES_256_GCM", ciphertext, nonce, associated_data };
    const body = JSON.stringify({ event_type: "TRANSACTION.SUCCESS", resource });
    const timestamp = String(NOW_MS / 1_000);
    const { world } = listening();
    const reading = await gateway("wechat", account, world).read(
      notice(
        body,
        {
          "wechatpay-timestamp": timestamp,
          "wechatpay-nonce": "n",
          "wechatpay-serial": account.public_key_id,
          "wechatpay-signature": theirs.sign(`${timestamp}\nn\n${body}\n`),
        },
        "application/json",
      ),
    );
    expect(reading).toMatchObject({ kind: "paid", money: { amountMinor: 1234 } });
  });
});

test("Stripe's own package in Node signs events that the one for Workers takes", async () => {
  const session = {
    id: "cs_1",
    client_reference_id: ORDER,
    payment_intent: "pi_1",
    payment_status: "paid",
    amount_total: 1234,
    currency: "cny",
  };
  const payload = JSON.stringify({
    id: "evt_1",
    object: "event",
    type: "checkout.session.completed",
    data: { object: session },
  });
  const secret = "whsec_test_secret";
  const header = Stripe.webhooks.generateTestHeaderString({
    payload,
    secret,
    timestamp: NOW_MS / 1_000,
  } as Parameters<typeof Stripe.webhooks.generateTestHeaderString>[0]);
  const { world } = listening();
  const stripe = gateway(
    "stripe",
    { secret_key: "sk_test_0123456789", webhook_secret: secret },
    world,
  );
  const reading = await stripe.read(
    notice(payload, { "stripe-signature": header }, "application/json"),
  );
  expect(reading).toMatchObject({ kind: "paid", tradeNo: "pi_1", orderRef: ORDER });
});
