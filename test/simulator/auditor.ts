import type {
  OrderSnapshot,
  ReserveOutcome,
  ReserveRequest,
} from "../../durable-objects/product-stock/contract.ts";
import type {
  PaymentRecord,
  PaymentReport,
} from "../../durable-objects/product-stock/payment-contract.ts";
import type { CollectOutcome } from "../../durable-objects/product-stock/shard-contract.ts";
import type { OrderId } from "../../src/domain/ids.ts";
import { Answers } from "./answers.ts";
import type { Book } from "./book.ts";
import { Digest } from "./digest.ts";
import { DropBooks } from "./drop-laws.ts";
import { Laws } from "./laws.ts";
import { judgePayments, judgeStep, type Known } from "./order-laws.ts";
import { auditRows } from "./row-audit.ts";
import type { PaymentFacts } from "./row-facts.ts";
import { Rows } from "./rows.ts";
import { productOf } from "./shop.ts";
import type { Moves, StockObject, Witness } from "./stock-object.ts";
import { freeTogether, type Look, type Seen } from "./shard-laws.ts";
import { verdictExpected } from "./verdict.ts";
import type { Watch } from "./watch.ts";
import type { Scene } from "./world.ts";

/** Commits of one object between two audits of all its rows; more where it has many, or they would cost most. */
const COMMITS_BETWEEN_AUDITS = 50;
/** One answer in so many is compared with the rows that it is made of. */
const ANSWERS_BETWEEN_LOOKS = 8;

/**
 * Keeps books of its own: of what went in, of what was answered, and of how each order stood when
 * it last looked. It judges rows by them after each commit and believes nothing that the store says
 * of itself.
 */
export class Auditor extends Laws implements Witness {
  /** Every order that was ever committed, as it stood last. */
  readonly known = new Map<OrderId, Known & { readonly object: number }>();
  /** Whose each sold key is, for ever: by product, by fingerprint. */
  readonly owners = new Map<number, Map<string, OrderId>>();
  readonly answers: Answers = new Answers(this);
  readonly drops = new DropBooks();
  /** Of every commit, in their order: of two runs of one seed it is the same. */
  readonly digest = new Digest();
  /** Committed payments by their object, account and number, once for each order. */
  readonly #trades = new Map<string, PaymentFacts[]>();
  readonly #book: Book;
  readonly #seen = new Map<number, Seen>();
  readonly #looks = new Set<Look>();
  /** What all shards of a product have, by variant; forgotten with each commit of one of them. */
  readonly #freeCounts = new Map<number, Map<string | null, number>>();
  /** Commits until the next audit of all rows. */
  readonly #untilAudit = new Map<number, number>();
  #untilLook = ANSWERS_BETWEEN_LOOKS;
  readonly #onCommit: ((words: string) => void) | undefined;
  readonly #closely: boolean;
  readonly #scene: Scene;
  archived = 0;
  restored = 0;

  constructor(book: Book, { onCommit, closely = false, scene = "sale" }: Watch = {}) {
    super();
    this.#scene = scene;
    this.#book = book;
    this.#onCommit = onCommit;
    this.#closely = closely;
  }

  rows(object: StockObject): Rows {
    let seen = this.#seen.get(object.number);
    if (seen === undefined) {
      seen = { object, rows: new Rows(object.disk.sql) };
      this.#seen.set(object.number, seen);
    }
    return seen.rows;
  }

