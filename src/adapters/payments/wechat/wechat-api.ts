import { z } from "zod";
import type {
  GatewayRefusal,
  GatewayUnavailable,
  Opening,
  PaymentAction,
  PaymentQuestion,
  PaymentRequest,
  PaymentStatus,
  RefundOutcome,
  RefundRequest,
} from "../../../flows/payments/payment-ports.ts";
import {
  beijingTime,
  cutToBytes,
  payUrl,
  readAnswer,
  reference,
  refusalReason,
} from "../fields.ts";
import type { GatewayWorld } from "../gateway.ts";
import { unavailable, type OutgoingAnswer } from "../outgoing.ts";
import { transaction, type WechatAccount } from "./wechat-account.ts";
import { authorization, checkSignature, jsapiFields } from "./wechat-signature.ts";

export const HOST = "https://api.mch.weixin.qq.com";
const DESCRIPTION_BYTES_MAX = 127;
/** WeChat's page for phones is good for five minutes ("h5_url的有效期为5分钟"); nobody is sent there with the last of them. */
const H5_GOOD_MS = 4 * 60_000;

type Scene = Exclude<WechatAccount["scene"], "auto">;

const opened = z.object({
  code_url: z.string().optional(),
  h5_url: z.string().optional(),
  prepay_id: z.string().optional(),
});

/** The same order again is the same payment there, as long as sum and account are the same. */
export async function openPayment(
  account: WechatAccount,
  world: GatewayWorld,
  request: PaymentRequest,
): Promise<Opening> {
  const scene = sceneOf(account, request);
  if (scene === null) return { kind: "refused", reason: "open this page in WeChat to pay" };
  const content = {
    appid: account.appid,
    mchid: account.mchid,
    description: cutToBytes(request.title, DESCRIPTION_BYTES_MAX),
    out_trade_no: request.orderId,
    notify_url: request.notifyUrl,
    amount: { total: request.money.amountMinor, currency: "CNY" },
    ...(request.expiresAtMs === null ? {} : { time_expire: rfc3339(request.expiresAtMs) }),
    ...sceneFields(scene, request),
  };
  const answer = await call(account, world, "POST", `/v3/pay/transactions/${scene}`, content);
  if (answer.kind === "failed") return refusal(answer);
  if (answer.kind !== "answered") return answer;
  const read = readAnswer(answer, opened);
  if (read.kind !== "read") return read;
  const action = await actionOf(account, world, read.value, request);
  return action === null
    ? unavailable("not_understood")
    : { kind: "opened", action, reference: null };
}

/** JSAPI needs to be told who the buyer is in WeChat, which only a page inside it finds out. */
function sceneOf({ scene }: WechatAccount, { buyer }: PaymentRequest): Scene | null {
  if (scene === "jsapi") return buyer.openId === null ? null : "jsapi";
  if (scene !== "auto") return scene;
  if (buyer.openId !== null) return "jsapi";
  return buyer.device === "phone" ? "h5" : "native";
}

function sceneFields(scene: Scene, { buyer }: PaymentRequest): object {
  if (scene === "jsapi") return { payer: { openid: buyer.openId } };
  if (scene === "native") return {};
  return { scene_info: { payer_client_ip: buyer.ip ?? "127.0.0.1", h5_info: { type: "Wap" } } };
}

async function actionOf(
  account: WechatAccount,
  world: GatewayWorld,
  { code_url, h5_url, prepay_id }: z.infer<typeof opened>,
  { returnUrl }: PaymentRequest,
): Promise<PaymentAction | null> {
  if (code_url) return { action: "qr", qrText: code_url };
  if (h5_url) {
    const url = payUrl(`${h5_url}&redirect_url=${encodeURIComponent(returnUrl)}`, world);
    const untilMs = world.clock.nowMs() + H5_GOOD_MS;
    return url === null ? null : { action: "redirect", url, fromShop: { untilMs } };
  }
  if (!prepay_id) return null;
  const fields = await jsapiFields(account, world, prepay_id);
  return { action: "jsapi", fields };
}

