import { z } from "zod";
import { formatDecimal, type Currency } from "../../../domain/money.ts";
import type { App } from "../../../domain/payments/surface.ts";
import type {
  NoticeReading,
  Opening,
  PaymentRequest,
} from "../../../flows/payments/payment-ports.ts";
import { plainAnswers } from "../answers.ts";
import { openByCall, queryOrder, refundOrder } from "./epay-api.ts";
import { cutToBytes, folderUrl, reference, signedButUnread, sumOf } from "../fields.ts";
import { defineGateway, type GatewayWorld } from "../gateway.ts";
import { EPAY_RULE, isMd5Signature, md5Signature } from "../signatures/md5-signature.ts";
import { readParameters } from "../parameters.ts";
import { SUMS } from "../../../domain/payments/sums.ts";
import type { GatewayOfSums } from "../exact-sums.ts";

/** Gateways cut longer names, in the middle of a character if need be. */
const NAME_BYTES_MAX = 127;

const credentials = z.strictObject({
  /** The merchant's number at the gateway. */
  pid: z.string().regex(/^[0-9A-Za-z_-]{1,32}$/),
  /** The secret that signs both ways. */
  key: z.string().min(1).max(256),
  /** The folder that submit.php is in. */
  gateway_url: folderUrl,
  channel: z
    .string()
    .regex(/^[a-z0-9_]{1,32}$/)
    .default("alipay"),
  /** `page`: the buyer is sent to submit.php. `api`: mapi.php is asked where to send them. */
  open_by: z.enum(["page", "api"]).default("page"),
});
export type EpayCredentials = z.infer<typeof credentials>;

/** epay (易支付) v1: a signed redirect out, a signed notice back. Rules: docs/payments.md. */
export const epay = defineGateway({ credentials, sums: SUMS.epay, make: makeEpay });

function makeEpay(
  account: EpayCredentials,
  currency: Currency,
  world: GatewayWorld,
): GatewayOfSums {
  return {
    capabilities: {
      devices: ["desktop", "phone"],
      shutOutBy: shutOutBy(account.channel),
      oneSecret: true,
      actions: account.open_by === "api" ? ["redirect", "qr"] : ["redirect"],
      opensByCall: account.open_by === "api",
      query: true,
      // Nothing of ours names a refund to it: of a part, a second try would be a second refund.
      refund: "full",
      tellsRefunds: false,
      tellsDisputes: false,
    },
    payee: account.pid,
    async open(request) {
      if (account.open_by === "api") return openByCall(account, world, request, submission);
      const query = new URLSearchParams([...(await submission(account, request))]);
      return redirectTo(`${account.gateway_url}submit.php?${query}`);
    },
    async read(notice) {
      const parameters = readParameters(notice);
      if (parameters === null) return { kind: "invalid", check: "malformed" };
      // Nothing of a notice means anything before this line has held.
      if (!(await isGenuine(parameters, account.key))) {
        return { kind: "invalid", check: "signature" };
      }
      return readEpayNotice(account.pid, currency, parameters);
    },
    query: (question) => queryOrder(account, world, question),
    refund: (request) => refundOrder(account, world, request),
    answers: plainAnswers("success"),
  };
}

/** By whose cashier the channel leads to: WeChat lets Alipay's in as little as Alipay lets WeChat's. */
export function shutOutBy(channel: string): readonly App[] {
  if (channel.startsWith("alipay")) return ["wechat"];
  return channel.startsWith("wx") || channel.startsWith("wechat") ? ["alipay"] : [];
}

function redirectTo(url: string): Opening {
  return { kind: "opened", action: { action: "redirect", url }, reference: null };
}

async function isGenuine(parameters: ReadonlyMap<string, string>, key: string): Promise<boolean> {
  const type = parameters.get("sign_type") ?? "MD5";
  return type.toUpperCase() === "MD5" && isMd5Signature(parameters, key, EPAY_RULE);
}

async function submission(
  account: EpayCredentials,
  request: PaymentRequest,
  more: Readonly<Record<string, string>> = {},
): Promise<Map<string, string>> {
  const parameters = new Map([
    ["pid", account.pid],
    ...submissionFields(account.channel, request),
    ...Object.entries(more),
  ]);
  parameters.set("sign", await md5Signature(parameters, account.key, EPAY_RULE));
  return parameters.set("sign_type", "MD5");
}
export type Submission = typeof submission;

/** What both versions of epay are told of an order. */
export function submissionFields(channel: string, request: PaymentRequest): [string, string][] {
  return [
    ["type", channel],
    ["out_trade_no", request.orderId],
    ["notify_url", request.notifyUrl],
    ["return_url", request.returnUrl],
    ["name", cutToBytes(request.title, NAME_BYTES_MAX)],
    ["money", formatDecimal(request.money)],
  ];
}

/** What a notice of either version says, once its signature has held. */
export function readEpayNotice(
  pid: string,
  currency: Currency,
  parameters: ReadonlyMap<string, string>,
): NoticeReading {
  const tradeNo = reference(parameters.get("trade_no"));
  const orderRef = reference(parameters.get("out_trade_no"));
  if (tradeNo === null || orderRef === null) return signedButUnread("malformed");
  const about = { tradeNo, orderRef };
  if (parameters.get("pid") !== pid) return { kind: "invalid", check: "account", about };

  const status = parameters.get("trade_status") ?? "";
  if (status !== "TRADE_SUCCESS") return { kind: "not_paid", ...about, status };
  const money = sumOf(parameters.get("money"), currency);
  if (money === null) return { kind: "invalid", check: "amount", about };
  return { kind: "paid", ...about, money };
}
