import { z } from "zod";
import type { Currency } from "../../../domain/money.ts";
import type { NoticeReading } from "../../../flows/payments/payment-ports.ts";
import { plainAnswers } from "../answers.ts";
import {
  openPayment,
  queryTrade,
  refundOfTrade,
  refundTrade,
  type AlipayAccount,
} from "./alipay-api.ts";
import { businessStatement } from "./alipay-statement.ts";
import { reference, signedButUnread, sumOf } from "../fields.ts";
import { defineGateway, type GatewayWorld } from "../gateway.ts";
import { readParameters } from "../parameters.ts";
import { makeSign, makeVerify, privateKeyText, publicKeyText } from "../signatures/rsa.ts";
import { signatureBase } from "../signatures/signature-base.ts";
import { SUMS } from "../../../domain/payments/sums.ts";
import type { GatewayOfSums } from "../exact-sums.ts";

const credentials = z.strictObject({
  app_id: z.string().regex(/^\d{10,32}$/),
  /** Ours ("应用私钥"): signs what we send. */
  private_key: privateKeyText,
  /** Theirs ("支付宝公钥"), not the one that we gave them: signs what they send. */
  alipay_public_key: publicKeyText,
  /** Who gets the money; notices for anyone else are refused. */
  seller_id: z
    .string()
    .regex(/^2088\d{12}$/)
    .nullable()
    .default(null),
  /** `auto`: a page for computers, its mobile form for phones. `precreate`: a code to scan. */
  scene: z.enum(["auto", "page", "wap", "precreate"]).default("auto"),
  /** Another one only for Alipay's own sandbox. */
  gateway_url: z.url().max(200).default("https://openapi.alipay.com/gateway.do"),
});

/** Alipay's open platform, keys by public key (not by certificate). Rules: docs/payments.md. */
export const alipay = defineGateway({ credentials, sums: SUMS.alipay, make: makeAlipay });

function makeAlipay(
  { private_key, alipay_public_key, ...shared }: z.infer<typeof credentials>,
  currency: Currency,
  world: GatewayWorld,
): GatewayOfSums {
  const account = { ...shared, sign: makeSign(private_key), verify: makeVerify(alipay_public_key) };
  const byCode = account.scene === "precreate";
  return {
    capabilities: {
      devices: account.scene === "wap" ? ["phone"] : ["desktop", "phone"],
      shutOutBy: ["wechat"],
      actions: byCode ? ["qr"] : ["redirect"],
      opensByCall: byCode,
      query: true,
      signsAnswers: true,
      refund: "partial",
      tellsRefunds: true,
      tellsDisputes: false,
    },
    open: (request) => openPayment(account, world, request),
    async read(notice) {
      const parameters = readParameters(notice);
      if (parameters === null) return { kind: "invalid", check: "malformed" };
      if (!(await isGenuine(account, parameters))) return { kind: "invalid", check: "signature" };
      return readSigned(account, currency, parameters);
    },
    query: (question) => queryTrade(account, world, question),
    refund: (request) => refundTrade(account, world, request),
    refundsOf: (question) => refundOfTrade(account, world, question),
    accountNumber: account.seller_id ?? undefined,
    statement: (day) => businessStatement(account, world, day),
    answers: plainAnswers("success"),
  };
}

const UNSIGNED: ReadonlySet<string> = new Set(["sign", "sign_type"]);

async function isGenuine(
  { verify }: AlipayAccount,
  parameters: ReadonlyMap<string, string>,
): Promise<boolean> {
  if ((parameters.get("sign_type") ?? "RSA2") !== "RSA2") return false;
  return verify(signatureBase(parameters, UNSIGNED), parameters.get("sign") ?? "");
}

function readSigned(
  account: AlipayAccount,
  currency: Currency,
  parameters: ReadonlyMap<string, string>,
): NoticeReading {
  const tradeNo = reference(parameters.get("trade_no"));
  const orderRef = reference(parameters.get("out_trade_no"));
  if (tradeNo === null || orderRef === null) return signedButUnread("malformed");
  const about = { tradeNo, orderRef };
  const seller = account.seller_id ?? parameters.get("seller_id");
  if (parameters.get("app_id") !== account.app_id || parameters.get("seller_id") !== seller) {
    return { kind: "invalid", check: "account", about };
  }
  // After a refund of a part the status is TRADE_SUCCESS still: only these fields tell the two apart.
  const refunded = sumOf(parameters.get("refund_fee"), currency);
  if (parameters.has("gmt_refund") || (refunded?.amountMinor ?? 0) > 0) {
    const refundNo = reference(parameters.get("out_biz_no"));
    return { kind: "refunded", ...about, refundNo, money: refunded, sumOfAll: true };
  }
  const status = parameters.get("trade_status") ?? "";
  if (status !== "TRADE_SUCCESS" && status !== "TRADE_FINISHED") {
    return { kind: "not_paid", ...about, status };
  }
  const money = sumOf(parameters.get("total_amount"), currency);
  return money === null
    ? { kind: "invalid", check: "amount", about }
    : { kind: "paid", ...about, money };
}
