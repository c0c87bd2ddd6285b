import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { LineReport } from "../../durable-objects/drop-controller/contract.ts";
import type { DropController } from "../../durable-objects/drop-controller/object.ts";
import { stockName } from "../../durable-objects/product-stock/contract.ts";
import type { ControllerTerms } from "../../src/domain/drop/drop.ts";
import type { DropState } from "../../src/domain/drop/state.ts";
import { addTo, emptySketch } from "../../src/domain/memory/hyperloglog.ts";
import type { DropId } from "../../src/domain/ids.ts";
import {
  batch,
  keys,
  MERCHANT,
  order,
  payment,
  request,
  terms as productTerms,
} from "../store/fixtures.ts";

const HOUR_MS = 3_600_000;
const START_MS = Date.now() + 24 * HOUR_MS;
const OPENS_MS = START_MS + 60_000;

let drops = 900;

/** Moves the clock of everyone in this isolate: the tests' and the objects'. */
function setClock(nowMs: number): void {
  vi.spyOn(Date, "now").mockReturnValue(nowMs);
}
afterEach(() => vi.restoreAllMocks());

/** A report of that many early people, by a clock that may be another than the object's. */
function report(people: number, edgeNowMs = Date.now()): LineReport {
  const early = emptySketch();
  for (let person = 0; person < people; person++) {
    addTo(early, crypto.getRandomValues(new Uint8Array(16)));
  }
  return { edgeNowMs, early, late: emptySketch(), lateTickets: [] };
}

/** A drop of its own for each test, over a product of its own. */
class Played {
  readonly number = drops++;
  readonly terms: ControllerTerms;

  constructor(changes: Partial<ControllerTerms> = {}) {
    this.terms = {
      dropId: `drop_${String(this.number).padStart(20, "0")}` as DropId,
      version: 1,
      opensAtMs: OPENS_MS,
      closesAtMs: OPENS_MS + 2 * HOUR_MS,
      closedAtMs: null,
      quantity: 100,
      productNumber: this.number,
      shards: 1,
      ...changes,
    };
  }

  get stub(): DurableObjectStub<DropController> {
    return env.DROP_CONTROLLER.getByName(this.terms.dropId);
  }

  get stock() {
    return env.PRODUCT_STOCK.getByName(stockName(this.number));
  }

  async open(keyCount: number): Promise<this> {
    await runInDurableObject(this.stock, (instance) => {
      Object.defineProperty(instance, "env", {
        value: { ORDER_EVENTS: { send: () => Promise.resolve() } },
      });
    });
    await this.stock.configure(productTerms({ productNumber: this.number }));
    await this.stock.importKeys(batch("first", keys(keyCount)));
    await this.stub.configure(this.terms);
    return this;
  }

  async state(): Promise<DropState> {
    const state = await this.stub.state();
    if (state === null) throw new Error("it was configured");
    return state;
  }

  /** So many seconds in each of which the alarm rings. */
  async pass(fromMs: number, seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      setClock(fromMs + second * 1_000);
      await runDurableObjectAlarm(this.stub);
    }
  }

  alarm(): Promise<number | null> {
    return runInDurableObject(this.stub, (_, state) => state.storage.getAlarm());
  }

  /** The controller asks the test for its stock. */
  async askStock(glance: () => Promise<unknown>): Promise<void> {
    await runInDurableObject(this.stub, (instance) => {
      const value = { PRODUCT_STOCK: { getByName: () => ({ glance }) } };
      Object.defineProperty(instance, "env", { value });
    });
  }

  async buy(n: number): Promise<void> {
    const id = order(n, this.number);
    await this.stock.reserve([request(n, { orderId: id })]);
    await this.stock.recordPayment(payment(n, { orderId: id }), MERCHANT);
  }
}

