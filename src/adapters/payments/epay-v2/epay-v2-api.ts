import { formatDecimal } from "../../../domain/money.ts";
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
import { isGenuine, signedFields, type EpayV2Account } from "./epay-v2-signature.ts";
import { saysNoSuchOrder } from "../epay/epay-api.ts";
import { submissionFields } from "../epay/epay.ts";
import { beijingTimeMs, payUrl, reference, refusalReason, sumOf } from "../fields.ts";
import { readFlatJson } from "../flat-json.ts";
import type { GatewayWorld } from "../gateway.ts";
import { unavailable } from "../outgoing.ts";

/** epay v2's calls from server to server. Their answers are signed like its notices. */

/** The most by which an answer's clock may differ from ours: an older one may be somebody's recording. */
const ANSWER_AGE_SECONDS_MAX = 300;

interface Understood {
  readonly kind: "understood";
  readonly fields: ReadonlyMap<string, string>;
}

/** A refusal is not signed, and whoever forges one has only kept us from asking. */
async function call(
  account: EpayV2Account,
  world: GatewayWorld,
  path: string,
  fields: readonly (readonly [string, string])[],
): Promise<Understood | GatewayRefusal | GatewayUnavailable> {
  const body = new URLSearchParams([...(await signedFields(account, world, fields))]).toString();
  const answer = await world.send({
    method: "POST",
    url: `${account.gateway_url}api/pay/${path}`,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body,
  });
  if (answer.kind !== "answered") return answer;
  const read = readFlatJson(answer.text);
  const code = read?.get("code");
  if (read === null || code === undefined) return unavailable("not_understood");
  if (code !== "0") return { kind: "refused", reason: refusalReason(read.get("msg")) };
  const seconds = Number(read.get("timestamp") ?? Number.NaN);
  const age = Math.abs(world.clock.nowMs() / 1_000 - seconds);
  if (!(age <= ANSWER_AGE_SECONDS_MAX) || !(await isGenuine(account, read))) {
    return unavailable("signature");
  }
  return { kind: "understood", fields: read };
}

/** api/pay/create. Its answer names its own number only: it is the one to the request we made. */
export async function openByCall(
  account: EpayV2Account,
  world: GatewayWorld,
  request: PaymentRequest,
): Promise<Opening> {
  const { ip, device } = request.buyer;
  const answer = await call(account, world, "create", [
    ["method", "web"],
    ["device", device === "phone" ? "mobile" : "pc"],
    // The gateway wants one to judge by; where we know none it is told none of ours.
    ["clientip", ip ?? "127.0.0.1"],
    ...submissionFields(account.channel, request),
  ]);
  if (answer.kind !== "understood") return answer;
  const action = actionOf(answer.fields, world);
  if (action === null) return unavailable("not_understood");
  return { kind: "opened", action, reference: reference(answer.fields.get("trade_no")) };
}

/** Its other ways (a page of HTML, an app's own parameters) are none that a shop's page can show. */
function actionOf(fields: ReadonlyMap<string, string>, world: GatewayWorld): PaymentAction | null {
  const info = fields.get("pay_info") ?? "";
  if (fields.get("pay_type") === "qrcode" && info !== "") return { action: "qr", qrText: info };
  const url = fields.get("pay_type") === "jump" ? payUrl(info, world) : null;
  return url === null ? null : { action: "redirect", url };
}

export async function queryOrder(
  account: EpayV2Account,
  world: GatewayWorld,
  { orderId, money: asked }: PaymentQuestion,
): Promise<PaymentStatus> {
  const answer = await call(account, world, "query", [["out_trade_no", orderId]]);
  if (answer.kind === "refused") {
    return saysNoSuchOrder(answer.reason) ? { kind: "unknown" } : unavailable("credentials");
  }
  if (answer.kind !== "understood") return answer;
  const { fields } = answer;
  if (fields.get("out_trade_no") !== orderId) return unavailable("other_order");
  const status = fields.get("status");
  if (status === "0") return { kind: "pending" };
  const tradeNo = reference(fields.get("trade_no"));
  const money = sumOf(fields.get("money"), asked.currency);
  if (tradeNo === null || money === null) return unavailable("not_understood");
  if (status === "2") return { kind: "refunded", tradeNo };
  // 3 is "frozen", 4 "pre-authorised": no money that we may deliver for.
  if (status === "3" || status === "4") return { kind: "pending" };
  if (status !== "1") return unavailable("not_understood");
  return { kind: "paid", tradeNo, money, paidAtMs: beijingTimeMs(fields.get("endtime")) };
}

/**
 * `out_refund_no` is ours: the gateway answers the same number with the refund that it made for it (lib/api/Pay.php of
 * 彩虹易支付, where it has more than five characters).
 */
export async function refundOrder(
  account: EpayV2Account,
  world: GatewayWorld,
  request: RefundRequest,
): Promise<RefundOutcome> {
  const answer = await call(account, world, "refund", [
    ["trade_no", request.tradeNo],
    ["out_trade_no", request.orderId],
    ["out_refund_no", request.refundId],
    ["money", formatDecimal(request.money)],
  ]);
  if (answer.kind !== "understood") return answer;
  const { fields } = answer;
  const isOurs = fields.get("out_refund_no") === request.refundId;
  if (!isOurs || fields.get("trade_no") !== request.tradeNo) return unavailable("other_order");
  return { kind: "done", refundNo: reference(fields.get("refund_no")) };
}
