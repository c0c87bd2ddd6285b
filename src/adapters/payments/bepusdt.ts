import { z } from "zod";
import type { Currency, Money } from "../../domain/money.ts";
import type {
  NoticeReading,
  Opening,
  PaymentQuestion,
  PaymentRequest,
  PaymentStatus,
} from "../../flows/payments/payment-ports.ts";
import { coinUnits } from "./coins.ts";
import {
  codeText,
  folderUrl,
  payUrl,
  readAnswer,
  reference,
  refusalReason,
  shortDecimal,
  signedButUnread,
  sumOf,
} from "./fields.ts";
import { readFlatJsonBytes, writeFlatJson } from "./flat-json.ts";
import { plainAnswers } from "./answers.ts";
import { defineGateway, type GatewayWorld } from "./gateway.ts";
import { isMd5Signature, md5Signature, type Md5Rule } from "./signatures/md5-signature.ts";
import { unavailable } from "./outgoing.ts";
import { SUMS } from "../../domain/payments/sums.ts";
import type { GatewayOfSums } from "./exact-sums.ts";

/** epay's rule under another name of the field. */
const RULE: Md5Rule = { field: "signature", dropped: new Set(["signature"]) };
/** How epusdt says "no such order" (util/constant/errno.go); BEpusdt says 400, and in words (handler/epusdt/epusdt.go). */
const ORDER_UNKNOWN = "10008";
const SAYS_UNKNOWN = /不存在|not exist|not found/i;
/** The shortest time that every version of BEpusdt gives a buyer, seconds. */
const TIMEOUT_SECONDS_MIN = 120;
/** In what prices are where nobody says: the one currency of older cashiers. */
const OLD_FIAT = "CNY";

const common = {
  /** The API token that signs both ways. */
  api_token: z.string().min(1).max(256),
  /** The folder that "api/v1/order" is in. */
  gateway_url: folderUrl,
};
const bepusdtCredentials = z.strictObject({
  ...common,
  /** Coin and chain, as its document names them. */
  trade_type: z
    .string()
    .regex(/^[a-z0-9_.-]{1,40}$/)
    .default("usdt.trc20"),
});
const epusdtCredentials = z.strictObject(common);

interface Account extends z.infer<typeof epusdtCredentials> {
  /** Null for epusdt, which knows one coin and takes no such fields. */
  readonly trade_type: string | null;
}

/**
 * BEpusdt and epusdt: a self-hosted cashier for USDT. It picks for every waiting order a sum in coin that
 * no other waiting order of that address has, since the chain carries no order number. Rules: docs/payments.md.
 */
export const bepusdt = defineGateway({
  credentials: bepusdtCredentials,
  sums: SUMS.bepusdt,
  make: (account, currency, world) => makeGateway(account, currency, world, "success"),
});

export const epusdt = defineGateway({
  credentials: epusdtCredentials,
  sums: SUMS.epusdt,
  make: (account, currency, world) =>
    makeGateway({ ...account, trade_type: null }, currency, world, "ok"),
});

function makeGateway(
  account: Account,
  currency: Currency,
  world: GatewayWorld,
  accepted: "success" | "ok",
): GatewayOfSums {
  return {
    capabilities: {
      devices: ["desktop", "phone"],
      actions: ["redirect"],
      opensByCall: true,
      query: true,
      refund: "none",
      tellsRefunds: false,
      tellsDisputes: false,
    },
    open: (request) => createTransaction(account, world, request),
    async read({ body }) {
      const fields = readFlatJsonBytes(body);
      if (fields === null) return { kind: "invalid", check: "malformed" };
      if (!(await isMd5Signature(fields, account.api_token, RULE))) {
        return { kind: "invalid", check: "signature" };
      }
      return readSigned(currency, fields);
    },
    query: (question) => checkStatus(account, world, question),
    // Coin goes back by hand: the cashier has no way to send any.
    refund: async () => ({ kind: "unsupported" }),
    answers: plainAnswers(accepted),
  };
}

function readSigned(currency: Currency, fields: ReadonlyMap<string, string>): NoticeReading {
  const tradeNo = reference(fields.get("trade_id"));
  const orderRef = reference(fields.get("order_id"));
  if (tradeNo === null || orderRef === null) return signedButUnread("malformed");
  const about = { tradeNo, orderRef };
  const status = fields.get("status") ?? "";
  if (status !== "2") return { kind: "not_paid", ...about, status };
  // `amount` is the price; `actual_amount` is in coin, as it was asked for: the cashier takes no other sum.
  const fiat = fields.get("fiat") ?? OLD_FIAT;
  const money = fiat === currency ? sumOf(fields.get("amount"), currency) : null;
  const coin = fields.get("actual_amount");
  return money === null || (coin !== undefined && !isSomeCoin(coin))
    ? { kind: "invalid", check: "amount", about }
    : { kind: "paid", ...about, money };
}

function isSomeCoin(text: string): boolean {
  return (coinUnits(text) ?? 0n) > 0n;
}

const created = z.object({
  status_code: codeText,
  message: z.string().nullish(),
  data: z
    .object({
      trade_id: z.string(),
      order_id: z.string(),
      amount: codeText,
      fiat: z.string().nullish(),
      currency: z.string().nullish(),
      actual_amount: codeText.nullish(),
      payment_url: z.string(),
    })
    .nullish(),
});

