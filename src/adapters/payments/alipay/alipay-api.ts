import { z } from "zod";
import { formatDecimal, sameMoney } from "../../../domain/money.ts";
import type {
  GatewayRefunds,
  GatewayUnavailable,
  Opening,
  PaymentQuestion,
  PaymentRequest,
  PaymentStatus,
  RefundOutcome,
  RefundQuestion,
  RefundRequest,
} from "../../../flows/payments/payment-ports.ts";
import { beijingTime, beijingTimeMs, reference, refusalReason, sumOf } from "../fields.ts";
import type { GatewayWorld } from "../gateway.ts";
import { unavailable } from "../outgoing.ts";
import { rawMember } from "../raw-member.ts";
import type { Sign, Verify } from "../signatures/rsa.ts";
import { signatureBase } from "../signatures/signature-base.ts";

/** An account of Alipay with its keys at work. */
export interface AlipayAccount {
  readonly app_id: string;
  readonly seller_id: string | null;
  readonly scene: "auto" | "page" | "wap" | "precreate";
  readonly gateway_url: string;
  readonly sign: Sign;
  readonly verify: Verify;
}

const SUBJECT_CHARACTERS_MAX = 128;
/** Alipay's own page refuses these in a subject. */
const NOT_IN_SUBJECT = /[/=&]/g;

type Fields = Readonly<Record<string, string>>;

const optionalText = z.string().optional();
/** What every answer has: 10000 is done, 40004 a refusal with its `sub_code`. */
export const answerBase = z.object({
  code: z.string(),
  sub_code: optionalText,
  sub_msg: optionalText,
});

/** Page and wap are addresses that we sign ourselves; a code comes by a call. */
export async function openPayment(
  account: AlipayAccount,
  world: GatewayWorld,
  request: PaymentRequest,
): Promise<Opening> {
  const { scene } = account;
  if (scene === "precreate") return precreate(account, world, request);
  const byPhone = scene === "wap" || (scene === "auto" && request.buyer.device === "phone");
  const content: Fields = {
    ...orderFields(request),
    product_code: byPhone ? "QUICK_WAP_WAY" : "FAST_INSTANT_TRADE_PAY",
    ...(byPhone ? { quit_url: request.returnUrl } : {}),
  };
  const parameters = await signedParameters(account, world, {
    method: byPhone ? "alipay.trade.wap.pay" : "alipay.trade.page.pay",
    notify_url: request.notifyUrl,
    return_url: request.returnUrl,
    biz_content: JSON.stringify(content),
  });
  const url = `${account.gateway_url}?${new URLSearchParams(parameters)}`;
  return { kind: "opened", action: { action: "redirect", url }, reference: null };
}

function orderFields({ orderId, title, money, expiresAtMs }: PaymentRequest): Fields {
  return {
    out_trade_no: orderId,
    total_amount: formatDecimal(money),
    subject: [...title.replaceAll(NOT_IN_SUBJECT, " ")].slice(0, SUBJECT_CHARACTERS_MAX).join(""),
    ...(expiresAtMs === null ? {} : { time_expire: beijingTime(expiresAtMs) }),
  };
}

const precreated = answerBase.extend({ out_trade_no: optionalText, qr_code: optionalText });

async function precreate(
  account: AlipayAccount,
  world: GatewayWorld,
  request: PaymentRequest,
): Promise<Opening> {
  const { notifyUrl: notify_url, orderId } = request;
  const more = { notify_url };
  const method = "alipay.trade.precreate";
  const answer = await call(
    account,
    world,
    { method, content: orderFields(request), more },
    precreated,
  );
  if (answer.kind !== "answered") return answer;
  const { code, sub_code, sub_msg, out_trade_no, qr_code } = answer.value;
  if (code !== "10000") return refusal(code, sub_code, sub_msg);
  if (out_trade_no !== orderId) return unavailable("other_order");
  if (!qr_code) return unavailable("not_understood");
  return { kind: "opened", action: { action: "qr", qrText: qr_code }, reference: null };
}

const trade = answerBase.extend({
  trade_no: optionalText,
  out_trade_no: optionalText,
  trade_status: optionalText,
  total_amount: optionalText,
  send_pay_date: optionalText,
});

