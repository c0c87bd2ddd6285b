import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, vi } from "vitest";
import {
  stockName,
  type ChangeOutcome,
  type ProductStockRpc,
  type ReviewRequest,
} from "../../durable-objects/product-stock/contract.ts";
import type { ProductStock } from "../../durable-objects/product-stock/object.ts";
import type { OrderId } from "../../src/domain/ids.ts";
import { KILLED } from "../support/worker/killed.ts";
import { keyImport, reservation, shopTerms, type Act } from "../store/acts.ts";
import { Auditor, type Read } from "../store/auditor.ts";
import {
  batch,
  fulfilment,
  key,
  MERCHANT,
  order,
  payment,
  PRICE_MINOR,
} from "../store/fixtures.ts";

/** What happens to the object: between two steps, or in the middle of those that are under way. */
export const MISHAPS = [
  "nothing",
  "evicted",
  "aborted",
  "aborted in flight",
  "dies in its commit",
  "dies after its commit",
  "the clock an hour ahead",
  "the clock an hour back",
] as const;
export type Mishap = (typeof MISHAPS)[number];

export interface Step {
  readonly acts: readonly Act[];
  readonly mishap: Mishap;
}

/** Asking goes on until there is an answer; an error that stays is a bug and no crash. */
const ASKED_MAX = 8;
const HOUR_MS = 3_600_000;

/** A call in fixed words, made until it is answered, and what follows from its answer. */
type Call = () => Promise<void>;

/**
 * One product's life behind its RPC stub, in which the object dies. Whoever calls and hears nothing
 * does not know, and asks again with the same words; what was heard must stay true.
 */
export class ObjectLife {
  readonly #number: number;
  readonly #auditor = new Auditor();
  readonly #imported = new Map<string, number>();
  readonly #fulfilled = new Map<string, number>();
  readonly #paid = new Set<string>();
  #termsVersion = 0;
  /** While a step is under way in which they do. */
  #termsChange = false;
  #hands = 0;
  #nowMs = Date.now() + HOUR_MS;
  #aheadMs = 0;
  /** Calls that were made again because nothing was heard of them. */
  askedAgain = 0;

  constructor(productNumber: number) {
    this.#number = productNumber;
  }

  /** Anew each time: the stub of an object that died stays broken. */
  get #stub(): DurableObjectStub<ProductStock> {
    return env.PRODUCT_STOCK.getByName(stockName(this.#number));
  }

  /** The stub's types are those of the class, wrapped; both say the contract. */
  get #rpc(): ProductStockRpc {
    return this.#stub as unknown as ProductStockRpc;
  }

  #id(n: number): OrderId {
    return order(n, this.#number);
  }

  async open(): Promise<this> {
    vi.spyOn(Date, "now").mockImplementation(() => this.#nowMs);
    await this.#quiet();
    await this.#configure("active")();
    return this;
  }

  async step({ acts, mishap }: Step): Promise<void> {
    if (mishap === "evicted") await evictDurableObject(this.#stub);
    if (mishap === "aborted") await this.#abort();
    if (mishap === "the clock an hour ahead") this.#turnClock(HOUR_MS);
    if (mishap === "the clock an hour back") this.#turnClock(-HOUR_MS);
    this.#termsChange = acts.some((act) => act.do === "open" || act.do === "close");
    const calls: Call[] = [];
    for (const act of acts) {
      const call = await this.#words(act);
      if (call !== null) calls.push(call);
    }
    if (mishap === "dies in its commit" || mishap === "dies after its commit") {
      await this.#plant(mishap);
    }
    const answers = calls.map((call) => call());
    if (mishap === "aborted in flight") await this.#abort();
    await Promise.all(answers);
    await this.#quiet();
    await this.#judge();
  }

  /** Back only as far as it was turned ahead: alarms go by the machine's own clock, which is behind. */
  #turnClock(byMs: number): void {
    if (this.#aheadMs + byMs < 0) return;
    this.#aheadMs += byMs;
    this.#nowMs += byMs;
  }

  /** Time moves at once; what is asked of the object is put into words that stay the same. */
  async #words(act: Act): Promise<Call | null> {
    switch (act.do) {
      case "wait":
        this.#nowMs += act.ms;
        return null;
      case "restart":
      case "archive":
        return null;
      case "tick":
        return this.#inTheEnd(
          () => runDurableObjectAlarm(this.#stub),
          () => {},
        );
      case "open":
      case "close":
        return this.#configure(act.do === "open" ? "active" : "closed");
      case "reserve":
        return this.#reserve(act);
      case "pay":
        return this.#pay(act);
      case "cancel":
        return this.#cancel(this.#id(act.n));
      case "stop":
        return this.#stop(this.#id(act.n));
      case "review":
        return this.#review({ orderId: this.#id(act.n), word: act.word });
      case "fulfil":
        return this.#fulfil(act);
      case "import":
        return this.#import(keyImport({ ...act, livesMs: null }, this.#nowMs));
      case "acknowledge":
        return this.#acknowledge(this.#id(act.n));
      default:
        return act satisfies never;
    }
  }

  #configure(status: "active" | "closed"): Call {
    const version = ++this.#termsVersion;
    const given = { ...shopTerms(version, status), productNumber: this.#number };
    return this.#inTheEnd(
      () => this.#rpc.configure(given),
      ({ version: now }) => expect(now).toBeGreaterThanOrEqual(version),
    );
  }