  /** All objects of a product. */
  shards(product: number): Seen[] {
    return [...this.#seen.values()].filter(({ object }) => productOf(object.number) === product);
  }

  // What the object does, seen from inside its transaction.

  reserve(object: StockObject, request: ReserveRequest, outcome: ReserveOutcome): void {
    const rows = this.rows(object);
    const nowMs = object.nowMs();
    const { variantId, quantity, email } = request;
    if (outcome.kind === "sold_out") {
      // A shard's own word is no answer: all together have theirs.
      if (!object.isShard) this.answers.refusedBy.add(request.orderId);
      const free = Math.min(rows.free(variantId, quantity, nowMs), rows.leftInDrop(nowMs));
      const stuck = rows.due(nowMs);
      this.law(free < quantity && stuck === 0, "R2 sold out only where it is", () =>
        JSON.stringify({ quantity, free, stuck }),
      );
    }
    this.drops.refused(this, rows, request, outcome);
    if (outcome.kind !== "reserved") return;
    const { order } = outcome;
    const detail = () => JSON.stringify({ order, request });
    this.law(order.amountMinor === request.amountMinor, "R3 the price is the one quoted", detail);
    this.law(!this.known.has(order.id), "R6 an order is placed once", detail);
    const perBuyer = rows.perBuyer();
    const within = perBuyer === null || rows.boughtBy(email) <= perBuyer;
    this.law(within, "R2 a buyer takes no more than the limit", detail);
    const expired = rows.expiredOf(order.id, nowMs);
    this.law(expired === 0, "R1 a key is promised while it lives", detail);
  }

  payment(object: StockObject, report: PaymentReport, pay: () => PaymentRecord): PaymentRecord {
    const { payment } = report;
    const rows = this.rows(object);
    const seen = this.#trades.get(tradeName(object, payment.accountId, payment.tradeNo)) ?? [];
    const expected = verdictExpected(rows, report, seen);
    const record = pay();
    const { verdict } = record;
    this.law(expected.includes(verdict), "R3 a payment gets the verdict that it deserves", () =>
      JSON.stringify({ payment, verdict, expected }),
    );
    const order = verdict === "unfilled" ? rows.facts(payment.orderId) : undefined;
    if (order?.held_back === 0) {
      const free = rows.free(order.variant_id, order.quantity, object.nowMs());
      this.law(free < order.quantity, "R2 a paid order is owed keys only where none are", () =>
        JSON.stringify({ payment, free }),
      );
    }
    return record;
  }

  collecting(object: StockObject, request: ReserveRequest): (outcome: CollectOutcome) => void {
    const look: Look = { product: productOf(object.number), request, wasShort: false };
    this.#looks.add(look);
    this.#lookOn(look);
    return (outcome) => {
      this.#lookOn(look);
      this.#looks.delete(look);
      if (outcome.kind !== "sold_out") return;
      this.answers.refusedBy.add(request.orderId);
      this.law(look.wasShort, "R2 sold out is said where all shards together had too few", () =>
        JSON.stringify({ request, outcome }),
      );
    };
  }

  #lookOn(look: Look): void {
    if (look.wasShort) return;
    const { product, request } = look;
    const counts = this.#freeCounts.get(product) ?? new Map<string | null, number>();
    this.#freeCounts.set(product, counts);
    const free =
      counts.get(request.variantId) ?? freeTogether(this.shards(product), request.variantId);
    counts.set(request.variantId, free);
    look.wasShort = free < request.quantity;
  }

  imported(object: StockObject, available: number): void {
    const free = this.rows(object).freeCount();
    this.law(available === free, "R1 a count is the count of the rows", () =>
      JSON.stringify({ available, free }),
    );
  }

