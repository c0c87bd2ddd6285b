import { z } from "zod";
import { formatDecimal, sameMoney } from "../../../domain/money.ts";
import type {
  GatewayUnavailable,
  Opening,
  PaymentAction,
  PaymentQuestion,
  PaymentRequest,
  PaymentStatus,
  RefundOutcome,
  RefundRequest,
} from "../../../flows/payments/payment-ports.ts";
import type { EpayCredentials, Submission } from "./epay.ts";
import {
  beijingTimeMs,
  codeText,
  payUrl,
  readAnswer,
  reference,
  refusalReason,
  sumOf,
} from "../fields.ts";
import type { GatewayWorld } from "../gateway.ts";
import { unavailable, type OutgoingAnswer } from "../outgoing.ts";

/** epay v1's calls from server to server: mapi.php, api.php. Their answers carry no signature. */

const FORM = { "content-type": "application/x-www-form-urlencoded" };

const optionalText = z.string().nullish();
const opened = z.object({
  code: codeText,
  msg: optionalText,
  trade_no: z.string().nullish(),
  payurl: optionalText,
  qrcode: optionalText,
});

/** mapi.php: the gateway opens the payment and says where the buyer goes. */
export async function openByCall(
  account: EpayCredentials,
  world: GatewayWorld,
  request: PaymentRequest,
  submission: Submission,
): Promise<Opening> {
  const { ip, device } = request.buyer;
  const fields = await submission(account, request, {
    // The gateway wants one to judge by; where we know none it is told none of ours.
    clientip: ip ?? "127.0.0.1",
    device: device === "phone" ? "mobile" : "pc",
  });
  const body = new URLSearchParams([...fields]).toString();
  const url = `${account.gateway_url}mapi.php`;
  const answer = await world.send({ method: "POST", url, headers: FORM, body });
  if (answer.kind !== "answered") return answer;
  const read = readAnswer(answer, opened);
  if (read.kind !== "read") return read;
  if (read.value.code !== "1") return { kind: "refused", reason: refusalReason(read.value.msg) };
  const action = actionOf(read.value, world);
  if (action === null) return unavailable("not_understood");
  return { kind: "opened", action, reference: reference(read.value.trade_no) };
}

function actionOf(
  { payurl, qrcode }: z.infer<typeof opened>,
  world: GatewayWorld,
): PaymentAction | null {
  if (payurl) {
    const url = payUrl(payurl, world);
    return url === null ? null : { action: "redirect", url };
  }
  return qrcode ? { action: "qr", qrText: qrcode } : null;
}

const trade = z.object({
  code: codeText,
  msg: optionalText,
  pid: codeText.optional(),
  trade_no: codeText.optional(),
  out_trade_no: z.string().optional(),
  money: codeText.optional(),
  status: codeText.optional(),
  endtime: optionalText,
});

/** `api.php?act=order`: what the gateway knows of an order of ours. */
export async function queryOrder(
  account: EpayCredentials,
  world: GatewayWorld,
  question: Pick<PaymentQuestion, "orderId" | "money">,
): Promise<PaymentStatus> {
  const url = new URL(`${account.gateway_url}api.php`);
  url.search = new URLSearchParams({
    act: "order",
    pid: account.pid,
    key: account.key,
    out_trade_no: question.orderId,
  }).toString();
  const answer = await world.send({ method: "GET", url: url.href });
  return answer.kind === "answered" ? statusOf(answer, account, question) : answer;
}

function statusOf(
  answer: OutgoingAnswer,
  account: EpayCredentials,
  { orderId, money: asked }: Pick<PaymentQuestion, "orderId" | "money">,
): PaymentStatus {
  const read = readAnswer(answer, trade);
  if (read.kind !== "read") return read;
  const { value } = read;
  if (value.code !== "1") return refusedQuery(value.msg);
  if (value.out_trade_no !== orderId || (value.pid ?? account.pid) !== account.pid) {
    return unavailable("other_order");
  }
  if (value.status === "0") return { kind: "pending" };
  const tradeNo = reference(value.trade_no);
  const money = sumOf(value.money, asked.currency);
  if (tradeNo === null || money === null) return unavailable("not_understood");
  if (value.status === "2") return { kind: "refunded", tradeNo };
  if (value.status !== "1") return unavailable("not_understood");
  return { kind: "paid", tradeNo, money, paidAtMs: beijingTimeMs(value.endtime) };
}

function refusedQuery(message: string | null | undefined): PaymentStatus {
  return saysNoSuchOrder(message ?? "") ? { kind: "unknown" } : unavailable("credentials");
}

/**
 * Only words tell "no such order" from "wrong key": both have codes that differ from fork to fork. A merchant that is
 * not there ("商户ID不存在") is not an order that is not there ("订单号不存在", "商户订单号不存在").
 */
export function saysNoSuchOrder(message: string): boolean {
  const isMerchant = /商户\s*(ID|PID|号)?\s*不存在/i.test(message);
  return !isMerchant && /不存在|not exist|not found/i.test(message);
}

const refunded = z.object({ code: codeText, msg: optionalText });

/**
 * `api.php?act=refund`. It has no field for a number of ours, so it is asked first what has become of
 * the order, and only the whole sum can go back: a second try finds it refunded and sends nothing.
 */
export async function refundOrder(
  account: EpayCredentials,
  world: GatewayWorld,
  request: RefundRequest,
): Promise<RefundOutcome> {
  if (!sameMoney(request.money, request.paid)) {
    return { kind: "refused", reason: "this gateway refunds whole payments only" };
  }
  const known = await queryOrder(account, world, { orderId: request.orderId, money: request.paid });
  switch (known.kind) {
    case "refunded":
      return { kind: "done", refundNo: null };
    case "paid":
      break;
    case "unavailable":
    case "unsupported":
      return known;
    case "pending":
    case "closed":
    case "unknown":
      return { kind: "refused", reason: `the gateway says that it is ${known.kind}` };
    default:
      return known satisfies never;
  }
  if (known.tradeNo !== request.tradeNo) return unavailable("other_order");
  const answer = await world.send({
    method: "POST",
    url: `${account.gateway_url}api.php?act=refund`,
    headers: FORM,
    body: new URLSearchParams({
      pid: account.pid,
      key: account.key,
      trade_no: request.tradeNo,
      out_trade_no: request.orderId,
      money: formatDecimal(request.money),
    }).toString(),
  });
  if (answer.kind !== "answered") return answer;
  const outcome = refundOutcome(answer);
  if (outcome !== "said_done") return outcome;
  const after = await queryOrder(account, world, { orderId: request.orderId, money: request.paid });
  if (after.kind === "refunded") return { kind: "done", refundNo: null };
  return after.kind === "unavailable" ? after : unavailable("not_understood");
}

/**
 * Done is 1 by the document and in older versions, 0 in newer ones of 彩虹易支付 (api.php and lib/Order.php), whose words
 * are the same ("退款成功"). Since 0 is a refusal's number elsewhere, it is believed once the order says so too.
 */
function refundOutcome(answer: OutgoingAnswer): RefundOutcome | GatewayUnavailable | "said_done" {
  const read = readAnswer(answer, refunded);
  if (read.kind !== "read") return read;
  const { code, msg } = read.value;
  if (code === "1") return { kind: "done", refundNo: null };
  if (code === "0" && msg?.includes("成功") === true) return "said_done";
  // Epay refuses with a number and its reason. Whatever else stands in front of it says nothing of the money.
  const isEpays = /^-?\d+$/.test(code) && typeof msg === "string" && msg !== "";
  return isEpays ? { kind: "refused", reason: refusalReason(msg) } : unavailable("not_understood");
}
