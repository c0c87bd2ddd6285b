import { z } from "zod";
import { formatDecimal, parseDecimal, type Currency } from "../../domain/money.ts";
import type { NoticeReading, PaymentGateway, PaymentRequest } from "../../flows/ports.ts";
import { epaySignature, isEpaySignature } from "./epay-signature.ts";
import { defineGateway } from "./gateway.ts";
import { readParameters } from "./parameters.ts";

/** Gateways cut longer names, in the middle of a character if need be. */
const NAME_BYTES_MAX = 127;
const REFERENCE_CHARACTERS_MAX = 128;

const credentials = z.strictObject({
  /** The merchant's number at the gateway. */
  pid: z.string().regex(/^[0-9A-Za-z_-]{1,32}$/),
  /** The secret that signs both ways. */
  key: z.string().min(1).max(256),
  /** The folder that submit.php is in. */
  gateway_url: z.string().max(500).transform(folderUrl),
  channel: z
    .string()
    .regex(/^[a-z0-9_]{1,32}$/)
    .default("alipay"),
});
type Credentials = z.infer<typeof credentials>;

/** epay (易支付) v1: a signed redirect out, a signed notice back. Rules: docs/payments.md. */
export const epay = defineGateway(credentials, makeEpay);

function makeEpay(account: Credentials, currency: Currency): PaymentGateway {
  return {
    async open(request) {
      const parameters = submission(account, request);
      parameters.set("sign", await epaySignature(parameters, account.key));
      parameters.set("sign_type", "MD5");
      const query = Array.from(parameters, (pair) => pair.map(encodeURIComponent).join("="));
      return { action: "redirect", url: `${account.gateway_url}submit.php?${query.join("&")}` };
    },
    async read(notice) {
      const parameters = readParameters(notice);
      if (parameters === null) return { kind: "invalid", check: "malformed" };
      // Nothing of a notice means anything before this line has held.
      if (!(await isEpaySignature(parameters, account.key))) {
        return { kind: "invalid", check: "signature" };
      }
      return readSigned(account, currency, parameters);
    },
    answers: {
      accepted: { status: 200, contentType: "text/plain; charset=utf-8", body: "success" },
      rejected: { status: 400, contentType: "text/plain; charset=utf-8", body: "fail" },
    },
  };
}

function submission(account: Credentials, request: PaymentRequest): Map<string, string> {
  return new Map([
    ["pid", account.pid],
    ["type", account.channel],
    ["out_trade_no", request.orderId],
    ["notify_url", request.notifyUrl],
    ["return_url", request.returnUrl],
    ["name", cutToBytes(request.title, NAME_BYTES_MAX)],
    ["money", formatDecimal(request.money)],
  ]);
}

function readSigned(
  account: Credentials,
  currency: Currency,
  parameters: ReadonlyMap<string, string>,
): NoticeReading {
  const tradeNo = reference(parameters.get("trade_no"));
  const orderRef = reference(parameters.get("out_trade_no"));
  if (tradeNo === null || orderRef === null) return { kind: "invalid", check: "malformed" };
  const about = { tradeNo, orderRef };
  if (parameters.get("pid") !== account.pid) return { kind: "invalid", check: "account", about };

  const status = parameters.get("trade_status") ?? "";
  if (status !== "TRADE_SUCCESS") return { kind: "not_paid", ...about, status };
  const money = parseDecimal(parameters.get("money") ?? "", currency);
  if (!money.ok) return { kind: "invalid", check: "amount", about };
  return { kind: "paid", ...about, money: money.value };
}

/** A number of the gateway's or of ours as it may be kept: printable, bounded; else null. */
function reference(text: string | undefined): string | null {
  if (text === undefined || text === "" || text.length > REFERENCE_CHARACTERS_MAX) return null;
  return /^[\x21-\x7e]+$/.test(text) ? text : null;
}

/** Whole characters only, at most `bytesMax` bytes of UTF-8. */
function cutToBytes(text: string, bytesMax: number): string {
  const utf8 = new TextEncoder();
  const room = new Uint8Array(bytesMax);
  return text.slice(0, utf8.encodeInto(text, room).read);
}

/** HTTPS, or HTTP to this very machine, where the simulator is. Always ends in a slash. */
function folderUrl(text: string, context: z.RefinementCtx): string {
  const url = URL.parse(text);
  const local = url !== null && ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  const secure = url?.protocol === "https:" || (url?.protocol === "http:" && local);
  if (url === null || !secure || url.username !== "" || url.search !== "" || url.hash !== "") {
    context.addIssue({ code: "custom", message: "must be an https address without a query" });
    return z.NEVER;
  }
  return url.href.endsWith("/") ? url.href : `${url.href}/`;
}