  /** An object says this of an order, in the turn in which its rows say the same. */
  said(object: StockObject, order: OrderSnapshot): void {
    const isBought = order.state === "delivered" || order.state === "refunded";
    const early = order.keys.length > 0 && !isBought;
    this.law(!early, "R1 keys are shown once they are paid for", () => JSON.stringify(order));
    if (--this.#untilLook > 0) return;
    this.#untilLook = ANSWERS_BETWEEN_LOOKS;
    const rows = this.rows(object);
    const now = rows.standing(order.id);
    const sold = rows.soldTo(order.id).map((key) => key.fingerprint);
    const agrees =
      now?.state === order.state &&
      now.version === order.version &&
      now.quantity === order.quantity &&
      now.amount_minor === order.amountMinor &&
      now.email === order.email &&
      sold.length === order.keys.length &&
      order.keys.every((key) => sold.includes(key.fingerprint)) &&
      rows.paymentsOf(order.id).length === order.payments.length;
    this.law(agrees, "R5 an answer says what the rows say", () =>
      JSON.stringify({ order, now, sold }),
    );
  }

  committed(object: StockObject, { changed, restored, pruned }: Moves): void {
    const rows = this.rows(object);
    this.archived += pruned.length;
    this.restored += restored.length;
    this.digest.add(`${object.number} ${object.timeline.nowMs}`);
    this.#freeCounts.delete(productOf(object.number));
    for (const look of this.#looks)
      if (look.product === productOf(object.number)) this.#lookOn(look);
    for (const id of new Set(changed)) this.#stands(object, rows, id);
    for (const id of restored) this.#isBack(rows, id);
    for (const id of pruned) this.#hasLeft(id);
    const left = this.#untilAudit.get(object.number) ?? COMMITS_BETWEEN_AUDITS;
    this.#untilAudit.set(object.number, left - 1);
    if (left > 0 && !this.#closely) return;
    const read = auditRows(this, object);
    this.#untilAudit.set(object.number, Math.max(COMMITS_BETWEEN_AUDITS, read / 4));
  }

  threw(object: StockObject, error: unknown): void {
    this.broken("an object refuses with values", `product ${object.number}: ${String(error)}`);
  }

  #stands(object: StockObject, rows: Rows, id: OrderId): void {
    const standing = rows.standing(id);
    if (standing === undefined) {
      this.broken("R5 an order stays", id);
      return;
    }
    const { state, version, held, sold } = standing;
    const words = `${id} ${version} ${state} ${held} ${sold}`;
    this.digest.add(words);
    this.#onCommit?.(
      `${object.timeline.nowMs - object.timeline.startMs} ${object.number} ${words}`,
    );
    const before = this.known.get(id);
    if (before === undefined) this.drops.placed(this, rows, standing);
    const payments = version === 1 ? [] : rows.paymentsOf(id);
    const isWatched = this.#scene === "money" && version > 1;
    const refunds = isWatched ? rows.refundsOf(id) : [];
    const disputes = isWatched ? rows.disputesOf(id) : [];
    const now = { standing, payments, refunds, disputes, object: object.number };
    judgeStep(this, before, now, object.nowMs());
    this.known.set(id, now);
    for (const payment of payments) this.#remember(object, payment);
    if (state === "delivered" && before?.standing.state !== "delivered") {
      for (const key of rows.soldTo(id)) this.owns(productOf(object.number), key.fingerprint, id);
    }
  }

  #remember(object: StockObject, payment: PaymentFacts): void {
    const name = tradeName(object, payment.account_id, payment.trade_no);
    const others = (this.#trades.get(name) ?? []).filter(
      (earlier) => earlier.order_id !== payment.order_id,
    );
    this.#trades.set(name, [...others, payment]);
  }

  /** An order that came back from the archive is what it was. */
  #isBack(rows: Rows, id: OrderId): void {
    const before = this.known.get(id);
    const now = rows.standing(id);
    const same =
      now?.version === before?.standing.version &&
      now?.state === before?.standing.state &&
      now?.history === before?.standing.history &&
      now?.sold === before?.standing.sold;
    const detail = () => JSON.stringify({ now, before });
    this.law(same, "R5 an order comes back from the archive as it left", detail);
    judgePayments(this, before?.payments ?? [], rows.paymentsOf(id));
    const texts = rows.soldTo(id).every((key) => key.bare === 0);
    this.law(texts, "R4 a key comes back from the archive with its text", detail);
  }

  #hasLeft(id: OrderId): void {
    const before = this.known.get(id)?.standing;
    const record = this.#book.archive.records.get(id)?.order;
    const detail = () => JSON.stringify({ before, record });
    const whole =
      record?.version === before?.version &&
      record?.state === before?.state &&
      record?.keys.length === before?.sold;
    this.law(whole, "R5 what leaves an object is in the archive", detail);
    const told = this.#book.orders.get(id)?.version === before?.version;
    this.law(told, "R3 an order leaves when the order book has it", detail);
  }

  /** A shard that owes keys will go on looking for them in others. */
  hasShardedDebt(): boolean {
    return [...this.#seen.values()].some(
      ({ object, rows }) => object.isShard && rows.owed().length > 0,
    );
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
}

function tradeName({ number }: StockObject, accountId: string, tradeNo: string): string {
  return `${number} ${accountId} ${tradeNo}`;
}
