import type { RawNotice } from "./raw-notice.ts";

/** A notice as a person may read it: what it says of the money, and nothing of who paid. */
export interface ShownNotice {
  readonly method: "GET" | "POST";
  readonly query: string;
  readonly contentType: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Null for what is neither a form nor JSON in UTF-8. */
  readonly body: string | null;
  readonly bodyBytes: number;
}

const MASK = "***";
const DEPTH_MAX = 12;

/**
 * Texts are shown under these names and no others (lower case; any gateway's): a field that a gateway adds
 * tomorrow, a buyer's address or a secret that was put into a notice by mistake, is masked without anyone
 * having thought of it. Signatures are shown: whoever has one can say again what was said, which is taken once.
 */
const SHOWN: ReadonlySet<string> = new Set(
  `pid appid app_id auth_app_id mchid seller_id trade_no api_trade_no out_trade_no out_biz_no out_refund_no
  out_request_no transaction_id refund_id trade_id order_id block_transaction_id id outorderid orderuserkey
  blocktransactionid client_reference_id custom_id custom dispute_id seller_transaction_id payment_intent charge
  type trade_type trade_status trade_state refund_status status payment_status status_code event_type event_version
  resource_type notify_type notify_id object code outcome_code reason mode method intent algorithm original_type
  associated_data nonce channel summary fiat currency currency_code basecurrency currencyname blockchainname
  money amount actual_amount actualamount total_amount receipt_amount invoice_amount buyer_pay_amount point_amount
  refund_fee value sign sign_type signature timestamp time create_time update_time success_time paytime addtime
  endtime gmt_create gmt_payment gmt_refund gmt_close notify_time charset version api_version`.split(
    /\s+/,
  ),
);

export function showNotice(notice: RawNotice): ShownNotice {
  const { method, query, contentType, headers, body } = notice;
  return {
    method,
    query: maskPairs(query),
    contentType,
    headers: Object.fromEntries(headers),
    body: body.byteLength === 0 ? "" : maskBody(body),
    bodyBytes: body.byteLength,
  };
}

function maskBody(body: Uint8Array): string | null {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return null;
  }
  if (/^\s*[[{]/.test(text)) return maskJson(text);
  return text.includes("=") ? maskPairs(text) : null;
}

/** `name=value&…` with its names and its order; a name that is not plain is masked as well. */
function maskPairs(text: string): string {
  if (text === "") return "";
  return text
    .split("&")
    .map((pair) => {
      const [name = "", ...value] = pair.split("=");
      const plain = /^[\w.-]{1,60}(\[\]|%5B%5D)?$/i.test(name) ? name : MASK;
      if (value.length === 0) return plain;
      return `${plain}=${SHOWN.has(name.toLowerCase()) ? value.join("=") : MASK}`;
    })
    .join("&");
}

/** Null where it only looks like JSON. Numbers are written as the shortest text of their value. */
function maskJson(text: string): string | null {
  try {
    return JSON.stringify(masked(JSON.parse(text), "", 0));
  } catch {
    return null;
  }
}

function masked(value: unknown, name: string, depth: number): unknown {
  if (typeof value === "string") return SHOWN.has(name.toLowerCase()) ? value : MASK;
  if (typeof value !== "object" || value === null) return value;
  if (depth >= DEPTH_MAX) return MASK;
  if (Array.isArray(value)) return value.map((item) => masked(item, name, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      /^[\w.-]{1,60}$/.test(key) ? key : MASK,
      masked(item, key, depth + 1),
    ]),
  );
}
