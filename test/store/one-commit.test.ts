import fc from "fast-check";
import { expect, test } from "vitest";
import type { ReserveRequest } from "../../durable-objects/product-stock/contract.ts";
import { ONE_ROW } from "../../durable-objects/product-stock/statements.ts";
import type { Sql } from "../../durable-objects/shared/sql.ts";
import {
  batch,
  key,
  MERCHANT,
  order,
  payment,
  PRICE_MINOR,
  request,
  VARIANTS,
} from "./fixtures.ts";
import { Shop } from "./shop.ts";

const THERE = 7 + 2 ** 24;
const ORDERS = 12;

/** What order `n` asks for is a matter of its number, so that it can be asked for again. */
function asked(n: number): ReserveRequest {
  const variantId = [null, "m", "y"][n % 3] ?? null;
  const quantity = 1 + (n % 4);
  const amountMinor = (variantId === "y" ? 3 : 1) * PRICE_MINOR * quantity;
  return request(n, { variantId, quantity, amountMinor, email: `b${n % 5}@example.com` });
}

function reported(n: number) {
  const { amountMinor } = asked(n);
  return { payment: payment(n, { money: { amountMinor, currency: "CNY" } }), merchantId: MERCHANT };
}

const someOrder = fc.integer({ min: 1, max: ORDERS });
const orders = fc.array(someOrder, { minLength: 1, maxLength: 5 });
const wanted = fc.record({
  variantId: fc.constantFrom(null, "m", "y"),
  quantity: fc.integer({ min: 1, max: 4 }),
});

/** Something that the object does for one caller; the answer is what callers go by. */
type Act = (shop: Shop) => unknown;

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: orders.map(reserve) },
  { weight: 3, arbitrary: orders.map(pay) },
  someOrder.map((n): Act => cancel(n)),
  wanted.map(spare),
  wanted.map(lend),
  fc.constant<Act>((shop) => shop.store.tick(shop.nowMs)),
  fc.constant<Act>(check),
  orders.map(
    (ns): Act =>
      (shop) =>
        shop.store.announce(
          ns.map((n) => order(n)),
          shop.nowMs,
        ),
  ),
);

function reserve(ns: readonly number[]): Act {
  return (shop) => shop.store.reserve(ns.map(asked), shop.nowMs).map(({ kind }) => kind);
}

function pay(ns: readonly number[]): Act {
  return (shop) => shop.store.recordPayments(ns.map(reported), shop.nowMs);
}

function cancel(n: number): Act {
  return (shop) => shop.store.cancel({ orderId: order(n), by: "buyer" }, shop.nowMs).kind;
}

function spare(want: { variantId: string | null; quantity: number }): Act {
  return (shop) => shop.store.spare(want, shop.nowMs).free;
}

function lend(want: { variantId: string | null; quantity: number }): Act {
  return (shop) => shop.store.lend({ to: THERE, ...want }, shop.nowMs)?.keys.length;
}

function check(shop: Shop): unknown {
  return shop.store.checkOrders("", 100, shop.nowMs);
}

/** In an object what those changed is told by whether they wrote: of two rows it would tell one. */
function oneRowAtMost(sql: Sql): Sql {
  return {
    ...sql,
    run(statement, ...bindings) {
      const changed = sql.run(statement, ...bindings);
      if (ONE_ROW.has(statement)) expect(changed, statement).toBeLessThanOrEqual(1);
      return changed;
    },
  };
}

const turn = fc.record({
  passes: fc.constantFrom(1, 1, 200_000),
  imported: fc.integer({ min: 0, max: 5 }),
  acts: fc.array(act, { maxLength: 6 }),
});

type Turn = typeof turn extends fc.Arbitrary<infer T> ? T : never;

function play(turns: readonly Turn[], together: boolean) {
  const limits = { perOrder: 10, perBuyer: 9 };
  const shop = new Shop({ variants: VARIANTS, shards: 2, limits }, 0, oneRowAtMost);
  const heard: unknown[] = [];
  for (const [at, { passes, imported, acts }] of turns.entries()) {
    shop.nowMs += passes;
    const keys = Array.from({ length: imported }, (_, n) =>
      key(`${at}-${n}`, { variantId: [null, "m", "y"][(at + n) % 3] ?? null }),
    );
    heard.push(shop.store.importKeys(batch(`${at}`, keys), shop.nowMs).available);
    const all = () => acts.map((one) => one(shop));
    heard.push(...(together ? shop.store.transaction(all) : all()));
    expect(shop.store.checkKeys(null, 7).findings).toEqual([]);
    expect(shop.store.checkOrders("", 100, shop.nowMs).findings).toEqual([]);
  }
  const { version: _, ...stock } = shop.store.stock();
  return { heard, stock };
}

test("who shares a commit hears what they would have heard alone, and the books agree", () => {
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 12 }), (turns) => {
      expect(play(turns, true)).toEqual(play(turns, false));
    }),
    { numRuns: 150 },
  );
});