describe("a drop's controller", () => {
  test("that was told of no drop says so, and sleeps", async () => {
    const played = new Played();
    expect(await played.stub.state()).toBeNull();
    expect(await played.stub.report(report(1))).toBeNull();
    expect(await played.alarm()).toBeNull();
  });

  test("sleeps until the opening, then looks once a second, and at last sleeps for good", async () => {
    setClock(START_MS);
    const played = await new Played({ quantity: 1 }).open(1);
    expect(await played.alarm()).toBe(OPENS_MS);
    expect(await played.state()).toMatchObject({ status: "upcoming", atMs: START_MS });

    await played.pass(OPENS_MS, 1);
    expect(await played.alarm()).toBe(OPENS_MS + 1_000);
    expect(await played.state()).toMatchObject({ status: "open", remaining: 1, seq: 1 });
    await played.buy(1);
    await played.pass(OPENS_MS + 1_000, 2);
    expect(await played.state()).toMatchObject({ status: "sold_out", remaining: 0, held: 0 });
    expect(await played.alarm()).toBeNull();
  });

  test("asks the stock once a tick, however many ask the controller", async () => {
    setClock(START_MS);
    const played = await new Played().open(100);
    let looks = 0;
    const level = await played.stock.glance();
    await played.askStock(() => Promise.resolve((looks++, level)));
    setClock(OPENS_MS + 10_000);
    const states = await Promise.all(Array.from({ length: 50 }, () => played.state()));
    expect(new Set(states.map(({ seq }) => seq))).toEqual(new Set([1]));
    expect(looks).toBe(1);
  });

  test("counts who joined by what isolates report, however often they do", async () => {
    setClock(START_MS);
    const played = await new Played().open(10);
    const one = report(1_000);
    for (const sent of [one, report(500), one, one]) {
      expect(await played.stub.report(sent)).toEqual({ reportAfterMs: 3_000 });
    }
    const { line } = await played.state();
    expect(line.early).toBeGreaterThan(1_400);
    expect(line.early).toBeLessThan(1_600);
  });

  test("evicted between ticks never lowers what it published, and goes on", async () => {
    setClock(START_MS);
    const played = await new Played().open(100);
    await played.stub.report(report(2_000));
    setClock(START_MS + 6_000);
    await runDurableObjectAlarm(played.stub);
    await played.pass(OPENS_MS, 5);
    const before = await played.state();
    expect(before.threshold.early).toBeGreaterThan(0);
    await evictDurableObject(played.stub);
    const after = await played.state();
    expect(after.threshold.early).toBeGreaterThanOrEqual(before.threshold.early);
    expect(after.seq).toBeGreaterThanOrEqual(before.seq);
    expect(after.line).toEqual(before.line);
    await played.pass(OPENS_MS + 5_000, 3);
    expect((await played.state()).seq).toBeGreaterThan(after.seq);
  });

  test("whose alarm does not ring is driven by those who read", async () => {
    setClock(START_MS);
    const played = await new Played().open(100);
    setClock(OPENS_MS + 700);
    expect(await played.state()).toMatchObject({ status: "open", seq: 1 });
    setClock(OPENS_MS + 1_000);
    expect((await played.state()).seq).toBe(1);
    setClock(OPENS_MS + 30_000);
    expect((await played.state()).seq).toBe(2);
  });

  test("whose stock does not answer lets nobody in, and publishes on", async () => {
    setClock(START_MS);
    const played = await new Played().open(100);
    await played.stub.report(report(2_000));
    await played.pass(OPENS_MS, 3);
    const before = await played.state();
    await played.askStock(() => Promise.reject(new Error("reset")));
    await played.pass(OPENS_MS + 3_000, 3);
    const after = await played.state();
    expect(after.threshold).toEqual(before.threshold);
    expect(after.seq).toBe(before.seq + 3);
  });

  test("by a clock an hour behind opens when the edges' clocks say so", async () => {
    setClock(START_MS);
    const played = await new Played({ opensAtMs: OPENS_MS + HOUR_MS }).open(100);
    // The edges are an hour ahead of this object: their opening is an hour sooner by its own clock.
    await played.stub.report(report(500, START_MS + HOUR_MS));
    expect(await played.state()).toMatchObject({ status: "upcoming" });
    expect(await played.alarm()).toBeLessThanOrEqual(OPENS_MS);
    setClock(OPENS_MS + 1_000);
    const state = await played.state();
    expect(state).toMatchObject({ status: "open", atMs: OPENS_MS + HOUR_MS + 1_000 });
  });

  test("by a clock an hour ahead does not open before the edges do", async () => {
    setClock(START_MS);
    const played = await new Played().open(100);
    await played.stub.report(report(500, START_MS - HOUR_MS));
    setClock(OPENS_MS + 1_000);
    await runDurableObjectAlarm(played.stub);
    expect(await played.state()).toMatchObject({ status: "upcoming", threshold: { early: 0 } });
    setClock(OPENS_MS + HOUR_MS + 1_000);
    expect(await played.state()).toMatchObject({ status: "open" });
  });

  test("takes newer terms and no older ones", async () => {
    setClock(START_MS);
    const played = await new Played({ version: 3 }).open(1);
    await played.stub.configure({ ...played.terms, version: 2, opensAtMs: 1 });
    expect(await played.state()).toMatchObject({ opensAtMs: OPENS_MS, termsVersion: 3 });
    await played.stub.configure({ ...played.terms, version: 4, opensAtMs: OPENS_MS + HOUR_MS });
    expect(await played.alarm()).toBe(OPENS_MS + HOUR_MS);
    await played.stub.configure({ ...played.terms, version: 5, closedAtMs: START_MS });
    await played.pass(START_MS, 1);
    setClock(OPENS_MS + 1_000);
    expect(await played.state()).toMatchObject({ status: "closed" });
  });
});