export async function queryTrade(
  account: AlipayAccount,
  world: GatewayWorld,
  { orderId, money: asked }: PaymentQuestion,
): Promise<PaymentStatus> {
  const content = { out_trade_no: orderId };
  const answer = await call(account, world, { method: "alipay.trade.query", content }, trade);
  if (answer.kind !== "answered") return answer;
  const { code, sub_code, sub_msg, out_trade_no, trade_status, ...facts } = answer.value;
  // A code that nobody has scanned yet is no trade there.
  if (sub_code === "ACQ.TRADE_NOT_EXIST") return { kind: "unknown" };
  if (code !== "10000") {
    const refused = refusal(code, sub_code, sub_msg);
    return refused.kind === "unavailable" ? refused : unavailable("credentials");
  }
  if (out_trade_no !== orderId) return unavailable("other_order");
  const tradeNo = reference(facts.trade_no);
  const money = sumOf(facts.total_amount, asked.currency);
  const paidAtMs = beijingTimeMs(facts.send_pay_date);
  if (trade_status === "WAIT_BUYER_PAY") return { kind: "pending" };
  if (tradeNo === null) return unavailable("not_understood");
  // Closed is what time does to an unpaid trade, and what a refund of all does to a paid one.
  if (trade_status === "TRADE_CLOSED") {
    return paidAtMs === null ? { kind: "closed" } : { kind: "refunded", tradeNo };
  }
  const isPaid = trade_status === "TRADE_SUCCESS" || trade_status === "TRADE_FINISHED";
  if (!isPaid || money === null) return unavailable("not_understood");
  return { kind: "paid", tradeNo, money, paidAtMs };
}

const refunded = answerBase.extend({
  trade_no: optionalText,
  out_trade_no: optionalText,
  fund_change: optionalText,
});

/**
 * `out_request_no` is ours: the same again changes nothing. 10000 says that the call was understood and no more: the
 * money has gone back where `fund_change` is Y; with N (as for a number that was sent before) or without it, only the
 * query tells (alipay.trade.refund, "退款成功判断说明", opendocs.alipay.com/open/02e7go).
 */
export async function refundTrade(
  account: AlipayAccount,
  world: GatewayWorld,
  request: RefundRequest,
): Promise<RefundOutcome> {
  const content = {
    trade_no: request.tradeNo,
    out_trade_no: request.orderId,
    out_request_no: request.refundId,
    refund_amount: formatDecimal(request.money),
    refund_reason: request.reason.slice(0, 200),
  };
  const answer = await call(account, world, { method: "alipay.trade.refund", content }, refunded);
  if (answer.kind !== "answered") return answer;
  const { code, sub_code, sub_msg, out_trade_no, trade_no } = answer.value;
  if (code !== "10000") return refusal(code, sub_code, sub_msg);
  if (out_trade_no !== request.orderId || trade_no !== request.tradeNo) {
    return unavailable("other_order");
  }
  if (answer.value.fund_change === "Y") return { kind: "done", refundNo: request.refundId };
  return refundAsFound(account, world, request);
}

/** It may be asked too early ("建议之间间隔10秒以上"): what is not found yet is asked for again under its number. */
async function refundAsFound(
  account: AlipayAccount,
  world: GatewayWorld,
  { tradeNo, orderId, refundId: refundNo, money }: RefundRequest,
): Promise<RefundOutcome> {
  const found = await refundOfTrade(account, world, { tradeNo, orderRef: orderId, refundNo });
  if (found.kind !== "refunds") return found;
  const [made] = found.refunds;
  if (made === undefined) return { kind: "pending", refundNo };
  return sameMoney(made.money, money) ? { kind: "done", refundNo } : unavailable("other_order");
}

const refundFound = answerBase.extend({
  out_trade_no: optionalText,
  out_request_no: optionalText,
  refund_amount: optionalText,
  refund_status: optionalText,
});

