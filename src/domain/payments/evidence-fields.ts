import { evidenceText, oneLine, visitLine, type Evidence, type EvidenceOrder } from "./evidence.ts";

/** Characters that Stripe takes of one text field. */
export const STRIPE_FIELD_MAX = 20_000;
/** Characters that PayPal takes of the notes of one piece of evidence. */
export const PAYPAL_NOTES_MAX = 2_000;

/**
 * The text fields of Stripe's dispute evidence that we can fill, by its own names (`evidence[access_activity_log]`,
 * …; https://docs.stripe.com/api/disputes/update). What we do not know is left out: a field that is guessed loses
 * cases. How a buyer was shown the refund policy (`refund_policy_disclosure`) only the merchant can say.
 */
export const STRIPE_FIELDS = [
  "access_activity_log",
  "customer_email_address",
  "customer_purchase_ip",
  "product_description",
  "service_date",
  "refund_policy_disclosure",
  "uncategorized_text",
] as const;
export type StripeField = (typeof STRIPE_FIELDS)[number];
export type StripeEvidence = Readonly<Partial<Record<StripeField, string>>>;

/** What only the shop can say; empty where it says nothing. */
export interface ShopsWords {
  /** How and when the buyer was shown the refund policy. */
  readonly refundPolicy: string;
  /** Anything else, to the examiner. */
  readonly statement: string;
}

const SAYS_NOTHING: ShopsWords = { refundPolicy: "", statement: "" };

/** One piece of evidence as PayPal takes it (docs.paypal.ai, "Provide evidence"). */
export interface PaypalEvidence {
  readonly evidence_type: "PROOF_OF_FULFILLMENT" | "PROOF_OF_REFUND" | "OTHER";
  readonly notes?: string;
  readonly evidence_info?: { readonly refund_ids: readonly { readonly refund_id: string }[] };
}

export function stripeEvidence(evidence: Evidence, words = SAYS_NOTHING): StripeEvidence {
  const { order, visits } = evidence;
  const ordered = visits.find(({ act }) => act === "ordered")?.visitor.ip ?? null;
  const found: Record<StripeField, string | null> = {
    access_activity_log: visits.length === 0 ? null : visits.map(visitLine).join("\n"),
    customer_email_address: order?.email ?? null,
    customer_purchase_ip: ordered,
    product_description: order && productDescription(order),
    service_date: order && dayOf(order.deliveredAtMs),
    refund_policy_disclosure: words.refundPolicy === "" ? null : words.refundPolicy,
    uncategorized_text: [words.statement, evidenceText({ ...evidence, visits: [] })]
      .filter((text) => text !== "")
      .join("\n\n"),
  };
  const known = STRIPE_FIELDS.flatMap((field) => {
    const text = found[field];
    return text === null ? [] : [[field, fitted(text, STRIPE_FIELD_MAX)] as const];
  });
  return Object.fromEntries(known);
}

/** Which piece PayPal asks for depends on the reason: that keys were shown answers both of these, and helps in others. */
const OF_FULFILLMENT = new Set(["MERCHANDISE_OR_SERVICE_NOT_RECEIVED", "UNAUTHORISED"]);

export function paypalEvidence(evidence: Evidence, words = SAYS_NOTHING): PaypalEvidence[] {
  const { dispute, order } = evidence;
  const isOfFulfillment = dispute.reason === null || OF_FULFILLMENT.has(dispute.reason);
  const refundIds = (order?.refunds ?? []).flatMap(({ tradeNo, state, refundNo }) =>
    tradeNo === dispute.tradeNo && state === "done" && refundNo !== null
      ? [{ refund_id: refundNo }]
      : [],
  );
  const shown: PaypalEvidence = {
    evidence_type: isOfFulfillment ? "PROOF_OF_FULFILLMENT" : "OTHER",
    notes: fitted(paypalNotes(evidence, words), PAYPAL_NOTES_MAX),
  };
  return refundIds.length === 0
    ? [shown]
    : [shown, { evidence_type: "PROOF_OF_REFUND", evidence_info: { refund_ids: refundIds } }];
}

function paypalNotes({ order, visits }: Evidence, words: ShopsWords): string {
  const policy = words.refundPolicy === "" ? [] : [`Refund policy: ${words.refundPolicy}`];
  const said = words.statement === "" ? policy : [words.statement, ...policy];
  const facts =
    order === null
      ? ["No order is known for this payment."]
      : [
          productDescription(order),
          `Order ${order.id}, buyer's e-mail ${oneLine(order.email)}`,
          `Delivered online ${order.deliveredAtMs === null ? "never" : new Date(order.deliveredAtMs).toISOString()}`,
        ];
  return [...said, ...facts, "Access log:", ...visits.map(visitLine)].join("\n");
}

function productDescription({ quantity, productTitle, variantTitle }: EvidenceOrder): string {
  const variant = variantTitle === null ? "" : ` (${oneLine(variantTitle)})`;
  return `Digital goods, delivered online as keys: ${quantity} x ${oneLine(productTitle)}${variant}`;
}

/** As "2026-11-25", in UTC. */
function dayOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString().slice(0, 10);
}

/** Whole lines as far as they fit, the earliest first, and how many do not. */
function fitted(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  const lines = text.split("\n");
  const last = (left: number) => `and ${left} more lines`;
  const room = charactersMax - last(lines.length).length - 1;
  let kept = "";
  let count = 0;
  for (const each of lines) {
    if (kept.length + each.length + 1 > room) break;
    kept += `${each}\n`;
    count++;
  }
  return kept + last(lines.length - count);
}
