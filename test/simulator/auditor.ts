import type {
  ChangeOutcome,
  OrderSnapshot,
  PaymentOutcome,
  ReserveOutcome,
  ReserveRequest,
} from "../../durable-objects/product-stock/contract.ts";
import type { AccountId, MerchantId, OrderId } from "../../src/domain/ids.ts";
import type { OrderState } from "../../src/domain/order.ts";
import type { Payment } from "../../src/domain/payment.ts";
import { Unavailable } from "../../src/domain/unavailable.ts";
import type { Acceptance } from "../../src/flows/accept-payment.ts";
import type { ImportReport } from "../../src/flows/import-keys.ts";
import type { OrderRequest, placeOrder } from "../../src/flows/place-order.ts";
import type { NoticeReading } from "../../src/flows/ports.ts";
import { mayBecome } from "./may-become.ts";
import { Died } from "./network.ts";
import { auditRows } from "./row-audit.ts";
import { Rows } from "./rows.ts";
import type { StockObject, Witness } from "./stock-object.ts";
import { Gone } from "./stock-sql.ts";
import { verdictExpected } from "./verdict.ts";

type Placed = Awaited<ReturnType<typeof placeOrder>>;
type Paid = Extract<NoticeReading, { kind: "paid" }>;

/** Commits of one object between two audits of all its rows; more where it has many, or they would cost most. */
const COMMITS_BETWEEN_AUDITS = 50;

export interface Finding {
  readonly law: string;
  readonly detail: string;
}

/** Money that a gateway has taken, and whether it was told that we have it. */
export interface Money {
  readonly accountId: AccountId;
  readonly paid: Paid;
  answered: Acceptance["kind"] | null;
}

/**
 * Keeps books of its own: of what went in, of what was answered, and of how each order stood when
 * it last looked. It judges rows by them after each commit and believes nothing that the store says
 * of itself.
 */
export class Auditor implements Witness {
  finding: Finding | null = null;
  /** Orders placed and known to their buyers. */
  placedCount = 0;
  refusedCount = 0;
  unknownCount = 0;
  readonly standings = new Map<OrderId, { state: OrderState; version: number }>();
  /** The latest that anyone was answered of an order. */
  readonly answered = new Map<OrderId, OrderSnapshot>();
  /** Whose each sold key is, for ever: by product, by fingerprint. */
  readonly owners = new Map<number, Map<string, OrderId>>();
  readonly givenKeys = new Map<number, Set<string>>();
  readonly moneys = new Map<string, Money>();
  /** Keys of batches whose import was answered. */
  readonly importedCounts = new Map<string, number>();
  readonly #rows = new Map<number, Rows>();
  /** Commits until the next audit of all rows. */
  readonly #untilAudit = new Map<number, number>();

  /** The first law that was broken; what follows from it would only confuse. */
  broken(law: string, detail: string): void {
    this.finding ??= { law, detail };
  }

  law(holds: boolean, law: string, detail: () => string): void {
    if (!holds) this.broken(law, detail());
  }

  rows(object: StockObject): Rows {
    let rows = this.#rows.get(object.number);
    if (rows === undefined) {
      rows = new Rows(object.disk.sql);
      this.#rows.set(object.number, rows);
    }
    return rows;
  }

  // What the object does, seen from inside its transaction.

  reserve(object: StockObject, request: ReserveRequest, outcome: ReserveOutcome): void {
    const rows = this.rows(object);
    const nowMs = object.nowMs();
    const { variantId, quantity } = request;
    if (outcome.kind === "sold_out") {
      const free = rows.free(variantId, quantity, nowMs);
      const stuck = rows.due(nowMs);
      this.law(free < quantity && stuck === 0, "R2 sold out only where it is", () =>
        JSON.stringify({ quantity, free, stuck }),
      );
    }
    if (outcome.kind !== "reserved") return;
    const { order } = outcome;
    this.law(order.amountMinor === request.amountMinor, "R3 the price is the one quoted", () =>
      JSON.stringify({ order, request }),
    );
  }

  payment(
    object: StockObject,
    payment: Payment,
    merchant: MerchantId,
    pay: () => PaymentOutcome,
  ): PaymentOutcome {
    const rows = this.rows(object);
    const expected = verdictExpected(rows, payment, merchant);
    const outcome = pay();
    const { verdict } = outcome;
    this.law(expected.includes(verdict), "R3 a payment gets the verdict that it deserves", () =>
      JSON.stringify({ payment, verdict, expected }),
    );
    if (verdict === "unfilled") {
      const order = rows.facts(payment.orderId);
      const free =
        order === undefined ? 0 : rows.free(order.variant_id, order.quantity, object.nowMs());
      this.law(
        free < (order?.quantity ?? 0),
        "R2 a paid order is owed keys only where none are",
        () => JSON.stringify({ payment, free }),
      );
    }
    return outcome;
  }

  committed(object: StockObject, changed: readonly OrderId[]): void {
    const rows = this.rows(object);
    for (const id of new Set(changed)) this.#stands(object, rows, id);
    const left = this.#untilAudit.get(object.number) ?? COMMITS_BETWEEN_AUDITS;
    if (left > 0) {
      this.#untilAudit.set(object.number, left - 1);
      return;
    }
    const read = auditRows(this, object);
    this.#untilAudit.set(object.number, Math.max(COMMITS_BETWEEN_AUDITS, read / 4));
  }

  threw(object: StockObject, error: unknown): void {
    this.broken("an object refuses with values", `product ${object.number}: ${String(error)}`);
  }

