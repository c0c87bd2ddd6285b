import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { OrderSnapshot } from "../../durable-objects/product-stock/contract.ts";
import type { Finding } from "../../durable-objects/product-stock/reconcile-contract.ts";
import { ProductStockStore } from "../../durable-objects/product-stock/store.ts";
import type { Sql } from "../../durable-objects/shared/sql.ts";
import type { OrderId } from "../../src/domain/ids.ts";
import { countsAgainstLimit, isSettled } from "../../src/domain/order/order.ts";
import { sqliteSql } from "../support/node/sqlite-sql.ts";
import { acts, keyImport, PER_BUYER, reservation, shopTerms, type Act } from "./acts.ts";
import { Auditor } from "./auditor.ts";
import { fulfilment, key, MERCHANT, NOW_MS, order, payment, PRICE_MINOR } from "./fixtures.ts";
import { readStore } from "./read-store.ts";

/** One shop's life: does each act, says what may follow from it, and lets the auditor look. */
class Life {
  readonly auditor = new Auditor();
  readonly database = new DatabaseSync(":memory:");
  readonly #sql: Sql;
  store: ProductStockStore;
  nowMs = NOW_MS;
  #termsVersion = 0;
  #fulfilled = 0;

  constructor() {
    this.#sql = sqliteSql(this.database);
    this.store = new ProductStockStore(this.#sql);
    this.#configure("active");
  }

  do(act: Act): void {
    switch (act.do) {
      case "reserve":
        return this.#reserve(act);
      case "pay":
        return this.#pay(act);
      case "cancel": {
        const before = this.#order(act.n);
        const asked = { orderId: order(act.n), by: "buyer" } as const;
        const outcome = this.#restored(act.n, () => this.store.cancel(asked, this.nowMs));
        const may = before === null ? "unknown" : CANCEL[before.state];
        return expect(outcome.kind).toBe(may);
      }
      case "stop": {
        const before = this.#order(act.n);
        const asked = { orderId: order(act.n) };
        const outcome = this.#restored(act.n, () => this.store.stopWaiting(asked, this.nowMs));
        const waits = before?.state === "unfilled" ? "changed" : "refused";
        const again = (before?.stoppedAtMs ?? null) === null ? waits : "unchanged";
        return expect(outcome.kind).toBe(before === null ? "unknown" : again);
      }
      case "review":
        return this.#review(act);
      case "fulfil":
        return this.#fulfil(act);
      case "import":
        return this.#import(act);
      case "tick":
        this.store.tick(this.nowMs);
        return expect(this.store.tickDueAtMs() ?? Infinity).toBeGreaterThan(this.nowMs);
      case "wait":
        this.nowMs += act.ms;
        return;
      case "acknowledge": {
        const id = order(act.n);
        const version = this.#order(act.n)?.version ?? 0;
        this.store.acknowledge([{ id, version }]);
        this.auditor.acknowledged.set(id, version);
        return;
      }
      case "archive":
        return this.#archive(order(act.n));
      case "close":
      case "open":
        return this.#configure(act.do === "open" ? "active" : "closed");
      case "restart":
        this.store = new ProductStockStore(this.#sql);
        return;
      default:
        act satisfies never;
    }
  }

  /** What the store finds when it looks through its own rows. */
  findings(): Finding[] {
    const { findings } = this.store.checkOrders("", 100, this.nowMs);
    return [...findings, ...this.store.checkKeys(null, 7).findings];
  }

  #configure(status: "active" | "closed"): void {
    this.#termsVersion++;
    this.store.configure(shopTerms(this.#termsVersion, status));
  }

  /** As its buyer sees it, wherever it is. */
  #order(number: number): OrderSnapshot | null {
    const id = order(number);
    return this.store.order(id) ?? this.auditor.archive.get(id)?.order ?? null;
  }

  /** The book holds it as it is; the archive takes it, and the store lets go, if it is settled. */
  #archive(id: OrderId): void {
    const known = this.store.order(id);
    if (known === null) return;
    this.store.acknowledge([known]);
    this.auditor.acknowledged.set(id, known.version);
    const [record] = this.store.readForArchive([id]).orders;
    expect(record === undefined).toBe(!isSettled(known.state));
    if (record === undefined) return;
    this.auditor.archive.set(id, record);
    const as = { id, version: known.version };
    expect(this.store.prune([as])).toEqual([as]);
    expect(this.store.order(id)).toBeNull();
  }

  /** What the store says it no longer has comes back for the call, from the archive. */
  #restored<Outcome extends object>(number: number, call: () => Outcome): Outcome {
    const outcome = call();
    if (!("archived" in outcome)) return outcome;
    const record = this.auditor.archive.get(order(number));
    if (record === undefined) throw new Error("it was never archived");
    expect(this.store.restore(structuredClone(record))).toEqual({ kind: "restored" });
    expect(this.store.order(order(number))).toEqual(record.order);
    return call();
  }

