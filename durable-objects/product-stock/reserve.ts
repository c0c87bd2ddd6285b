import { feeOf, NO_FEE } from "../../src/domain/payments/fee.ts";
import { quote, type Quote } from "../../src/domain/product/pricing.ts";
import { canonicalEmail } from "../../src/domain/email.ts";
import { weighHolds, type RiskDecision } from "../../src/domain/risk/risk.ts";
import type { OrderId } from "../../src/domain/ids.ts";
import { dropOf, inForce, saleState, type Terms } from "../../src/domain/product/terms.ts";
import { aliasOf } from "./buyer.ts";
import type { HistoryEntry, ReserveOutcome, ReserveRequest } from "./contract.ts";
import { pickFreeOrLapse } from "./lapse.ts";
import type { Ledger } from "./ledger.ts";
import { heldByBuyer, limitReached } from "./limits.ts";
import { addOrder, findOrder } from "./orders.ts";
import { insertKeys, takeKeys } from "./pool.ts";
import type { OrderRow } from "./rows.ts";
import { snapshot } from "./snapshot.ts";
import { SQL } from "./statements.ts";
import { dropSale, quantityReached, spendTicket, ticketRefused, type DropSale } from "./tickets.ts";
import { findTombstone } from "./tombstones.ts";

/**
 * Many buyers' orders, in their order. Which of them are there already is looked up once, and free
 * keys are looked up for all: a list costs one buyer little more than the rows that it writes.
 */
export function reserve(
  ledger: Ledger,
  requests: readonly ReserveRequest[],
  nowMs: number,
): ReserveOutcome[] {
  const ids = requests.map((request) => request.orderId);
  const known = new Set(
    ledger.sql.all<{ id: OrderId }>(SQL.knownOrders, JSON.stringify(ids)).map((row) => row.id),
  );
  const drop = dropSale(
    ledger,
    ledger.terms === null ? null : dropOf(ledger.terms, nowMs),
    requests,
  );
  return requests.map((request, at) => {
    ledger.freeKeys.ahead = requests.length - at - 1;
    const existing = known.has(request.orderId) ? findOrder(ledger, request.orderId) : null;
    const outcome = reserveOne(ledger, { existing, drop }, request, nowMs);
    // The same order may stand in the list twice.
    if (outcome.kind === "reserved") known.add(request.orderId);
    return outcome;
  });
}

/**
 * One buyer's order. Reserving again for the same order returns the order it made: the edge retries
 * after time-outs, and a second set of keys would oversell. Every refusal leaves no row behind, so
 * a buyer who was refused may try again with the same order id.
 */
function reserveOne(
  ledger: Ledger,
  { existing, drop }: { existing: OrderRow | null; drop: DropSale | null },
  request: ReserveRequest,
  nowMs: number,
): ReserveOutcome {
  if (existing !== null) {
    if (existing.body_hash !== request.bodyHash) return { kind: "reused" };
    return { kind: "repeated", order: snapshot(ledger, existing) };
  }
  const left = findTombstone(ledger, request.orderId);
  if (left !== null) {
    const same = left.body_hash === request.bodyHash;
    return same ? { kind: "reused", archived: true } : { kind: "reused" };
  }

  const { terms: given } = ledger;
  if (given === null || given.version !== request.termsVersion) {
    return { kind: "terms_changed", version: given?.version ?? null };
  }
  const terms = inForce(given, nowMs);
  const sale = saleState(terms, nowMs);
  if (sale !== "open") {
    return {
      kind: "not_on_sale",
      opensAtMs: sale === "upcoming" ? terms.saleWindow.opensAtMs : null,
    };
  }
  const refused =
    (drop === null ? null : ticketRefused(drop, request)) ??
    limitReached(ledger, terms, request, nowMs);
  if (refused !== null) return refused;

  const price = quote(terms, request.variantId, request.quantity);
  // The edge quoted by other terms than it named: it reads them anew, as after any change.
  if (!price.ok || totalOf(price.value, request) !== request.amountMinor) {
    return { kind: "terms_changed", version: terms.version };
  }
  const passed = drop === null ? null : quantityReached(ledger, drop, request, nowMs);
  if (passed !== null) return passed;
  const outcome = place(ledger, terms, price.value, request, nowMs);
  if (outcome.kind === "reserved" && drop !== null) spendTicket(ledger, drop, request);
  return outcome;
}

