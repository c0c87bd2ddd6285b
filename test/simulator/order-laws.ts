import type { HistoryEntry } from "../../durable-objects/product-stock/contract.ts";
import type { OrderState } from "../../src/domain/order/order.ts";
import { DOUBTED_DOMAIN } from "../support/node/no-risk.ts";
import type { Laws } from "./laws.ts";
import { after, mayBecome } from "./may-become.ts";
import type { DisputeFacts, PaymentFacts, RefundFacts, Standing } from "./row-facts.ts";

/** Verdicts of payments that bought their order. */
export const BOUGHT: ReadonlySet<string> = new Set([
  "delivered",
  "paid",
  "late_delivered",
  "unfilled",
  "went_back",
]);

/** An order as the auditor last saw it. */
export interface Known {
  readonly standing: Standing;
  readonly payments: readonly PaymentFacts[];
  /** None in a world of sales. */
  readonly refunds: readonly RefundFacts[];
  readonly disputes: readonly DisputeFacts[];
}

type MoneyBack = Pick<Known, "standing" | "refunds" | "disputes">;

/** One step of an order, from how it stood to how it stands, on an object's clock. */
export function judgeStep(
  laws: Laws,
  before: Known | undefined,
  known: Known,
  nowMs: number,
): void {
  const { standing: now, payments, refunds, disputes } = known;
  const { state, version, quantity, delivery } = now;
  const detail = () =>
    JSON.stringify({ now, before: before?.standing, payments, refunds, disputes });
  laws.law(
    mayHold(now, now.held),
    "R2 a pending order holds its quantity, no other holds any",
    detail,
  );
  const kept = keptKeys(known) && givenUp(known)?.keys === "keep";
  const bought = state === "delivered" || kept ? quantity : 0;
  laws.law(now.sold === bought, "R1 a delivered order has its quantity, no other has any", detail);
  laws.law(now.waiting === version, "R3 a change is in the outbox with its version", detail);
  // Or in front of a person: one who must look, or who has declined and owes the money back.
  const ended = delivery === "manual" || state !== "paid" || now.review !== null;
  laws.law(ended, "R3 money for an automatic order ends in keys or in a debt", detail);
  judgeHistory(laws, before?.standing, now);
  const looked = delivery === "manual" || state !== "delivered" || isLookedAt(now);
  laws.law(looked, "R7 what is doubted is delivered by a person's word only", detail);
  if (before === undefined) return;
  const { standing: was } = before;
  laws.law(version > was.version, "R6 a version grows", detail);
  laws.law(mayBecome(was.state, state), "R6 a state follows by the table", detail);
  const lapsedEarly =
    was.state === "pending" && state === "expired" && nowMs < (was.expires_at_ms ?? 0);
  laws.law(!lapsedEarly, "R2 a hold lasts until its deadline", detail);
  judgePayments(laws, before.payments, payments);
  judgeDisputed(laws, before, known);
}

/** While a bank has the last word on a payment, nothing is delivered for it, and it is not given back a second time. */
function judgeDisputed(laws: Laws, before: Known, now: Known): void {
  if (before.disputes.length === 0) return;
  const detail = () => JSON.stringify({ before, now });
  const standing = (of: { account_id: string; trade_no: string }) =>
    [before, now].every(({ disputes }) =>
      disputes.some(
        (row) =>
          row.state !== "won" && row.account_id === of.account_id && row.trade_no === of.trade_no,
      ),
    );
  const begun = now.refunds.filter(({ id }) => !before.refunds.some((row) => row.id === id));
  const twice = begun.some((row) => row.method === "gateway" && standing(row));
  laws.law(!twice, "R3 what a bank may take back is not given back as well", detail);
  const isDelivery = now.standing.state === "delivered" && before.standing.state !== "delivered";
  const isBack = before.standing.state === "refunded";
  const isPaid = now.payments.some((row) => BOUGHT.has(row.verdict) && standing(row));
  const law = "R3 nothing is delivered for money that a bank may take back";
  laws.law(!isDelivery || isBack || !isPaid, law, detail);
}

/** The refund, or the lost dispute, with which the order was given up. */
function givenUp({ refunds, disputes }: MoneyBack): RefundFacts | DisputeFacts | undefined {
  const dispute = disputes.find((row) => row.order_was !== null);
  return dispute ?? refunds.findLast((row) => row.order_was !== null && row.state !== "refused");
}

/** Keys that were delivered before the money went back are still under the order's name, void or not. */
export function keptKeys(known: MoneyBack): boolean {
  return known.standing.state === "refunded" && givenUp(known)?.order_was === "delivered";
}

/** A doubted mailbox's order has a person's word in its history, or nobody doubted it. */
function isLookedAt({ email, history }: Standing): boolean {
  if (!email.endsWith(`@${DOUBTED_DOMAIN}`)) return true;
  const entries = JSON.parse(history) as HistoryEntry[];
  return entries.some(({ event }) => event === "approve" || event === "fulfil");
}

/** All or nothing; but of what an order waits for, some may be set aside for it. */
export function mayHold(standing: Standing, held: number): boolean {
  const { state, quantity } = standing;
  if (state === "unfilled") return held < quantity;
  return held === (holdsKeys(standing) ? quantity : 0);
}

/** Who holds keys: whoever may still pay, and whoever has paid and waits for a person's look. */
function holdsKeys({ state, delivery, review }: Standing): boolean {
  return delivery === "auto" && (state === "pending" || (state === "paid" && review === "asked"));
}

/** What was recorded of money stays; only a mismatch makes way, for the same number's right sum. */
export function judgePayments(
  laws: Laws,
  before: readonly PaymentFacts[],
  now: readonly PaymentFacts[],
): void {
  for (const was of before) {
    const is = now.find(
      (row) => row.account_id === was.account_id && row.trade_no === was.trade_no,
    );
    const same =
      is !== undefined && is.verdict === was.verdict && is.amount_minor === was.amount_minor;
    // A person's word makes way for the money itself, which has bought what the word had.
    const isConfirmed =
      is === undefined &&
      was.trade_no.startsWith("manual:") &&
      now.some(
        ({ verdict, amount_minor: sum }) => verdict === was.verdict && sum === was.amount_minor,
      );
    laws.law(
      same || isConfirmed || (is !== undefined && was.verdict === "mismatch"),
      "R3 recorded money stays",
      () => JSON.stringify({ was, is }),
    );
  }
}

/** What happened before stays written; each entry follows from the one before, the last is the state. */
function judgeHistory(laws: Laws, was: Standing | undefined, now: Standing): void {
  const detail = () => JSON.stringify({ was: was?.history, now });
  const kept = was === undefined || now.history.startsWith(was.history.slice(0, -1));
  laws.law(kept, "R6 history is only added to", detail);
  if (was?.history === now.history) {
    laws.law(was.state === now.state, "R6 history says how the order came to its state", detail);
    return;
  }
  let state: OrderState | undefined;
  // The store writes it and nobody else.
  for (const entry of JSON.parse(now.history) as HistoryEntry[]) {
    state = state === undefined ? begin(entry) : follow(state, entry, now);
    if (state !== entry.state) break;
  }
  laws.law(state === now.state, "R6 history says how the order came to its state", detail);
}

function begin({ event }: HistoryEntry): OrderState | undefined {
  return event === "place" ? "pending" : undefined;
}

function follow(
  state: OrderState,
  { event }: HistoryEntry,
  { delivery, review }: Standing,
): OrderState | undefined {
  if (event === "free") return delivery === "auto" && review === null ? "delivered" : "paid";
  return after(state, event);
}