export async function queryTransaction(
  account: WechatAccount,
  world: GatewayWorld,
  { orderId, money: asked }: PaymentQuestion,
): Promise<PaymentStatus> {
  const path = `/v3/pay/transactions/out-trade-no/${orderId}?mchid=${account.mchid}`;
  const answer = await call(account, world, "GET", path);
  if (answer.kind === "failed") {
    return /^(ORDER_NOT_EXIST|ORDERNOTEXIST|RESOURCE_NOT_EXISTS)$/.test(answer.code)
      ? { kind: "unknown" }
      : unavailable("credentials");
  }
  if (answer.kind !== "answered") return answer;
  const read = readAnswer(answer, transaction);
  if (read.kind !== "read") return read;
  const { value } = read;
  const isOurs = value.mchid === account.mchid && value.appid === account.appid;
  if (!isOurs || value.out_trade_no !== orderId) return unavailable("other_order");
  const tradeNo = reference(value.transaction_id);
  switch (value.trade_state) {
    case "NOTPAY":
    case "USERPAYING":
    case "ACCEPT":
      return { kind: "pending" };
    case "CLOSED":
    case "REVOKED":
    case "PAYERROR":
      return { kind: "closed" };
    case "REFUND":
      return tradeNo === null ? unavailable("not_understood") : { kind: "refunded", tradeNo };
    case "SUCCESS":
      break;
    default:
      return unavailable("not_understood");
  }
  const { total, currency = "CNY" } = value.amount ?? {};
  if (tradeNo === null || total === undefined || currency !== asked.currency) {
    return unavailable("not_understood");
  }
  const paidAtMs = Date.parse(value.success_time ?? "");
  return {
    kind: "paid",
    tradeNo,
    money: { amountMinor: total, currency: asked.currency },
    paidAtMs: Number.isNaN(paidAtMs) ? null : paidAtMs,
  };
}

const refund = z.object({
  refund_id: z.string(),
  out_refund_no: z.string(),
  out_trade_no: z.string(),
  transaction_id: z.string(),
  status: z.string(),
});

/** `out_refund_no` is ours: the same again is answered with the refund that was made for it. */
export async function refundTransaction(
  account: WechatAccount,
  world: GatewayWorld,
  request: RefundRequest,
): Promise<RefundOutcome> {
  const answer = await call(account, world, "POST", "/v3/refund/domestic/refunds", {
    transaction_id: request.tradeNo,
    out_refund_no: request.refundId,
    reason: cutToBytes(request.reason, 80),
    notify_url: request.notifyUrl,
    amount: {
      refund: request.money.amountMinor,
      total: request.paid.amountMinor,
      currency: request.paid.currency,
    },
  });
  if (answer.kind === "failed") return refusal(answer);
  if (answer.kind !== "answered") return answer;
  const read = readAnswer(answer, refund);
  if (read.kind !== "read") return read;
  const { out_refund_no, out_trade_no, transaction_id, refund_id, status } = read.value;
  const isAsked =
    out_refund_no === request.refundId &&
    out_trade_no === request.orderId &&
    transaction_id === request.tradeNo;
  if (!isAsked) return unavailable("other_order");
  const refundNo = reference(refund_id);
  if (status === "SUCCESS") return { kind: "done", refundNo };
  if (status === "PROCESSING") return { kind: "pending", refundNo };
  return { kind: "refused", reason: refusalReason(status) };
}

interface Failed {
  readonly kind: "failed";
  readonly code: string;
  readonly message: string;
}

const problem = z.object({ code: z.string(), message: z.string().optional() });

/**
 * A request, signed, and its answer, verified. What is refused (4xx) WeChat does not always sign: whoever
 * forges a refusal has kept us from asking and gained no money.
 */
export async function call(
  account: WechatAccount,
  world: GatewayWorld,
  method: "GET" | "POST",
  path: string,
  content?: object,
): Promise<OutgoingAnswer | Failed | GatewayUnavailable> {
  const url = `${HOST}${path}`;
  const body = content === undefined ? "" : JSON.stringify(content);
  const answer = await world.send({
    method,
    url,
    headers: {
      authorization: await authorization(account, world, { method, url, body }),
      "content-type": "application/json",
      // WeChat answers nobody without one.
      "user-agent": "kamidrop",
      ...(account.answerKeyId === null ? {} : { "wechatpay-serial": account.answerKeyId }),
    },
    ...(content === undefined ? {} : { body }),
  });
  if (answer.kind !== "answered") return answer;
  if (answer.status >= 400) return failed(answer);
  const header = (name: string) => answer.headers.get(name) ?? "";
  const check = await checkSignature(account, world, header, answer.text);
  if (check === "genuine") return answer;
  // No signature at all is no answer of theirs: a page of somebody in between.
  return unavailable(header("wechatpay-signature") === "" ? "not_understood" : "signature");
}

function failed(answer: OutgoingAnswer): Failed | GatewayUnavailable {
  const read = readAnswer(answer, problem);
  if (read.kind !== "read") return read;
  const { code, message = "" } = read.value;
  return { kind: "failed", code, message };
}

/** SYSTEM_ERROR comes as 5xx, but not only; it means that it may have happened. */
export function refusal({ code, message }: Failed): GatewayRefusal | GatewayUnavailable {
  if (/^(SYSTEM_ERROR|SYSTEMERROR|FREQUENCY_LIMITED|RATELIMIT_EXCEEDED)$/.test(code)) {
    return unavailable("status");
  }
  if (code === "SIGN_ERROR") return unavailable("credentials");
  return { kind: "refused", reason: refusalReason(`${code} ${message}`) };
}

/** To the second, in Beijing's time, as its document wants it. */
function rfc3339(atMs: number): string {
  return `${beijingTime(atMs).replace(" ", "T")}+08:00`;
}