/** The same order again is the same trade at BEpusdt; epusdt refuses it, and says that it is there. */
async function createTransaction(
  account: Account,
  world: GatewayWorld,
  request: PaymentRequest,
): Promise<Opening> {
  const fields = submission(account, world, request);
  const signature = await md5Signature(fields, account.api_token, RULE);
  const body = writeFlatJson(fields.set("signature", signature), NUMBERS);
  const ask = (path: string) =>
    world.send({
      method: "POST",
      url: `${account.gateway_url}${path}/order/create-transaction`,
      headers: { "content-type": "application/json" },
      body,
    });
  const first = await ask("api/v1");
  // Newer versions of epusdt have it at another place (route/router.go of GMwalletApp/epusdt), signed alike.
  const isElsewhere = first.kind === "answered" && first.status === 404 && !account.trade_type;
  const answer = isElsewhere ? await ask("payments/epusdt/v1") : first;
  if (answer.kind !== "answered") return answer;
  const read = readAnswer(answer, created);
  if (read.kind !== "read") return read;
  const { status_code: code, message, data } = read.value;
  if (code !== "200") return { kind: "refused", reason: refusalReason(`${code} ${message ?? ""}`) };
  if (!data) return unavailable("not_understood");
  const { currency } = request.money;
  const sum = sumOf(data.amount, currency)?.amountMinor;
  // Of newer epusdt it is `currency`.
  const fiat = data.fiat ?? data.currency?.toUpperCase() ?? OLD_FIAT;
  if (data.order_id !== request.orderId || sum !== request.money.amountMinor) {
    return unavailable("other_order");
  }
  // It reads the number as yuan: another price than the buyer's.
  if (fiat !== currency) return { kind: "refused", reason: `the cashier charges in ${fiat}` };
  if (data.actual_amount && !isSomeCoin(data.actual_amount)) {
    return { kind: "refused", reason: "the price is less than the least that the coin has" };
  }
  const url = payUrl(secured(data.payment_url, account), world);
  const tradeId = reference(data.trade_id);
  if (url === null || tradeId === null) return unavailable("not_understood");
  return { kind: "opened", action: { action: "redirect", url }, reference: tradeId };
}

/**
 * BEpusdt makes the address of its cashier of what it was asked by, and behind a proxy that sends it no
 * `X-Forwarded-Proto` takes that for http (utils.go, `GetRequestHost`). The same host is the one that we reach by https.
 */
function secured(text: string, { gateway_url }: Account): string {
  const [url, gateway] = [URL.parse(text), new URL(gateway_url)];
  if (url?.protocol !== "http:" || gateway.protocol !== "https:") return text;
  if (url.hostname !== gateway.hostname) return text;
  return gateway.origin + url.pathname + url.search;
}

function submission(
  account: Account,
  { clock }: GatewayWorld,
  request: PaymentRequest,
): Map<string, string> {
  const fields = new Map([
    ["order_id", request.orderId as string],
    ["amount", shortDecimal(request.money)],
    ["notify_url", request.notifyUrl],
    ["redirect_url", request.returnUrl],
  ]);
  if (account.trade_type === null) return fields;
  fields.set("trade_type", account.trade_type);
  if (request.money.currency !== OLD_FIAT) fields.set("fiat", request.money.currency);
  if (request.expiresAtMs === null) return fields;
  const seconds = Math.floor((request.expiresAtMs - clock.nowMs()) / 1_000);
  return fields.set("timeout", String(Math.max(TIMEOUT_SECONDS_MIN, seconds)));
}

const NUMBERS: ReadonlySet<string> = new Set(["amount", "timeout"]);

const status = z.object({
  status_code: codeText.optional(),
  message: z.string().nullish(),
  trade_id: z.string().optional(),
  status: codeText.optional(),
  data: z.object({ trade_id: z.string(), status: codeText }).nullish(),
});

/**
 * What its own cashier page polls. It says nothing of the sum: the trade was opened for this order and this
 * sum, and is only marked as paid by a transfer of exactly the coin that was asked for.
 */
async function checkStatus(
  account: Account,
  world: GatewayWorld,
  question: PaymentQuestion,
): Promise<PaymentStatus> {
  const { reference: tradeId, money } = question;
  if (tradeId === null) return { kind: "unknown" };
  const url = `${account.gateway_url}pay/check-status/${encodeURIComponent(tradeId)}`;
  const answer = await world.send({ method: "GET", url });
  if (answer.kind !== "answered") return answer;
  if (answer.status === 404) return { kind: "unknown" };
  const read = readAnswer(answer, status);
  if (read.kind !== "read") return read;
  const { status_code: code, message, data } = read.value;
  const trade = data ?? read.value;
  const saysUnknown = code === "400" && SAYS_UNKNOWN.test(message ?? "");
  if (code === ORDER_UNKNOWN || saysUnknown) return { kind: "unknown" };
  if (trade.status === undefined) return unavailable("not_understood");
  if (trade.trade_id !== tradeId) return unavailable("other_order");
  return statusOf(trade.status, tradeId, money);
}

function statusOf(code: string, tradeNo: string, money: Money): PaymentStatus {
  switch (code) {
    case "2":
      return { kind: "paid", tradeNo, money, paidAtMs: null };
    // 5: a transfer was seen and is not yet confirmed.
    case "1":
    case "5":
      return { kind: "pending" };
    // Expired, cancelled, failed.
    case "3":
    case "4":
    case "6":
      return { kind: "closed" };
    default:
      return unavailable("not_understood");
  }
}
