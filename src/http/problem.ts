import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";

/**
 * Every way a request can be refused, by its stable code. The one map from refusals to HTTP;
 * RFC 9457 says how a problem looks, this table says what it is called.
 */
export const PROBLEMS = {
  invalid_json: [400, "The body is not valid JSON."],
  invalid_utf8: [400, "The body is not valid UTF-8."],
  invalid_body: [400, "The body does not fit its schema."],
  invalid_query: [400, "A query parameter does not fit its schema."],
  invalid_header: [400, "A header does not fit its schema."],
  invalid_path: [400, "The address holds control characters or hidden slashes."],
  idempotency_key_required: [400, "Send an Idempotency-Key header."],
  unauthorized: [401, "Send a valid token: Authorization: Bearer <token>."],
  scope_missing: [403, "The token lacks the scope for this."],
  challenge_required: [403, "Show that you are a person, then send the same request again."],
  risk_denied: [403, "This order is not taken."],
  code_required: [403, "A code that proves the address is asked for."],
  code_invalid: [403, "This is not the code that was mailed, or it is too old."],
  line_full: [403, "The line is full, and chance turned you away."],
  ticket_required: [
    403,
    "The product is sold in a drop: join its line, and order with the ticket.",
  ],
  ticket_not_admitted: [403, "The turn of this ticket has not come."],
  ticket_used: [403, "This ticket has become an order already."],
  forbidden_origin: [403, "This form was sent from another site."],
  not_found: [404, "There is nothing here that you may see."],
  method_not_allowed: [405, "The address does not answer to this method."],
  sold_out: [409, "Not enough keys are left."],
  limit_reached: [409, "The purchase limit is reached."],
  not_on_sale: [409, "The product is not on sale now."],
  price_changed: [409, "The price has changed."],
  not_refundable: [409, "This money cannot go back so."],
  refund_refused: [409, "The gateway will not give this money back."],
  evidence_unfit: [409, "No evidence can be sent for this dispute now."],
  disputed: [409, "The buyer has disputed the payment at their bank."],
  state_conflict: [409, "The order's state does not allow this."],
  product_unfit: [409, "A drop sells an active product that is delivered from its pool of keys."],
  notice_not_kept: [409, "The notice is not kept as it came, so it cannot be read again."],
  drop_live: [409, "The product has a drop that is not over."],
  drop_over: [409, "The drop is over."],
  drop_not_over: [409, "The drop is not over: its draw is laid open when it is."],
  drop_begun: [409, "The drop has begun, or is over."],
  slug_taken: [409, "The slug is in use."],
  stock_shards_fixed: [409, "The number of stock shards is decided when a product is made."],
  statement_under_way: [409, "Another statement of this account is being compared."],
  repair_refused: [409, "The finding cannot be settled in this way."],
  key_duplicate: [409, "A key stands twice, or is in the books already."],
  list_full: [409, "The lists have no room for another entry."],
  version_conflict: [409, "It was changed by someone else; read it again."],
  body_too_large: [413, "The body is too large."],
  too_many_lines: [413, "Too many keys in one call."],
  uri_too_long: [414, "The address is too long."],
  unsupported_media_type: [415, "This content type is not taken here."],
  if_match_required: [428, "Send If-Match with the version you have read."],
  idempotency_key_weak: [422, "An Idempotency-Key has 16 to 255 printable ASCII characters."],
  idempotency_key_reused: [422, "This Idempotency-Key was used with another body."],
  code_not_needed: [422, "This drop asks for no code."],
  coupon_invalid: [422, "The coupon is not valid for this order."],
  payment_method_unavailable: [422, "This payment method is not available for this order."],
  variant_invalid: [422, "Choose one of the product's variants."],
  quantity_invalid: [422, "The quantity does not fit."],
  statement_unsupported: [422, "No statement of this account's gateway can be read."],
  statement_unfit: [422, "The file is not that day's whole statement."],
  fields_invalid: [422, "A field that the product asks for is missing or not known."],
  too_many_requests: [429, "Too many requests."],
  headers_too_large: [431, "The headers, or the cookies, are too many or too large."],
  internal: [500, "Something went wrong here."],
  shop_closed: [503, "The shop is closed for now."],
  orders_paused: [503, "No new orders are taken for the moment."],
  busy: [503, "Too busy right now; the same request may be sent again."],
} as const satisfies Record<string, readonly [ContentfulStatusCode, string]>;

export type ProblemCode = keyof typeof PROBLEMS;

/** What is wrong where, in a body, query or header. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/**
 * An RFC 9457 problem. `evidence` is what the caller needs to do better (what is available, which
 * limit); `detail` says in words what to do.
 */
export function problem(
  c: Context,
  code: ProblemCode,
  evidence: { detail?: string; [name: string]: unknown } = {},
): Response {
  const [status] = PROBLEMS[code];
  return c.body(textOf(code, c.get("requestId") as string, evidence), status, HEADERS);
}

/** The same, where no route is asked: with the headers that the door would have given it. */
export function problemAtHand(
  code: ProblemCode,
  requestId: string,
  evidence: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const [status] = PROBLEMS[code];
  const own = { "x-content-type-options": "nosniff", "x-request-id": requestId };
  return new Response(textOf(code, requestId, evidence), {
    status,
    headers: { ...HEADERS, ...own, ...headers },
  });
}

const HEADERS = { "content-type": "application/problem+json", "cache-control": "no-store" };

function textOf(
  code: ProblemCode,
  requestId: string,
  evidence: Readonly<Record<string, unknown>>,
): string {
  const [status, title] = PROBLEMS[code];
  const type = `https://kamidrop.dev/problems/${code}`;
  return JSON.stringify({ type, title, status, code, request_id: requestId, ...evidence });
}

/** Thrown only at the door (parsing, credentials), where there is nothing yet to hand back. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly code: ProblemCode;
  readonly evidence: { detail?: string; [name: string]: unknown };

  constructor(code: ProblemCode, evidence: { detail?: string; [name: string]: unknown } = {}) {
    super(code);
    this.code = code;
    this.evidence = evidence;
  }
}
