import {
  createCipheriv,
  createHash,
  createHmac,
  createSign,
  generateKeyPairSync,
} from "node:crypto";
import { crc32 } from "node:zlib";
import { certify } from "../../src/development/sandbox/paypal/certificates.ts";
import type { Reading } from "./worker.ts";

/** A genuine notice of each gateway, signed by Node: the least that an isolate may read of them in a second. */
export interface Subject extends Omit<Reading, "count"> {
  readonly signature: "MD5" | "HMAC" | "RSA";
}

const ORDER = "ord_000001abcdefghjkmnpqrstvwxyz";
const FORM = "application/x-www-form-urlencoded";
const JSON_TYPE = "application/json";

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const publicPem = publicKey.export({ format: "pem", type: "spki" }).toString();
const privatePem = privateKey.export({ format: "pem", type: "pkcs8" }).toString();

const bare = (pem: string) => pem.replaceAll(/-----[A-Z ]+-----|\s/g, "");
const NAME = "messageverificationcerts.paypal.com";
const certificatePem = await certify(
  { name: NAME, privateKey: bare(privatePem) },
  {
    name: NAME,
    publicKey: bare(publicPem),
    fromMs: Date.now() - 86_400_000,
    untilMs: Date.now() + 86_400_000,
    issues: false,
  },
);

const md5 = (text: string) => createHash("md5").update(text).digest("hex");
const rsa = (text: string) => createSign("RSA-SHA256").update(text).sign(privateKey, "base64");

type Fields = Readonly<Record<string, string>>;

function baseOf(fields: Fields): string {
  return Object.keys(fields)
    .toSorted()
    .filter((name) => fields[name] !== "")
    .map((name) => `${name}=${fields[name]}`)
    .join("&");
}

const encoded = (fields: Fields) => new URLSearchParams(fields).toString();

function subject(
  signature: Subject["signature"],
  gateway: string,
  credentials: object,
  notice: Partial<Subject["notice"]>,
): Subject {
  const empty = { query: "", contentType: FORM, headers: [], body: "" };
  const currency = gateway === "paypal" ? "USD" : "CNY";
  return {
    signature,
    gateway,
    currency,
    credentials,
    certificate: certificatePem,
    notice: { ...empty, ...notice },
  };
}

const epayFields = {
  pid: "1001",
  trade_no: "2026112522001",
  out_trade_no: ORDER,
  type: "alipay",
  name: "VIP会员",
  money: "12.34",
  trade_status: "TRADE_SUCCESS",
};
const gateway_url = "https://pay.example.com/";

export function subjects(): Subject[] {
  return [epay(), epayV2(), bepusdt(), tokenpay(), alipay(), wechat(), stripe(), paypal()];
}

function epay(): Subject {
  const sign = md5(`${baseOf(epayFields)}key`);
  const query = encoded({ ...epayFields, sign, sign_type: "MD5" });
  return subject("MD5", "epay", { pid: "1001", key: "key", gateway_url }, { query });
}

function epayV2(): Subject {
  const fields = { ...epayFields, timestamp: "1795579200" };
  const query = encoded({ ...fields, sign: rsa(baseOf(fields)), sign_type: "RSA" });
  const keys = { private_key: privatePem, platform_public_key: publicPem };
  return subject("RSA", "epay-v2", { pid: "1001", ...keys, gateway_url }, { query });
}

function bepusdt(): Subject {
  const fields = {
    trade_id: "b3d2477c-d945-41da-96b7-f925bbd1b415",
    order_id: ORDER,
    amount: "12.34",
    actual_amount: "1.73",
    token: "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
    block_transaction_id: "12ef6267b42e43959795cf31808d0cc72b3d0a48953ed19c61d4b6665a341d10",
    status: "2",
  };
  const body = JSON.stringify({ ...fields, signature: md5(`${baseOf(fields)}token`) });
  const credentials = { api_token: "token", gateway_url };
  return subject("MD5", "bepusdt", credentials, { body, contentType: JSON_TYPE });
}

function tokenpay(): Subject {
  const fields = {
    ActualAmount: "12.34",
    Amount: "34.91",
    BaseCurrency: "CNY",
    Currency: "TRX",
    Id: "63234df7-55bf-93fc-0010-67be493c0c27",
    OutOrderId: ORDER,
    PayTime: "2026-11-25 12:00:00",
    Status: "1",
    ToAddress: "TLUF41C386CMU1Wc8pTSCE4QaiZ2xkhTCb",
  };
  const body = JSON.stringify({ ...fields, Signature: md5(`${baseOf(fields)}secret`) });
  const credentials = { secret: "secret", gateway_url };
  return subject("MD5", "tokenpay", credentials, { body, contentType: JSON_TYPE });
}

