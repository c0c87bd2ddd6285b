import fc from "fast-check";
import { expect, test } from "vitest";
import { ProductStockStore } from "../../durable-objects/product-stock/store.ts";
import type { DropId, OrderId } from "../../src/domain/ids.ts";
import { countsAgainstLimit } from "../../src/domain/order/order.ts";
import { sqliteSql } from "../support/node/sqlite-sql.ts";
import { MERCHANT, NOW_MS, order, payment, PRICE_MINOR, request } from "./fixtures.ts";
import { Shop } from "./shop.ts";

/** A drop's life in any order of what may happen, against a model that remembers only who was told what. */
const DROP = "drop_00000000000000000001" as DropId;
const QUANTITY = 5;
const KEYS = 8;
const HOLD_MS = 60_000;
const LASTS_MS = 10 * HOLD_MS;

type Act =
  | { do: "reserve"; n: number; identity: number; quantity: number }
  | { do: "pay" | "cancel" | "archive"; n: number }
  | { do: "wait"; ms: number }
  | { do: "tick" | "restart" | "undo" };

const n = fc.nat(9);
const acts: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("reserve" as const),
      n,
      identity: fc.nat(5),
      quantity: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constantFrom("pay" as const, "cancel", "archive"), n }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.constantFrom(1, HOLD_MS, 3 * HOLD_MS),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("tick" as const, "restart", "undo") }) },
);

class Life {
  readonly shop = new Shop(
    {
      limits: { perOrder: 3, perBuyer: null },
      drop: {
        id: DROP,
        opensAtMs: NOW_MS,
        closesAtMs: NOW_MS + LASTS_MS,
        quantity: QUANTITY,
        perBuyer: null,
        holdSeconds: HOLD_MS / 1_000,
      },
    },
    KEYS,
  );
  store = this.shop.store;
  readonly #sql = sqliteSql(this.shop.database);
  /** Which order each place in line has become. */
  readonly #orders = new Map<number, OrderId>();
  readonly #placed = new Map<OrderId, { quantity: number; inDrop: boolean }>();
  readonly #archived = new Set<OrderId>();

  do(act: Act): void {
    const { shop } = this;
    switch (act.do) {
      case "reserve":
        return this.#reserve(act);
      case "pay":
        return this.#pay(act.n);
      case "cancel":
        this.store.cancel({ orderId: order(act.n), by: "buyer" }, shop.nowMs);
        return;
      case "archive":
        return this.#archive(order(act.n));
      case "wait":
        shop.nowMs += act.ms;
        return;
      case "tick":
        this.store.tick(shop.nowMs);
        return;
      case "restart":
        this.store = new ProductStockStore(this.#sql);
        return;
      case "undo":
        expect(() =>
          this.store.transaction(() => {
            this.store.reserve([this.#request(90, 90, 1)], shop.nowMs);
            throw new Error("undone");
          }),
        ).toThrow("undone");
        return;
      default:
        act satisfies never;
    }
  }

  get isOn(): boolean {
    return this.shop.nowMs < NOW_MS + LASTS_MS;
  }

  /** Of the drop's orders that were never given up: what the line was sold. */
  judge(): void {
    if (!this.isOn) return;
    const left = this.store.glance(this.shop.nowMs).drop?.left;
    const counted = new ProductStockStore(this.#sql).glance(this.shop.nowMs).drop?.left;
    expect(left).toBe(counted);
    let taken = 0;
    let kept = 0;
    for (const [id, { quantity, inDrop }] of this.#placed) {
      const found = this.store.order(id);
      if (!inDrop) continue;
      const released = found?.history.some(({ event }) => event === "lapse" || event === "cancel");
      if (found === null || countsAgainstLimit(found.state)) taken += quantity;
      if (found !== null && released === false) kept += quantity;
    }
    expect(kept).toBeLessThanOrEqual(QUANTITY);
    // What is in the archive may be either: only what is here is told apart.
    if (this.#archived.size === 0) expect(left).toBe(Math.max(0, QUANTITY - taken));
  }

  #request(number: number, identity: number, quantity: number) {
    return {
      ...request(number, { quantity }),
      ticket: { dropId: DROP, identity: `person-${identity}` },
    };
  }

  #reserve({ n: number, identity, quantity }: Act & { do: "reserve" }): void {
    const asked = this.#request(number, identity, quantity);
    const before = this.#placed.get(asked.orderId);
    const holder = this.#orders.get(identity);
    const [outcome] = this.store.reserve([asked], this.shop.nowMs);
    const kind = outcome?.kind;
    if (before !== undefined) {
      expect(["repeated", "reused"]).toContain(kind);
      return;
    }
    const { free } = this.store.stock();
    const left = this.isOn ? (this.store.glance(this.shop.nowMs).drop?.left ?? 0) : Infinity;
    if (this.isOn && holder !== undefined) expect(kind).toBe("ticket_used");
    else expect(["reserved", "sold_out"]).toContain(kind);
    if (kind === "sold_out") expect(Math.min(free, left)).toBeLessThan(quantity);
    if (kind !== "reserved") return;
    this.#placed.set(asked.orderId, { quantity, inDrop: this.isOn });
    if (this.isOn) this.#orders.set(identity, asked.orderId);
  }

  #archive(id: OrderId): void {
    const found = this.store.order(id);
    if (found === null) return;
    const as = { id, version: found.version };
    this.store.acknowledge([as]);
    if (this.store.readForArchive([id]).orders.length === 0) return;
    expect(this.store.prune([as])).toEqual([as]);
    this.#archived.add(id);
  }

  #pay(number: number): void {
    const id = order(number);
    // Money for what is in the archive is the archive's business.
    if (this.#archived.has(id)) return;
    const quantity = this.#placed.get(id)?.quantity ?? 1;
    const money = { amountMinor: quantity * PRICE_MINOR, currency: "CNY" } as const;
    this.store.recordPayment(payment(number, { money }), MERCHANT, this.shop.nowMs);
  }
}

test("in any order of what may happen, a place in line buys once and a drop sells no more than its quantity", () => {
  fc.assert(
    fc.property(fc.array(acts, { maxLength: 60 }), (script) => {
      const life = new Life();
      for (const act of script) {
        life.do(act);
        life.judge();
      }
    }),
    { numRuns: 300 },
  );
});