/** `alipay.trade.fastpay.refund.query`: notices tell the sum of all refunds, this the sum of one. */
export async function refundOfTrade(
  account: AlipayAccount,
  world: GatewayWorld,
  { orderRef, refundNo }: RefundQuestion,
): Promise<GatewayRefunds> {
  // Without its number there is no asking for it.
  if (orderRef === null || refundNo === null) return { kind: "refunds", refunds: [] };
  const content = { out_trade_no: orderRef, out_request_no: refundNo };
  const asked = { method: "alipay.trade.fastpay.refund.query", content };
  const answer = await call(account, world, asked, refundFound);
  if (answer.kind !== "answered") return answer;
  const { code, sub_code, sub_msg, out_trade_no, out_request_no, ...facts } = answer.value;
  if (code !== "10000") {
    const refused = refusal(code, sub_code, sub_msg);
    return refused.kind === "unavailable" ? refused : { kind: "refunds", refunds: [] };
  }
  // What it does not know it answers without a number, what is not done without a state.
  if (out_request_no === undefined || facts.refund_status !== "REFUND_SUCCESS") {
    return { kind: "refunds", refunds: [] };
  }
  if (out_trade_no !== orderRef || out_request_no !== refundNo) return unavailable("other_order");
  const money = sumOf(facts.refund_amount, "CNY");
  return money === null
    ? unavailable("not_understood")
    : { kind: "refunds", refunds: [{ refundNo, refundId: null, money }] };
}

/** "System error" means: it may have happened; ask again with the same numbers. */
export function refusal(
  code: string,
  subCode = "",
  subMessage = "",
): Extract<Opening, { kind: "refused" }> | GatewayUnavailable {
  // 40005: asked too often ("调用频次超限"), which passes.
  if (code === "20000" || code === "40005" || /SYSTEM_ERROR$|unknow-error$/.test(subCode))
    return unavailable("status");
  if (/^isv\.|^isp\./.test(subCode) && code !== "40004") return unavailable("credentials");
  return { kind: "refused", reason: refusalReason(`${subCode || code} ${subMessage}`) };
}

interface Asked {
  readonly method: string;
  readonly content: Fields;
  readonly more?: Fields;
}

/** The signed part of an answer, believed once its signature over the raw text has held. */
export async function call<Value>(
  account: AlipayAccount,
  world: GatewayWorld,
  { method, content, more = {} }: Asked,
  schema: z.ZodType<Value>,
): Promise<{ kind: "answered"; value: Value } | GatewayUnavailable> {
  const biz_content = JSON.stringify(content);
  const parameters = await signedParameters(account, world, { method, biz_content, ...more });
  // All but the content stands in the address, as its own SDKs do it: there it reads the charset.
  const { biz_content: body, ...common } = parameters;
  const answer = await world.send({
    method: "POST",
    url: `${account.gateway_url}?${new URLSearchParams(common)}`,
    headers: { "content-type": "application/x-www-form-urlencoded;charset=utf-8" },
    body: new URLSearchParams({ biz_content: body ?? "" }).toString(),
  });
  if (answer.kind !== "answered") return answer;
  const name = `${method.replaceAll(".", "_")}_response`;
  const raw = rawMember(answer.text, name) ?? rawMember(answer.text, "error_response");
  const sign = rawMember(answer.text, "sign");
  if (raw === null) return unavailable("not_understood");
  if (!(await account.verify(raw, sign === null ? "" : parseText(sign)))) {
    return unavailable("signature");
  }
  const parsed = schema.safeParse(JSON.parse(raw));
  return parsed.success ? { kind: "answered", value: parsed.data } : unavailable("not_understood");
}

/** A JSON text as it means; nothing where it is another kind of value. */
function parseText(json: string): string {
  const value: unknown = JSON.parse(json);
  return typeof value === "string" ? value : "";
}

async function signedParameters(
  { app_id, sign }: AlipayAccount,
  { clock }: GatewayWorld,
  fields: Fields,
): Promise<Record<string, string>> {
  const parameters: Record<string, string> = {
    app_id,
    charset: "utf-8",
    sign_type: "RSA2",
    version: "1.0",
    timestamp: beijingTime(clock.nowMs()),
    ...fields,
  };
  // Of requests the sign_type is signed too.
  const base = signatureBase(new Map(Object.entries(parameters)), SIGN_ONLY);
  return { ...parameters, sign: await sign(base) };
}

const SIGN_ONLY: ReadonlySet<string> = new Set(["sign"]);