  #stands(object: StockObject, rows: Rows, id: OrderId): void {
    const now = rows.standing(id);
    if (now === undefined) {
      this.broken("R5 an order stays", id);
      return;
    }
    const { state, version, quantity, held, sold, waiting } = now;
    const detail = () => JSON.stringify({ ...now, before: this.standings.get(id) });
    const holds = state === "pending" && now.delivery === "auto" ? quantity : 0;
    this.law(held === holds, "R2 a pending order holds its quantity, no other holds any", detail);
    const bought = state === "delivered" ? quantity : 0;
    this.law(sold === bought, "R1 a delivered order has its quantity, no other has any", detail);
    this.law(waiting === version, "R3 a change is in the outbox with its version", detail);
    const before = this.standings.get(id);
    if (before !== undefined) {
      this.law(version > before.version, "R6 a version grows", detail);
      this.law(mayBecome(before.state, state), "R6 a state follows by the table", detail);
    }
    this.standings.set(id, { state, version });
    if (state === "delivered" && before?.state !== "delivered") {
      for (const key of rows.soldTo(id)) this.owns(object.number, key.fingerprint, id);
    }
  }

  owns(product: number, fingerprint: string, id: OrderId): void {
    const owners = this.owners.get(product) ?? new Map<string, OrderId>();
    this.owners.set(product, owners);
    const owner = owners.get(fingerprint) ?? id;
    owners.set(fingerprint, owner);
    this.law(owner === id, "R1 no key goes to two orders", () =>
      JSON.stringify({ fingerprint, owner, id }),
    );
  }

  // What callers asked, and what they were answered.

  unanswered(error: unknown): void {
    this.unknownCount++;
    const known = error instanceof Unavailable || error instanceof Died || error instanceof Gone;
    this.law(known, "a flow fails only for lack of something", () => String(error));
  }

  placed(request: OrderRequest, placed: Placed): void {
    if (!placed.ok) {
      this.refusedCount++;
      const { reason } = placed.error;
      const deserved = reason !== "idempotency_key_reused" && reason !== "product_unknown";
      this.law(deserved, "R6 a new order is not refused as another", () => reason);
      return;
    }
    this.placedCount++;
    const { order } = placed.value;
    const { expectedAmountMinor: expected, quantity, email } = request;
    const asked =
      order.quantity === quantity &&
      order.email === email &&
      (expected === null || order.amountMinor === expected);
    this.law(asked, "R3 the order is what the buyer saw", () => JSON.stringify({ order, request }));
    this.seen(order);
  }

  placedAgain(first: OrderSnapshot, words: "same" | "other", again: Placed): void {
    if (words === "same") {
      const same =
        again.ok &&
        again.value.order.id === first.id &&
        again.value.order.amountMinor === first.amountMinor;
      this.law(same, "R6 the same request names the same order", () => JSON.stringify(again));
    } else {
      const refused = !again.ok && again.error.reason === "idempotency_key_reused";
      this.law(refused, "R6 other words under the same key are refused", () =>
        JSON.stringify(again),
      );
    }
    if (again.ok) this.seen(again.value.order);
  }

  money(account: { readonly id: AccountId }, paid: Paid): void {
    const name = moneyName(account.id, paid);
    if (!this.moneys.has(name)) {
      this.moneys.set(name, { accountId: account.id, paid, answered: null });
    }
  }

  notified(account: { readonly id: AccountId }, reading: NoticeReading, answer: Acceptance): void {
    if (reading.kind !== "paid") {
      this.law(answer.kind === reading.kind, "R3 not paid is not paid", () => answer.kind);
      return;
    }
    const money = this.moneys.get(moneyName(account.id, reading));
    if (money === undefined) return;
    money.answered = answer.kind;
    if (answer.kind === "recorded") this.seen(answer.order);
  }

  changed(id: OrderId, verb: "cancel" | "fulfil", answer: ChangeOutcome): void {
    if ("order" in answer) {
      const { state } = answer.order;
      const done = answer.kind === "changed" || answer.kind === "unchanged";
      const aim: OrderState = verb === "cancel" ? "cancelled" : "delivered";
      this.law(
        !done || state === aim || verb === "cancel",
        "R6 what was done is done",
        () => state,
      );
      this.seen(answer.order);
    } else {
      this.law(answer.kind !== "unknown", "R5 an order that was answered is known", () => id);
    }
  }

  /** Someone was shown this: it must stay true, or have become what may follow. */
  seen(order: OrderSnapshot): void {
    const before = this.answered.get(order.id);
    if (before === undefined || before.version < order.version) {
      this.answered.set(order.id, order);
    }
  }

  given(product: number, fingerprints: readonly string[]): void {
    const given = this.givenKeys.get(product) ?? new Set();
    this.givenKeys.set(product, given);
    for (const fingerprint of fingerprints) given.add(fingerprint);
  }

  imported(product: number, report: ImportReport, count: number): void {
    const name = `${product} ${report.batchId}`;
    const before = this.importedCounts.get(name) ?? report.accepted;
    this.importedCounts.set(name, before);
    const whole = report.accepted + report.duplicates.length === count;
    this.law(whole && before === report.accepted, "R6 a batch is imported once", () =>
      JSON.stringify({ ...report, count, before }),
    );
  }
}

function moneyName(accountId: string, { tradeNo, orderRef }: Paid): string {
  return `${accountId} ${tradeNo} ${orderRef}`;
}
