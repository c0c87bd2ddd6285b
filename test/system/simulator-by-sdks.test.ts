import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { AlipaySdk } from "alipay-sdk";
import { Stripe } from "stripe";
import { afterAll, beforeAll, expect, test } from "vitest";
import WechatPay from "wechatpay-node-v3";
import { SimulatedShop } from "../support/node/simulated-shop.ts";

/** A third opinion of the simulator: the gateways' own packages talk to it, and verify what it signs. */
interface Heard {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
const heard: Heard[] = [];
let merchant: Server;
let notifyUrl: string;
let shop: SimulatedShop;

beforeAll(async () => {
  merchant = createServer((request, response) => {
    let body = "";
    request.on("data", (piece: Buffer) => (body += piece.toString()));
    request.on("end", () => {
      heard.push({ headers: request.headers, body });
      response.end("success");
    });
  });
  await new Promise<void>((resolve) => merchant.listen(0, "127.0.0.1", resolve));
  notifyUrl = `http://127.0.0.1:${(merchant.address() as AddressInfo).port}/notify`;
  shop = await SimulatedShop.open();
});

afterAll(async () => {
  await shop.close();
  merchant.close();
});

async function noticeOf(gateway: string, order: string): Promise<Heard> {
  await shop.play(gateway, order, { mode: "pay" });
  const notice = heard.pop();
  if (notice === undefined) throw new Error("no notice came");
  return notice;
}

const pem = (label: string, text: string) =>
  `-----BEGIN ${label}-----\n${text}\n-----END ${label}-----\n`;

test("Stripe's package opens a session there, and takes its event", async () => {
  const { credentials } = await shop.simulated("stripe");
  await shop.post("/sandbox/stripe/webhook", { url: notifyUrl });
  const stripe = new Stripe(credentials["secret_key"] ?? "", {
    httpClient: Stripe.createFetchHttpClient((url, init) =>
      fetch(String(url).replace("https://api.stripe.com", `${shop.origin}/sandbox/stripe`), init),
    ),
  });
  const price_data = { currency: "usd", unit_amount: 1234, product_data: { name: "a key" } };
  const session = await stripe.checkout.sessions.create({
    mode: "payment",
    client_reference_id: "by-stripe",
    line_items: [{ quantity: 1, price_data }],
    success_url: "https://shop.example.com/",
  });
  expect(session).toMatchObject({ amount_total: 1234, payment_status: "unpaid" });
  const { headers, body } = await noticeOf("stripe", "by-stripe");
  const event = stripe.webhooks.constructEvent(
    body,
    headers["stripe-signature"] ?? "",
    credentials["webhook_secret"] ?? "",
  );
  expect(event.type).toBe("checkout.session.completed");
  const made = await stripe.refunds.create({
    payment_intent: session.id.replace("cs_test_", "pi_"),
    amount: 234,
  });
  expect(made).toMatchObject({ amount: 234, status: "succeeded" });
});

test("Alipay's package verifies its answers and its notices", async () => {
  const { credentials } = await shop.simulated("alipay");
  const sdk = new AlipaySdk({
    appId: credentials["app_id"] ?? "",
    privateKey: credentials["private_key"] ?? "",
    alipayPublicKey: credentials["alipay_public_key"] ?? "",
    keyType: "PKCS8",
    gateway: credentials["gateway_url"] ?? "",
  });
  const bizContent = { out_trade_no: "by-alipay", total_amount: "12.34", subject: "a key" };
  const opened = await sdk.exec(
    "alipay.trade.precreate",
    { notifyUrl, bizContent },
    { validateSign: true },
  );
  expect(opened).toMatchObject({ code: "10000", outTradeNo: "by-alipay" });
  const { body } = await noticeOf("alipay", "by-alipay");
  expect(sdk.checkNotifySign(Object.fromEntries(new URLSearchParams(body)), true)).toBe(true);
});

test("a package for WeChat Pay signs what it takes, verifies its notices and opens them", async () => {
  const { credentials } = await shop.simulated("wechat");
  const field = (name: string) => credentials[name] ?? "";
  const sdk = new WechatPay({
    appid: field("appid"),
    mchid: field("mchid"),
    serial_no: field("serial_no"),
    publicKey: Buffer.from(pem("PUBLIC KEY", field("public_key"))),
    privateKey: Buffer.from(pem("PRIVATE KEY", field("private_key"))),
    key: field("api_v3_key"),
  });
  const path = "/v3/pay/transactions/native";
  const body = JSON.stringify({
    appid: field("appid"),
    mchid: field("mchid"),
    description: "a key",
    out_trade_no: "by-wechat",
    notify_url: notifyUrl,
    amount: { total: 1234, currency: "CNY" },
  });
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const signature = sdk.getSignature("POST", "nonce", timestamp, path, body);
  const named = `mchid="${field("mchid")}",serial_no="${field("serial_no")}"`;
  const authorization = `WECHATPAY2-SHA256-RSA2048 ${named},nonce_str="nonce",timestamp="${timestamp}",signature="${signature}"`;
  const opened = await fetch(`${shop.origin}/sandbox/wechat${path}`, {
    method: "POST",
    headers: { authorization, "content-type": "application/json" },
    body,
  });
  expect(opened.status).toBe(200);
  const notice = await noticeOf("wechat", "by-wechat");
  const header = (name: string) => String(notice.headers[`wechatpay-${name}`]);
  Object.assign(Reflect.get(WechatPay, "certificates") as object, {
    [header("serial")]: pem("PUBLIC KEY", field("public_key")),
  });
  const signed = {
    timestamp: header("timestamp"),
    nonce: header("nonce"),
    body: notice.body,
    serial: header("serial"),
    signature: header("signature"),
  };
  expect(await sdk.verifySign(signed)).toBe(true);
  expect(await sdk.verifySign({ ...signed, body: `${notice.body} ` })).toBe(false);
  const { resource } = JSON.parse(notice.body) as { resource: Record<string, string> };
  const { ciphertext = "", associated_data = "", nonce = "" } = resource;
  expect(sdk.decipher_gcm(ciphertext, associated_data, nonce)).toMatchObject({
    out_trade_no: "by-wechat",
    amount: { total: 1234 },
  });
});
