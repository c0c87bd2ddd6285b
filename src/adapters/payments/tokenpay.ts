import { z } from "zod";
import type { Currency, Money } from "../../domain/money.ts";
import type {
  NoticeReading,
  Opening,
  PaymentQuestion,
  PaymentRequest,
  PaymentStatus,
} from "../../flows/payments/payment-ports.ts";
import { coinUnits, paidPart } from "./coins.ts";
import {
  beijingTimeMs,
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

/** epay's rule over PascalCase fields; those without a value are not signed. */
const RULE: Md5Rule = { field: "Signature", dropped: new Set(["Signature"]) };

const NUMBERS: ReadonlySet<string> = new Set(["ActualAmount"]);
/** In what prices are where nobody says: the one currency of older versions. */
const OLD_BASE = "CNY";

const credentials = z.strictObject({
  /** Its "异步通知密钥", which signs both ways. */
  secret: z.string().min(1).max(256),
  /** The folder that "CreateOrder" is in. */
  gateway_url: folderUrl,
  /** What the buyer pays with, as its document names it. */
  coin: z
    .string()
    .regex(/^[0-9A-Za-z_]{1,60}$/)
    .default("USDT_TRC20"),
});
type Account = z.infer<typeof credentials>;

/**
 * TokenPay: a self-hosted cashier for coins. Its `ActualAmount` is the price in the merchant's currency,
 * its `Amount` the coins. Rules: docs/payments.md.
 */
export const tokenpay = defineGateway({ credentials, sums: SUMS.tokenpay, make: makeTokenpay });

function makeTokenpay(account: Account, currency: Currency, world: GatewayWorld): GatewayOfSums {
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
    open: (request) => createOrder(account, world, request),
    async read({ body }) {
      const fields = readFlatJsonBytes(body);
      if (fields === null) return { kind: "invalid", check: "malformed" };
      if (!(await isMd5Signature(fields, account.secret, RULE))) {
        return { kind: "invalid", check: "signature" };
      }
      return readSigned(currency, fields);
    },
    query: (question) => queryOrder(account, world, question),
    // Coin goes back by hand: the cashier has no way to send any.
    refund: async () => ({ kind: "unsupported" }),
    answers: plainAnswers("ok"),
  };
}

function readSigned(currency: Currency, fields: ReadonlyMap<string, string>): NoticeReading {
  const tradeNo = reference(fields.get("Id"));
  const orderRef = reference(fields.get("OutOrderId"));
  if (tradeNo === null || orderRef === null) return signedButUnread("malformed");
  const about = { tradeNo, orderRef };
  const status = fields.get("Status") ?? "";
  if (status !== "1") return { kind: "not_paid", ...about, status };
  const base = fields.get("BaseCurrency") ?? OLD_BASE;
  const price = base === currency ? sumOf(fields.get("ActualAmount"), currency) : null;
  const money =
    price === null ? null : takenOf(price, fields.get("Amount"), fields.get("PayAmount"));
  return money === null
    ? { kind: "invalid", check: "amount", about }
    : { kind: "paid", ...about, money };
}

/**
 * What was paid. Where its owner allows other sums than it asked for (`DynamicAddressConfig:AmountMove`), it says
 * "paid" of less, and `ActualAmount` stays the whole price: then only the part is money. Null where that cannot be
 * told, or is nothing. Older versions say nothing of what was paid, and take exactly what they asked for.
 */
function takenOf(price: Money, asked: string | undefined, paid: string | undefined): Money | null {
  if (paid === undefined || paid === "") return price;
  const [askedCoin, paidCoin] = [coinUnits(asked), coinUnits(paid)];
  if (askedCoin === null || paidCoin === null || askedCoin === 0n) return null;
  const part = paidPart(price, askedCoin, paidCoin);
  return part.amountMinor === 0 ? null : part;
}

const created = z.object({
  success: z.boolean(),
  message: z.string().nullish(),
  data: z.string().nullish(),
  info: z
    .object({
      Id: z.string(),
      OutOrderId: z.string(),
      ActualAmount: codeText,
      BaseCurrency: z.string().optional(),
    })
    .nullish(),
});