  #reserve(act: Act & { do: "reserve" }): void {
    const { n: number, quantity } = act;
    const asked = reservation(act, this.#termsVersion);
    const { variantId } = asked;
    const before = this.#order(number);
    const [outcome] = this.store.reserve([asked], this.nowMs);
    if (before !== null) {
      expect(["repeated", "reused"]).toContain(outcome?.kind);
      return;
    }
    const { orders: here } = this.store.books({ afterOrderId: "", limit: 100 });
    const left = Array.from(this.auditor.archive.values(), (record) => record.order);
    const orders = [...here, ...left.filter(({ id }) => !here.some((one) => one.id === id))];
    expect(["reserved", "sold_out", "limit_reached", "not_on_sale"]).toContain(outcome?.kind);
    expect(this.store.order(asked.orderId) === null).toBe(outcome?.kind !== "reserved");
    if (outcome?.kind === "sold_out") {
      const { freeByVariant } = this.store.stock();
      expect(outcome.available).toBe(
        (freeByVariant[variantId ?? ""] ?? 0) + (freeByVariant[""] ?? 0),
      );
      expect(outcome.available).toBeLessThan(quantity);
      // Nobody was sent away for a hold that no longer stood.
      for (const { expiresAtMs } of orders) {
        expect(expiresAtMs ?? Infinity).toBeGreaterThan(this.nowMs);
      }
    }
    const mine = orders
      .filter((one) => one.email === asked.email && countsAgainstLimit(one.state))
      .reduce((sum, one) => sum + one.quantity, 0);
    // Late money may take a buyer past the limit; a reservation never does.
    if (outcome?.kind === "reserved") expect(mine).toBeLessThanOrEqual(PER_BUYER);
    if (outcome?.kind === "limit_reached") expect(mine + quantity).toBeGreaterThan(PER_BUYER);
  }

  #pay({ n: number, trade, cents, currency }: Act & { do: "pay" }): void {
    const before = this.#order(number);
    const sum = (before?.amountMinor ?? PRICE_MINOR) + cents;
    const tradeNo = trade === -1 ? "shared" : `trade-${number}-${trade}`;
    const given = payment(number, { tradeNo, money: { amountMinor: sum, currency } });
    const paid = this.#restored(number, () =>
      this.store.recordPayment(given, MERCHANT, this.nowMs),
    );
    if (before === null) {
      expect(paid).toEqual({ verdict: "unknown_order", order: null });
      return;
    }
    const record = paid.order?.payments.find((one) => one.tradeNo === tradeNo);
    expect(record).toBeDefined();
    if (paid.verdict === "already") expect(paid.order).toEqual(before);
    else expect(record?.verdict).toBe(paid.verdict);
    if (["mismatch", "trade_reused", "surplus"].includes(paid.verdict)) {
      expect(paid.order?.state).toBe(before.state);
    }
    if (paid.verdict === "delivered") expect(before.state).toBe("pending");
    if (before.review === "asked") expect(paid.verdict).not.toMatch(/delivered/);
  }

  /** Only what was doubted has a word said on it, and only the first word counts. */
  #review({ n: number, word }: Act & { do: "review" }): void {
    const before = this.#order(number);
    const asked = { orderId: order(number), word } as const;
    const outcome = this.#restored(number, () => this.store.review(asked, this.nowMs));
    if (before === null) return expect(outcome).toEqual({ kind: "unknown" });
    const said = word === "approve" ? "approved" : "rejected";
    const rejectable = before.state === "paid" || before.state === "unfilled";
    const may = before.review === "asked" && (word === "approve" || rejectable);
    const kind = before.review === said ? "unchanged" : may ? "changed" : "refused";
    expect(outcome.kind).toBe(kind);
    if (outcome.kind !== "changed") return;
    expect(outcome.order.review).toBe(said);
    const delivers = word === "approve" && before.state === "paid";
    const state = delivers ? "delivered" : word === "reject" ? "paid" : before.state;
    expect(outcome.order.state).toBe(state);
  }

  #fulfil({ n: number, keys, act }: Act & { do: "fulfil" }): void {
    const before = this.#order(number);
    const sealed = Array.from({ length: keys }, () => key(`hand-${this.#fulfilled++}`));
    const given = fulfilment(number, sealed, `act-${act}`);
    const outcome = this.#restored(number, () => this.store.fulfil(given, this.nowMs));
    if (outcome.kind === "changed") {
      this.auditor.keysGiven += keys;
      // Or one that was rejected, for which a person hands keys over after all.
      const rejected = before?.state === "paid" && before.review === "rejected";
      if (!rejected) expect(before?.state).toBe("unfilled");
      expect(outcome.order.state).toBe("delivered");
    }
  }

  #import(act: Act & { do: "import" }): void {
    const { count, dryRun } = act;
    const outcome = this.store.importKeys(keyImport(act, this.nowMs), this.nowMs);
    if (!dryRun && !outcome.repeated) {
      expect(outcome.accepted + outcome.duplicates.length).toBe(count);
      expect(outcome.available).toBe(this.store.stock().free);
      this.auditor.keysGiven += outcome.accepted;
    }
  }
}

const CANCEL = {
  pending: "changed",
  cancelled: "unchanged",
  paid: "refused",
  delivered: "refused",
  expired: "refused",
  unfilled: "refused",
  refunded: "refused",
} as const;

test("whatever happens to a shop, in whatever order, its books are true after each step", () => {
  fc.assert(
    fc.property(fc.array(acts, { maxLength: 60, size: "max" }), (story) => {
      const life = new Life();
      for (const act of story) {
        life.do(act);
        life.auditor.judge(readStore(life.store, life.database, life.nowMs), life.nowMs);
        expect(life.findings()).toEqual([]);
      }
    }),
    { numRuns: 150 },
  );
});