  #reserve(act: Act & { do: "reserve" }): Call {
    const asked = { ...reservation(act, this.#termsVersion), orderId: this.#id(act.n) };
    return this.#inTheEnd(
      () => this.#rpc.reserve([asked]),
      ([outcome]) => {
        if (outcome?.kind === "reserved" || outcome?.kind === "repeated") {
          expect(outcome.order.id).toBe(asked.orderId);
          this.#auditor.told(outcome.order);
        } else {
          const refusals = ["reused", "sold_out", "limit_reached", "not_on_sale"];
          // Its terms change under way, and not because it died.
          if (this.#termsChange) refusals.push("terms_changed");
          expect(refusals).toContain(outcome?.kind);
        }
      },
    );
  }

  async #pay({ n, trade, cents, currency }: Act & { do: "pay" }): Promise<Call> {
    const orderId = this.#id(n);
    const known = await this.#untilHeard(() => this.#rpc.order(orderId));
    const amountMinor = (known?.amountMinor ?? PRICE_MINOR) + cents;
    const tradeNo = trade === -1 ? "shared" : `trade-${n}-${trade}`;
    const given = payment(n, { orderId, tradeNo, money: { amountMinor, currency } });
    return this.#inTheEnd(
      () => this.#rpc.recordPayment(given, MERCHANT),
      ({ verdict, order: told }) => {
        if (told === null) return expect(verdict).toBe("unknown_order");
        expect(told.payments.map((one) => one.tradeNo)).toContain(tradeNo);
        this.#paid.add(`${orderId} ${tradeNo}`);
        this.#auditor.told(told);
      },
    );
  }

  #cancel(orderId: OrderId): Call {
    return this.#changing(() => this.#rpc.cancel({ orderId, by: "buyer" }));
  }

  #stop(orderId: OrderId): Call {
    return this.#changing(() => this.#rpc.stopWaiting({ orderId }));
  }

  #changing(call: () => Promise<ChangeOutcome>): Call {
    return this.#inTheEnd(call, (outcome) => {
      if ("order" in outcome) this.#auditor.told(outcome.order);
      else expect(outcome.kind).toBe("unknown");
    });
  }

  #review(request: ReviewRequest): Call {
    return this.#changing(() => this.#rpc.review(request));
  }

  #fulfil({ n, keys, act }: Act & { do: "fulfil" }): Call {
    const sealed = Array.from({ length: keys }, () => key(`hand-${this.#hands++}`));
    const given = { ...fulfilment(n, sealed, `act-${act}`), orderId: this.#id(n) };
    return this.#inTheEnd(
      () => this.#rpc.fulfil(given),
      (outcome) => {
        if (outcome.kind !== "changed" && outcome.kind !== "unchanged") return;
        this.#fulfilled.set(`${n} ${act}`, outcome.order.quantity);
        this.#auditor.told(outcome.order);
      },
    );
  }

  #import(given: ReturnType<typeof keyImport>): Call {
    return this.#inTheEnd(
      () => this.#rpc.importKeys(given),
      ({ accepted }) => {
        if (given.dryRun) return;
        // The same batch again is answered as it was the first time, whoever heard that.
        expect(accepted).toBe(this.#imported.get(given.batchId) ?? accepted);
        this.#imported.set(given.batchId, accepted);
      },
    );
  }

  async #acknowledge(id: OrderId): Promise<Call> {
    const { version } = (await this.#untilHeard(() => this.#rpc.order(id))) ?? { version: 0 };
    return this.#inTheEnd(
      () => this.#rpc.acknowledge([{ id, version }]),
      () => {
        const before = this.#auditor.acknowledged.get(id) ?? 0;
        this.#auditor.acknowledged.set(id, Math.max(before, version));
      },
    );
  }

  #inTheEnd<Answer>(ask: () => Promise<Answer>, heard: (answer: Answer) => void): Call {
    return async () => heard(await this.#untilHeard(ask));
  }

  async #untilHeard<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    for (let asked = 1; ; asked++) {
      try {
        return await ask();
      } catch (error) {
        if (asked === ASKED_MAX) throw error;
        this.askedAgain++;
      }
    }
  }

  /** As when its machine dies: what is not on disk never was, and nobody is answered. */
  async #abort(): Promise<void> {
    await runInDurableObject(this.#stub, (_: ProductStock, state) => {
      state.abort(KILLED);
    }).catch(() => {});
  }

  /** The next commit of this instance is its last act, undone or done, and its callers hear nothing. */
  async #plant(mishap: "dies in its commit" | "dies after its commit"): Promise<void> {
    await runInDurableObject(this.#stub, (_: ProductStock, state) => {
      const commit = state.storage.transactionSync.bind(state.storage);
      const dying = <T>(work: () => T): T => {
        const result = commit(() => {
          const done = work();
          if (mishap === "dies in its commit") state.abort(KILLED);
          return done;
        });
        state.abort(KILLED);
        return result;
      };
      Object.defineProperty(state.storage, "transactionSync", { value: dying, configurable: true });
    });
  }

  /** The order book is not part of this: nobody hears of these orders. */
  async #quiet(): Promise<void> {
    await this.#untilHeard(() =>
      runInDurableObject(this.#stub, (instance: ProductStock) => {
        const deaf = { ORDER_EVENTS: { send: () => Promise.resolve() } };
        Object.defineProperty(instance, "env", { value: deaf, configurable: true });
      }),
    );
  }

  async #judge(): Promise<void> {
    const { alarmAtMs, ...read } = await this.#read();
    this.#auditor.keysGiven = sum(this.#imported.values()) + sum(this.#fulfilled.values());
    this.#auditor.judge(read, this.#nowMs);
    const payments = new Set(
      read.orders.flatMap((one) => one.payments.map(({ tradeNo }) => `${one.id} ${tradeNo}`)),
    );
    for (const paid of this.#paid) expect(payments, "a payment once answered").toContain(paid);
    for (const { expiresAtMs, state } of read.orders) {
      if (state !== "pending" || expiresAtMs === null) continue;
      expect(alarmAtMs, "no hold without an alarm").not.toBeNull();
      expect(alarmAtMs).toBeLessThanOrEqual(expiresAtMs);
    }
  }

  async #read(): Promise<Read & { alarmAtMs: number | null }> {
    const rpc = this.#rpc;
    const { orders, nextOrderId } = await rpc.books({ afterOrderId: "", limit: 100 });
    const { keys, nextRow } = await rpc.keys({ state: null, afterRow: 0, limit: 500 });
    expect([nextOrderId, nextRow]).toEqual([null, null]);
    const stock = await rpc.stock();
    const { available } = await rpc.importKeys(batch("none", [], true));
    const { outbox, alarmAtMs } = await runInDurableObject(this.#stub, async (_, state) => ({
      outbox: state.storage.sql.exec("SELECT order_id, version FROM outbox").toArray(),
      alarmAtMs: await state.storage.getAlarm(),
    }));
    const versions = new Map(
      outbox.map((row) => [String(row["order_id"]), Number(row["version"])] as const),
    );
    return { orders, keys, stock, available, outbox: versions, alarmAtMs };
  }
}

function sum(numbers: Iterable<number>): number {
  return Array.from(numbers).reduce((total, one) => total + one, 0);
}
