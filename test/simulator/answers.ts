import { DrizzleQueryError } from "drizzle-orm/errors";
import type { ChangeOutcome, OrderSnapshot } from "../../durable-objects/product-stock/contract.ts";
import type { AccountId, OrderId } from "../../src/domain/ids.ts";
import { Unavailable } from "../../src/domain/overload/unavailable.ts";
import type { Acceptance } from "../../src/flows/payments/accept-payment.ts";
import type { ImportReport } from "../../src/flows/stock/import-keys.ts";
import type { FoundOrder } from "../../src/flows/orders/look-up-orders.ts";
import type { OrderRequest, placeOrder } from "../../src/flows/orders/place-order.ts";
import type { NoticeReading } from "../../src/flows/ports.ts";
import type { Laws } from "./laws.ts";
import { Died } from "./network.ts";

type Placed = Awaited<ReturnType<typeof placeOrder>>;
type Paid = Extract<NoticeReading, { kind: "paid" }>;

/** Money that a gateway has taken, and whether it was told that we have it. */
export interface Money {
  readonly accountId: AccountId;
  readonly paid: Paid;
  /** Whether the gateway ever tells of it. */
  readonly told: boolean;
  answered: Acceptance["kind"] | null;
}

/**
 * What callers asked and what they were answered: success, refusal, or nothing at all, after which
 * either may be true. What was once answered must stay true, or become what may follow.
 */
export class Answers {
  /** Orders by what their buyers were told in the end. */
  readonly outcomes = { success: 0, refused: 0, unknown: 0 };
  /** Calls that got no answer. */
  silences = 0;
  /** The latest that anyone was answered of an order. */
  readonly latest = new Map<OrderId, OrderSnapshot>();
  /** Orders that their object has refused as sold out. */
  readonly refusedBy = new Set<OrderId>();
  readonly givenKeys = new Map<number, Set<string>>();
  readonly moneys = new Map<string, Money>();
  /** Keys of batches whose import was answered. */
  readonly importedCounts = new Map<string, number>();
  readonly #laws: Laws;

  constructor(laws: Laws) {
    this.#laws = laws;
  }

  unanswered(error: unknown): void {
    this.silences++;
    // Drizzle wraps what a statement was thrown by.
    const cause = error instanceof DrizzleQueryError ? error.cause : error;
    const known = cause instanceof Unavailable || cause instanceof Died;
    this.#laws.law(known, "a flow fails only for lack of something", () => String(cause));
  }

  /** Null: the buyer gave up without an answer, and there may be an order or not. */
  placed(request: OrderRequest, id: OrderId, placed: Placed | null): void {
    if (placed === null) {
      this.outcomes.unknown++;
      return;
    }
    if (!placed.ok) {
      this.outcomes.refused++;
      const { reason } = placed.error;
      const deserved = reason !== "idempotency_key_reused" && reason !== "product_unknown";
      this.#laws.law(deserved, "R6 a new order is not refused as another", () => reason);
      const said = reason !== "sold_out" || this.refusedBy.has(id);
      this.#laws.law(said, "R2 who hears sold out was refused by the object", () => id);
      return;
    }
    this.outcomes.success++;
    const { order } = placed.value;
    const { expectedAmountMinor: expected, quantity, email, merchantId } = request;
    const asked =
      order.id === id &&
      order.quantity === quantity &&
      order.email === email &&
      order.merchantId === merchantId &&
      (expected === null || order.amountMinor === expected);
    this.#laws.law(asked, "R3 the order is what the buyer saw", () =>
      JSON.stringify({ order, request }),
    );
    this.seen(order);
  }

  placedAgain(first: OrderSnapshot, words: "same" | "other", again: Placed): void {
    if (words === "same") {
      const same =
        again.ok &&
        again.value.order.id === first.id &&
        again.value.order.amountMinor === first.amountMinor;
      this.#laws.law(same, "R6 the same request names the same order", () => JSON.stringify(again));
    } else {
      const refused = !again.ok && again.error.reason === "idempotency_key_reused";
      this.#laws.law(refused, "R6 other words under the same key are refused", () =>
        JSON.stringify(again),
      );
    }
    if (again.ok) this.seen(again.value.order);
  }

  money(account: { readonly id: AccountId }, paid: Paid, told: boolean): void {
    const name = moneyName(account.id, paid);
    if (!this.moneys.has(name)) {
      this.moneys.set(name, { accountId: account.id, paid, told, answered: null });
    }
  }

  notified(account: { readonly id: AccountId }, reading: NoticeReading, answer: Acceptance): void {
    if (reading.kind === "refunded" || reading.kind === "disputed") {
      const law = "R3 money that went back is no payment";
      this.#laws.law(answer.kind === "reversed", law, () => answer.kind);
      return;
    }
    if (reading.kind !== "paid") {
      this.#laws.law(answer.kind === reading.kind, "R3 not paid is not paid", () => answer.kind);
      return;
    }
    const money = this.moneys.get(moneyName(account.id, reading));
    if (money === undefined) return;
    money.answered = answer.kind;
  }

  changed(
    id: OrderId,
    verb: "cancel" | "fulfil" | "approve" | "reject",
    answer: ChangeOutcome,
  ): void {
    if ("order" in answer) {
      const { state } = answer.order;
      const done = answer.kind === "changed" || answer.kind === "unchanged";
      // Its money may have gone back since it was done.
      const is = !done || verb !== "fulfil" || state === "delivered" || state === "refunded";
      this.#laws.law(is, "R6 what was done is done", () => state);
      this.seen(answer.order);
    } else {
      this.#laws.law(answer.kind !== "unknown", "R5 an order that was answered is known", () => id);
    }
  }

  /** Someone looked an order up, and was shown it with these keys in clear, or nothing. */
  lookedUp(
    asked: { readonly orderId: OrderId; readonly email: string; readonly isTheirs: boolean },
    found: readonly { readonly order: FoundOrder["order"]; readonly secrets: readonly string[] }[],
  ): void {
    for (const { order, secrets } of found) {
      const detail = () => JSON.stringify({ asked, order });
      const theirs = asked.isTheirs && order.id === asked.orderId && order.email === asked.email;
      this.#laws.law(theirs, "R7 nobody is shown another's order", detail);
      const whole =
        secrets.length === order.keys.length &&
        order.keys.every((key, place) => key.fingerprint.endsWith(`/${secrets[place]}`));
      this.#laws.law(whole, "R4 who bought keys can read them", detail);
      this.seen(order);
    }
  }

  /** Someone was shown this: it must stay true, or have become what may follow. */
  seen(order: OrderSnapshot): void {
    const before = this.latest.get(order.id);
    if (before === undefined || before.version < order.version) this.latest.set(order.id, order);
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
    this.#laws.law(whole && before === report.accepted, "R6 a batch is imported once", () =>
      JSON.stringify({ ...report, count, before }),
    );
  }
}

function moneyName(accountId: string, { tradeNo, orderRef }: Paid): string {
  return `${accountId} ${tradeNo} ${orderRef}`;
}
