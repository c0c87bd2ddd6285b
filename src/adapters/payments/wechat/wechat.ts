import { z } from "zod";
import type { Currency, Money } from "../../../domain/money.ts";
import { CURRENCIES } from "../../../domain/money.ts";
import type { NoticeReading, RawNotice } from "../../../flows/payments/payment-ports.ts";
import { CODED_ANSWERS } from "../answers.ts";
import { certificateSerial } from "../signatures/der.ts";
import { reference, signedButUnread } from "../fields.ts";
import { defineGateway, type GatewayWorld } from "../gateway.ts";
import {
  makeSign,
  makeVerify,
  privateKeyText,
  publicKeyText,
  type Verify,
} from "../signatures/rsa.ts";
import { recognitionOf } from "./wechat-recognition.ts";
import { openPayment, queryTransaction, refundTransaction } from "./wechat-api.ts";
import { makeOpenResource, transaction, type WechatAccount } from "./wechat-account.ts";
import { checkSignature } from "./wechat-signature.ts";
import { tradeBill } from "./wechat-statement.ts";
import { SUMS } from "../../../domain/payments/sums.ts";
import type { GatewayOfSums } from "../exact-sums.ts";

const certificateText = publicKeyText.refine(
  (text) => certificateSerial(text) !== null,
  "must be a certificate",
);

const credentials = z
  .strictObject({
    appid: z.string().regex(/^wx[0-9a-zA-Z]{6,30}$/),
    mchid: z.string().regex(/^\d{8,12}$/),
    /** The serial number of our own certificate ("商户API证书"), whose private key this is. */
    serial_no: z.string().regex(/^[0-9A-F]{16,48}$/i),
    private_key: privateKeyText,
    /** "APIv3密钥": opens what notices seal. */
    api_v3_key: z.string().regex(/^[\x21-\x7e]{32}$/, "must be 32 characters"),
    /** WeChat's public key and its id, which newer accounts have … */
    public_key: publicKeyText.nullable().default(null),
    public_key_id: z
      .string()
      .regex(/^PUB_KEY_ID_\d{10,40}$/)
      .nullable()
      .default(null),
    /** … or its platform certificates, the old and the new one while they change. */
    platform_certificates: z.array(certificateText).max(5).default([]),
    /** "AppSecret" of the app that `appid` names: asks WeChat who a buyer is. Without it there is no JSAPI. */
    app_secret: z
      .string()
      .regex(/^[0-9a-zA-Z]{32}$/, "must be 32 letters and digits")
      .nullable()
      .default(null),
    /** `auto`: a code for computers, h5 for phones, JSAPI inside WeChat. */
    scene: z.enum(["auto", "native", "h5", "jsapi"]).default("auto"),
  })
  .refine(({ public_key, public_key_id }) => (public_key === null) === (public_key_id === null), {
    path: ["public_key_id"],
    message: "public_key and public_key_id go together",
  })
  .refine(
    ({ public_key, platform_certificates: certificates }) =>
      public_key !== null || certificates.length > 0,
    { path: ["public_key"], message: "needed, or platform_certificates" },
  );

/** WeChat Pay API v3: native, h5, jsapi. Rules: docs/payments.md. */
export const wechat = defineGateway({ credentials, sums: SUMS.wechat, make: makeWechat });

function makeWechat(
  given: z.infer<typeof credentials>,
  _currency: Currency,
  world: GatewayWorld,
): GatewayOfSums {
  const account: WechatAccount = {
    appid: given.appid,
    mchid: given.mchid,
    serialNo: given.serial_no.toUpperCase(),
    scene: given.scene,
    sign: makeSign(given.private_key),
    verifiers: verifiersOf(given),
    answerKeyId: given.public_key_id,
    openResource: makeOpenResource(given.api_v3_key),
  };
  const { scene, app_secret: secret } = given;
  const isForWechat = secret !== null && (scene === "auto" || scene === "jsapi");
  return {
    ...(isForWechat ? { recognition: recognitionOf({ appid: account.appid, secret }, world) } : {}),
    capabilities: {
      devices: DEVICES[scene],
      // Neither a code nor a page of WeChat's own opens inside WeChat: there it takes the buyer's openid.
      shutOutBy: [
        "alipay",
        ...(scene === "jsapi" ? ["qq" as const] : []),
        ...(isForWechat ? [] : ["wechat" as const]),
      ],
      actions: ["qr", "redirect", "jsapi"],
      opensByCall: true,
      query: true,
      signsAnswers: true,
      // Its rules (API规则, "API请求频次") give 1,800 for queries; a fraction of it.
      queriesPerMinute: 1_200,
      refund: "partial",
      tellsRefunds: true,
      tellsDisputes: false,
    },
    open: (request) => openPayment(account, world, request),
    read: (notice) => readNotice(account, world, notice),
    query: (question) => queryTransaction(account, world, question),
    refund: (request) => refundTransaction(account, world, request),
    accountNumber: account.mchid,
    statement: (day) => tradeBill(account, world, day),
    answers: CODED_ANSWERS,
  };
}

