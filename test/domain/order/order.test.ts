import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  countsAgainstLimit,
  isSettled,
  ORDER_STATES,
  transition,
  type OrderEvent,
  type OrderState,
} from "../../../src/domain/order/order.ts";

/** `satisfies` with every key: an event that is added to the type must be added here. */
const EVENTS = Object.keys({
  pay: 0,
  pay_unfilled: 0,
  pay_manual: 0,
  pay_review: 0,
  pay_refunded: 0,
  fulfil: 0,
  restock: 0,
  restock_review: 0,
  approve: 0,
  reject: 0,
  lapse: 0,
  cancel: 0,
  replace: 0,
  confirm: 0,
  stop_waiting: 0,
  refund: 0,
  refund_failed_paid: 0,
  refund_failed_delivered: 0,
  refund_failed_unfilled: 0,
  charge_back: 0,
  won_back_paid: 0,
  won_back_delivered: 0,
  won_back_unfilled: 0,
} satisfies Record<OrderEvent, 0>) as OrderEvent[];

const PAYMENTS = ["pay", "pay_unfilled", "pay_manual", "pay_review"] as const;

/** A refund that the gateway would not make, a loss that a bank took back: nothing has happened to the order. */
const isUndoing = (event: OrderEvent) =>
  event.startsWith("refund_failed_") || event.startsWith("won_back_");

function reachableFrom(start: OrderState): Set<OrderState> {
  const reached = new Set<OrderState>([start]);
  for (const state of reached) {
    for (const event of EVENTS) {
      const next = isUndoing(event) ? null : transition(state, event);
      if (next !== null) reached.add(next);
    }
  }
  return reached;
}

describe("the table of an order's life", () => {
  test("is this one", () => {
    const table = ORDER_STATES.flatMap((state) =>
      EVENTS.flatMap((event) => {
        const next = transition(state, event);
        return next === null ? [] : [`${state} ${event} ${next}`];
      }),
    );
    expect(table.toSorted()).toEqual(
      [
        "pending pay delivered",
        "pending pay_unfilled unfilled",
        "pending pay_manual paid",
        "pending pay_review paid",
        "pending pay_refunded refunded",
        "pending approve pending",
        "pending lapse expired",
        "pending cancel cancelled",
        "expired pay delivered",
        "expired pay_unfilled unfilled",
        "expired pay_manual paid",
        "expired pay_review paid",
        "expired pay_refunded refunded",
        "expired approve expired",
        "cancelled pay delivered",
        "cancelled pay_unfilled unfilled",
        "cancelled pay_manual paid",
        "cancelled pay_review paid",
        "cancelled pay_refunded refunded",
        "cancelled approve cancelled",
        "paid approve delivered",
        "paid reject paid",
        "unfilled restock_review paid",
        "unfilled approve unfilled",
        "unfilled reject paid",
        "unfilled stop_waiting unfilled",
        "paid fulfil delivered",
        "paid refund refunded",
        "unfilled restock delivered",
        "unfilled fulfil delivered",
        "unfilled refund refunded",
        "delivered replace delivered",
        "paid confirm paid",
        "unfilled confirm unfilled",
        "delivered confirm delivered",
        "refunded confirm refunded",
        "delivered refund refunded",
        "refunded refund_failed_paid paid",
        "refunded refund_failed_delivered delivered",
        "refunded refund_failed_unfilled unfilled",
        "paid charge_back refunded",
        "unfilled charge_back refunded",
        "delivered charge_back refunded",
        "refunded won_back_paid paid",
        "refunded won_back_delivered delivered",
        "refunded won_back_unfilled unfilled",
      ].toSorted(),
    );
  });

  test("every state can be reached from the first", () => {
    expect(reachableFrom("pending")).toEqual(new Set(ORDER_STATES));
  });

  test("refunded is the end, unless the gateway keeps the money or the bank gives it back after all", () => {
    const left = EVENTS.filter(
      (event) => (transition("refunded", event) ?? "refunded") !== "refunded",
    );
    expect(left.every(isUndoing)).toBe(true);
  });

  test("delivered stays delivered unless the money goes back", () => {
    const after = new Set(EVENTS.map((event) => transition("delivered", event)));
    expect(after).toEqual(new Set([null, "delivered", "refunded"]));
  });

  test("every state in which money was taken can end in keys or in the money back", () => {
    for (const state of ["paid", "unfilled"] as const) {
      const reached = reachableFrom(state);
      expect(reached).toContain("delivered");
      expect(reached).toContain("refunded");
    }
  });

  test("late money finds an order that was given up", () => {
    for (const event of PAYMENTS) {
      expect(transition("expired", event)).not.toBeNull();
      expect(transition("cancelled", event)).not.toBeNull();
    }
  });
});

describe("whatever happens to an order, in whatever order", () => {
  const stories = fc.array(fc.constantFrom(...EVENTS), { maxLength: 30 });
  const live = (story: readonly OrderEvent[]): OrderState[] => {
    const states: OrderState[] = ["pending"];
    for (const event of story) {
      const next = transition(states.at(-1) ?? "pending", event);
      if (next !== null) states.push(next);
    }
    return states;
  };

  test("it is paid for at most once", () => {
    fc.assert(
      fc.property(stories, (story) => {
        let state: OrderState = "pending";
        let paid = 0;
        for (const event of story) {
          const next = transition(state, event);
          if (next === null) continue;
          if ((PAYMENTS as readonly OrderEvent[]).includes(event)) paid++;
          state = next;
        }
        expect(paid).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("it is delivered only after it was paid for, and never expires or is cancelled after", () => {
    fc.assert(
      fc.property(stories, (story) => {
        const states = live(story);
        const bought = states.findIndex((state) =>
          ["paid", "unfilled", "delivered"].includes(state),
        );
        if (bought < 0) return;
        for (const state of states.slice(bought)) {
          expect(["paid", "unfilled", "delivered", "refunded"]).toContain(state);
        }
      }),
    );
  });

  test("no state is left for pending again", () => {
    fc.assert(
      fc.property(stories, (story) => {
        const states = live(story);
        const left = states.findIndex((state) => state !== "pending");
        return left < 0 || !states.slice(left).includes("pending");
      }),
    );
  });
});

test("what holds, has or is owed keys counts against the buyer's limit; what gave them up does not", () => {
  const counted = ORDER_STATES.filter((state) => countsAgainstLimit(state));
  expect(new Set(counted)).toEqual(new Set(["pending", "paid", "delivered", "unfilled"]));
});

test("a page waits for a pending, a paid and an owed order, and for no other", () => {
  const waiting = ORDER_STATES.filter((state) => !isSettled(state));
  expect(new Set(waiting)).toEqual(new Set(["pending", "paid", "unfilled"]));
});