/** An order that it knows already is answered as it was made. */
async function createOrder(
  account: Account,
  world: GatewayWorld,
  request: PaymentRequest,
): Promise<Opening> {
  const fields = new Map([
    ["OutOrderId", request.orderId as string],
    // It gives each user key an address of its own: one an order, so that no two orders share one.
    ["OrderUserKey", request.orderId],
    ["ActualAmount", shortDecimal(request.money)],
    ["Currency", account.coin],
    ["NotifyUrl", request.notifyUrl],
    ["RedirectUrl", request.returnUrl],
  ]);
  const signature = await md5Signature(fields, account.secret, RULE);
  const answer = await world.send({
    method: "POST",
    url: `${account.gateway_url}CreateOrder`,
    headers: { "content-type": "application/json" },
    body: writeFlatJson(fields.set("Signature", signature), NUMBERS),
  });
  if (answer.kind !== "answered") return answer;
  const read = readAnswer(answer, created);
  if (read.kind !== "read") return read;
  const { success, message, data, info } = read.value;
  if (!success) return { kind: "refused", reason: refusalReason(message) };
  if (!data || !info) return unavailable("not_understood");
  const { amountMinor, currency } = request.money;
  const isAsked =
    info.OutOrderId === request.orderId &&
    (info.BaseCurrency ?? OLD_BASE) === currency &&
    sumOf(info.ActualAmount, currency)?.amountMinor === amountMinor;
  if (!isAsked) return unavailable("other_order");
  const url = payUrl(data, world);
  const id = reference(info.Id);
  if (url === null || id === null) return unavailable("not_understood");
  return { kind: "opened", action: { action: "redirect", url }, reference: id };
}

const known = z.object({
  success: z.boolean(),
  message: z.string().nullish(),
  data: z.record(z.string(), z.unknown()).nullish(),
});
/** Its table of orders as it is; names in lower case, since versions differ. */
const row = z.object({
  id: z.string(),
  outorderid: z.string(),
  actualamount: codeText,
  amount: codeText.nullish(),
  payamount: codeText.nullish(),
  basecurrency: z.string().optional(),
  status: codeText,
  paytime: z.string().nullish(),
});

async function queryOrder(
  account: Account,
  world: GatewayWorld,
  { reference: id, orderId, money }: PaymentQuestion,
): Promise<PaymentStatus> {
  if (id === null) return { kind: "unknown" };
  const fields = new Map([["Id", id]]);
  fields.set("Signature", await md5Signature(fields, account.secret, RULE));
  const url = `${account.gateway_url}Query?${new URLSearchParams([...fields])}`;
  const answer = await world.send({ method: "GET", url });
  if (answer.kind !== "answered") return answer;
  const read = readAnswer(answer, known);
  if (read.kind !== "read") return read;
  const { success, message, data } = read.value;
  if (!success) {
    return message?.includes("不存在") ? { kind: "unknown" } : unavailable("credentials");
  }
  const lower = Object.entries(data ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  const parsed = row.safeParse(Object.fromEntries(lower));
  if (!parsed.success) return unavailable("not_understood");
  const order = parsed.data;
  const isAsked = order.id === id && order.outorderid === orderId;
  if (!isAsked || (order.basecurrency ?? money.currency) !== money.currency) {
    return unavailable("other_order");
  }
  if (/^(0|pending)$/i.test(order.status)) return { kind: "pending" };
  if (/^(2|expired)$/i.test(order.status)) return { kind: "closed" };
  const price = sumOf(order.actualamount, money.currency);
  if (!/^(1|paid)$/i.test(order.status) || price === null) return unavailable("not_understood");
  const taken = takenOf(price, order.amount ?? undefined, order.payamount ?? undefined);
  if (taken === null) return unavailable("not_understood");
  return { kind: "paid", tradeNo: id, money: taken, paidAtMs: beijingTimeMs(order.paytime) };
}