/** The price by our own terms and the fee on it: what is neither is no sum of ours. */
function totalOf({ amountMinor }: Quote, { fee = NO_FEE }: ReserveRequest): number {
  return amountMinor + feeOf(fee, amountMinor);
}

function place(
  ledger: Ledger,
  terms: Terms,
  price: Quote,
  request: ReserveRequest,
  nowMs: number,
): ReserveOutcome {
  const free = price.amountMinor === 0;
  const risk = weighed(ledger, request);
  // A person delivers a manual product in any case: they see the reasons, and nothing waits twice.
  const reviewed = risk?.outcome === "review" && terms.delivery === "auto";
  const placed = (): OrderRow =>
    placeOrder(ledger, terms, price, { ...request, risk, reviewed }, nowMs);
  if (terms.delivery === "manual") {
    return { kind: "reserved", order: snapshot(ledger, placed()) };
  }
  const state = free && !reviewed ? "sold" : "held";

  if (terms.keySource === "generated") {
    const { minted: keys, quantity, variantId } = request;
    if (keys.length !== quantity) throw new Error("reserve: the minted keys are not the quantity");
    const order = placed();
    insertKeys(ledger, { keys, state, orderId: order.id, batchId: null, variantId });
    return { kind: "reserved", order: snapshot(ledger, order) };
  }

  const rows = pickFreeOrLapse(ledger, request.variantId, request.quantity, nowMs);
  if (rows.length < request.quantity) return { kind: "sold_out", available: rows.length };
  const order = placed();
  takeKeys(ledger, order.id, rows, state);
  return { kind: "reserved", order: snapshot(ledger, order) };
}

/** What the edge has weighed, and what the buyer holds unpaid, which is known here alone. */
function weighed(ledger: Ledger, request: ReserveRequest): RiskDecision | null {
  const { risk = null, holdRules } = request;
  if (holdRules === undefined) return risk;
  const held = heldByBuyer(ledger, canonicalEmail(request.email));
  const decision = weighHolds(risk ?? UNSUSPECTED, held, holdRules);
  return decision === UNSUSPECTED ? null : decision;
}

const UNSUSPECTED: RiskDecision = { outcome: "allow", score: 0, reasons: [] };

/** Where nothing is to be paid the order is settled as it is placed, and nothing can lapse. */
function placeOrder(
  ledger: Ledger,
  terms: Terms,
  price: Quote,
  request: Omit<ReserveRequest, "risk"> & { risk: RiskDecision | null; reviewed: boolean },
  nowMs: number,
): OrderRow {
  const free = price.amountMinor === 0;
  const settled = terms.delivery === "auto" && !request.reviewed ? "delivered" : "paid";
  const history: HistoryEntry[] = [{ atMs: nowMs, event: "place", state: "pending", by: "buyer" }];
  if (free) history.push({ atMs: nowMs, event: "free", state: settled, by: "clock" });
  const order: OrderRow = {
    id: request.orderId,
    version: 1,
    state: free ? settled : "pending",
    body_hash: request.bodyHash,
    merchant_id: terms.merchantId,
    product_id: terms.productId,
    product_title: terms.title,
    delivery: terms.delivery,
    variant_id: request.variantId,
    variant_title: price.variant?.title ?? null,
    quantity: request.quantity,
    unit_price_minor: price.unitPriceMinor,
    amount_minor: request.amountMinor,
    fee_minor: request.amountMinor - price.amountMinor,
    reroutable: request.reroutable === true && !free ? 1 : 0,
    stopped_at_ms: null,
    held_back: 0,
    discount_minor: price.discountMinor,
    currency: price.currency,
    email: request.email,
    locale: request.locale,
    fields: JSON.stringify(request.fields),
    lookup_hash: request.lookupHash,
    payment_account_id: request.paymentAccountId,
    payment_method: request.paymentMethod,
    placed_at_ms: nowMs,
    expires_at_ms: free ? null : nowMs + terms.holdSeconds * 1000,
    paid_at_ms: free ? nowMs : null,
    delivered_at_ms: free && settled === "delivered" ? nowMs : null,
    fulfil_request: null,
    history: JSON.stringify(history),
    buyer: aliasOf(request.email),
    network: free ? null : (request.network ?? null),
    risk: request.risk === null ? null : JSON.stringify(request.risk),
    review: request.reviewed ? "asked" : null,
  };
  return addOrder(ledger, order, nowMs);
}