const DEVICES = {
  auto: ["desktop", "phone"],
  native: ["desktop", "phone"],
  h5: ["phone"],
  jsapi: [],
} as const;

/** By the number that a signature names its key with. */
function verifiersOf(given: z.infer<typeof credentials>): ReadonlyMap<string, Verify> {
  const verifiers = new Map<string, Verify>();
  if (given.public_key !== null && given.public_key_id !== null) {
    verifiers.set(given.public_key_id, makeVerify(given.public_key));
  }
  for (const certificate of given.platform_certificates) {
    verifiers.set(certificateSerial(certificate) ?? "", makeVerify(certificate));
  }
  return verifiers;
}

const envelope = z.object({
  event_type: z.string(),
  resource: z.object({
    algorithm: z.literal("AEAD_AES_256_GCM"),
    ciphertext: z.string(),
    nonce: z.string(),
    associated_data: z.string().nullish(),
  }),
});

async function readNotice(
  account: WechatAccount,
  world: GatewayWorld,
  { headers, body, receivedAtMs }: RawNotice,
): Promise<NoticeReading> {
  const text = utf8Text(body);
  if (text === null || text === "") return { kind: "invalid", check: "malformed" };
  const clock = receivedAtMs === undefined ? world.clock : { nowMs: () => receivedAtMs };
  const check = await checkSignature(account, { clock }, (name) => headers.get(name) ?? "", text);
  if (check === "stale") return signedButUnread(check);
  if (check !== "genuine") return { kind: "invalid", check };
  const parsed = envelope.safeParse(parseJson(text));
  if (!parsed.success) return { kind: "ignored", about: "no resource" };
  const { event_type: event, resource } = parsed.data;
  const opened = await account.openResource(resource);
  // Signed by WeChat and sealed with another APIv3 key than the account has: nothing of it can be read.
  if (opened === null) return signedButUnread("account");
  const content = parseJson(opened);
  if (event.startsWith("TRANSACTION.")) return readTransaction(account, content);
  if (event.startsWith("REFUND.")) return readRefund(account, event, content);
  return { kind: "ignored", about: event.slice(0, 60) };
}

function readTransaction(account: WechatAccount, content: unknown): NoticeReading {
  const parsed = transaction.safeParse(content);
  if (!parsed.success) return signedButUnread("malformed");
  const { appid, mchid, out_trade_no, transaction_id, trade_state, amount } = parsed.data;
  const orderRef = reference(out_trade_no);
  if (orderRef === null) return signedButUnread("malformed");
  // Before it is paid, a transaction has no number there.
  const tradeNo = reference(transaction_id) ?? orderRef;
  const about = { tradeNo, orderRef };
  if (appid !== account.appid || mchid !== account.mchid) {
    return { kind: "invalid", check: "account", about };
  }
  if (trade_state !== "SUCCESS") return { kind: "not_paid", ...about, status: trade_state };
  const money = moneyOf(amount?.total, amount?.currency);
  return money === null
    ? { kind: "invalid", check: "amount", about }
    : { kind: "paid", ...about, money };
}

const refund = z.object({
  mchid: z.string(),
  out_trade_no: z.string(),
  transaction_id: z.string(),
  out_refund_no: z.string(),
  amount: z.object({ refund: z.int().nonnegative() }),
});

function readRefund(account: WechatAccount, event: string, content: unknown): NoticeReading {
  const parsed = refund.safeParse(content);
  if (!parsed.success) return signedButUnread("malformed");
  const { mchid, out_trade_no, transaction_id, out_refund_no, amount } = parsed.data;
  const tradeNo = reference(transaction_id);
  const orderRef = reference(out_trade_no);
  if (tradeNo === null || orderRef === null) return signedButUnread("malformed");
  const about = { tradeNo, orderRef };
  if (mchid !== account.mchid) return { kind: "invalid", check: "account", about };
  if (event !== "REFUND.SUCCESS") return { kind: "not_paid", ...about, status: event };
  const money = moneyOf(amount.refund, "CNY");
  return { kind: "refunded", ...about, refundNo: reference(out_refund_no), money };
}

/** `total` is in fen already; a currency that is not said is CNY. */
function moneyOf(amountMinor: number | undefined, currency = "CNY"): Money | null {
  const known = CURRENCIES.find((candidate) => candidate === currency);
  if (amountMinor === undefined || !Number.isSafeInteger(amountMinor)) return null;
  return known === undefined ? null : { amountMinor, currency: known };
}

function utf8Text(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Undefined where it is no JSON: a schema refuses that. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