function alipay(): Subject {
  const app_id = "2021001122334455";
  const fields = {
    app_id,
    charset: "utf-8",
    notify_id: "2019081500222155624068450559358070",
    notify_type: "trade_status_sync",
    out_trade_no: ORDER,
    seller_id: "2088531891668739",
    subject: "入门密钥",
    total_amount: "12.34",
    trade_no: "2026112522001",
    trade_status: "TRADE_SUCCESS",
    version: "1.0",
  };
  const body = encoded({ ...fields, sign: rsa(baseOf(fields)), sign_type: "RSA2" });
  const credentials = { app_id, private_key: privatePem, alipay_public_key: publicPem };
  return subject("RSA", "alipay", credentials, { body });
}

function wechat(): Subject {
  const credentials = {
    appid: "wxd678efh567hg6787",
    mchid: "1900007291",
    serial_no: "5157F09EFDC096DE15EBE81A47057A7232F1B8E1",
    private_key: privatePem,
    api_v3_key: "0123456789abcdef0123456789ABCDEF",
    public_key: publicPem,
    public_key_id: "PUB_KEY_ID_0111111111112026112500000001",
  };
  const { appid, mchid } = credentials;
  const amount = { total: 1234, currency: "CNY" };
  const paid = { out_trade_no: ORDER, transaction_id: "42000", trade_state: "SUCCESS" };
  const cipher = createCipheriv("aes-256-gcm", credentials.api_v3_key, "fdasfjihihih");
  cipher.setAAD(Buffer.from("transaction"));
  const text = JSON.stringify({ appid, mchid, ...paid, amount });
  const sealed = Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]);
  const resource = {
    algorithm: "AEAD_AES_256_GCM",
    ciphertext: sealed.toString("base64"),
    associated_data: "transaction",
    nonce: "fdasfjihihih",
  };
  const body = JSON.stringify({ event_type: "TRANSACTION.SUCCESS", resource });
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const headers: [string, string][] = [
    ["wechatpay-timestamp", timestamp],
    ["wechatpay-nonce", "n"],
    ["wechatpay-serial", credentials.public_key_id],
    ["wechatpay-signature", rsa(`${timestamp}\nn\n${body}\n`)],
  ];
  return subject("RSA", "wechat", credentials, { body, headers, contentType: JSON_TYPE });
}

function stripe(): Subject {
  const object = {
    id: "cs_test_1",
    client_reference_id: ORDER,
    payment_intent: "pi_1",
    payment_status: "paid",
    amount_total: 1234,
    currency: "cny",
  };
  const type = "checkout.session.completed";
  const body = JSON.stringify({ id: "evt_1", object: "event", type, data: { object } });
  const timestamp = Math.floor(Date.now() / 1_000);
  const secret = "whsec_test_secret";
  const v1 = createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex");
  const headers: [string, string][] = [["stripe-signature", `t=${timestamp},v1=${v1}`]];
  const credentials = { secret_key: "sk_test_0123456789", webhook_secret: secret };
  return subject("HMAC", "stripe", credentials, { body, headers, contentType: JSON_TYPE });
}

function paypal(): Subject {
  const webhook_id = "1JE4291016473214C";
  const amount = { currency_code: "USD", value: "12.34" };
  const resource = { id: "2GG279541U471931P", status: "COMPLETED", custom_id: ORDER, amount };
  const body = JSON.stringify({ event_type: "PAYMENT.CAPTURE.COMPLETED", resource });
  const [id, time] = ["69cd13f0-d67a-11e5-baa3-778b53f4ae55", "2026-11-25T04:00:00Z"];
  const headers: [string, string][] = [
    ["paypal-transmission-id", id],
    ["paypal-transmission-time", time],
    ["paypal-transmission-sig", rsa(`${id}|${time}|${webhook_id}|${crc32(Buffer.from(body))}`)],
    ["paypal-cert-url", "https://api.paypal.com/v1/notifications/certs/CERT-1"],
    ["paypal-auth-algo", "SHA256withRSA"],
  ];
  const credentials = {
    client_id: "client-id-of-ours",
    client_secret: "client-secret",
    webhook_id,
  };
  return subject("RSA", "paypal", credentials, { body, headers, contentType: JSON_TYPE });
}
