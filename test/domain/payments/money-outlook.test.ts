import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AccountId, RefundId } from "../../../src/domain/ids.ts";
import {
  moneyOutlook,
  stepIfStopped,
  type OutlookOrder,
  type OutlookPayment,
} from "../../../src/domain/payments/money-outlook.ts";
import { decideMoney, taskReasonOf } from "../../../src/domain/payments/money-policy.ts";
import { ORDER_STATES, REVIEWS } from "../../../src/domain/order/order.ts";
import { PAYMENT_VERDICTS } from "../../../src/domain/payments/payment.ts";
import type { Refund } from "../../../src/domain/payments/refund.ts";
import { moneySettings } from "../../../src/domain/settings/money.ts";

const HOUR_MS = 3_600_000;
const PAID_MS = 10_000_000;

function paid(changes: Partial<OutlookPayment> = {}): OutlookPayment {
  return {
    accountId: "acct_1" as AccountId,
    tradeNo: "T1",
    money: { amountMinor: 1_000, currency: "CNY" },
    verdict: "unfilled",
    atMs: PAID_MS,
    able: "partial",
    ...changes,
  };
}
const waiting: OutlookOrder = { state: "unfilled", amountMinor: 1_000, currency: "CNY" };
const byDefault = moneySettings.parse({});
const refused: Refund = {
  id: "re_1" as RefundId,
  accountId: "acct_1" as AccountId,
  tradeNo: "T1",
  money: { amountMinor: 1_000, currency: "CNY" },
  state: "refused",
  method: "gateway",
  keys: "void",
  reason: "",
  refundNo: null,
  refusal: "too old",
  askedAtMs: PAID_MS,
  settledAtMs: PAID_MS + 5,
  orderWas: "unfilled",
};

describe("a buyer whose order waits for keys", () => {
  const next = (policy: Parameters<typeof moneySettings.parse>[0]) =>
    moneyOutlook(waiting, [paid()], moneySettings.parse(policy), PAID_MS);

  it("is told until when it waits, or that nobody has set an end", () => {
    const common = { kind: "waits", money: { amountMinor: 1_000, currency: "CNY" } };
    expect(next({})).toEqual([{ ...common, paidAtMs: PAID_MS, next: "keys", byMs: null }]);
    expect(next({ unfilledWaitHours: 2 })).toMatchObject([
      { next: "keys", byMs: PAID_MS + 2 * HOUR_MS },
    ]);
    expect(next({ unfilled: "refund" })).toMatchObject([
      { next: "refund", byMs: PAID_MS + HOUR_MS },
    ]);
  });

  it("is told before they stop who will give the money back, and after it the same", () => {
    const nowMs = PAID_MS + 7;
    const stopped = { ...waiting, stoppedAtMs: nowMs };
    for (const able of ["none", "full", "partial"] as const) {
      for (const stopWaiting of ["task", "refund"] as const) {
        const policy = moneySettings.parse({ stopWaiting, taskHours: 5 });
        const before = stepIfStopped(waiting, [paid({ able })], policy, nowMs);
        const [after] = moneyOutlook(stopped, [paid({ able })], policy, nowMs);
        expect(after).toMatchObject({ kind: "stopped", ...before });
        const asked = stopWaiting === "refund" && able !== "none";
        expect(before).toEqual(
          asked
            ? { next: "refund", byMs: nowMs + HOUR_MS }
            : { next: "person", byMs: nowMs + 5 * HOUR_MS },
        );
        expect(stepIfStopped(stopped, [paid({ able })], policy, nowMs)).toBeNull();
      }
    }
  });

  it("has a person to wait for once the gateway has refused", () => {
    const order = { ...waiting, stoppedAtMs: PAID_MS + 1, refunds: [refused] };
    expect(moneyOutlook(order, [paid()], byDefault, PAID_MS + 9)).toMatchObject([
      { kind: "stopped", next: "person", byMs: PAID_MS + 5 + 72 * HOUR_MS },
    ]);
  });
});

it("an order whose waiting is over waits for whoever gives the money back", () => {
  const policy = moneySettings.parse({ unfilledWaitHours: 2 });
  const overMs = PAID_MS + 2 * HOUR_MS;
  const told = (able: OutlookPayment["able"], nowMs: number) =>
    moneyOutlook(waiting, [paid({ able })], policy, nowMs)[0];
  expect(told("none", overMs - 1)).toMatchObject({ next: "keys", byMs: overMs });
  expect(told("none", overMs)).toMatchObject({ next: "person", byMs: overMs + 72 * HOUR_MS });
  expect(told("full", overMs)).toMatchObject({ next: "refund", byMs: overMs + HOUR_MS });
});

it.each([
  ["less", { money: { amountMinor: 999, currency: "CNY" } }, "paid_less"],
  ["more", { money: { amountMinor: 1_001, currency: "CNY" } }, "paid_more"],
  ["another currency", { money: { amountMinor: 1_000, currency: "USD" } }, "other_currency"],
] as const)("a buyer who sent %s is told so", (_name, money, kind) => {
  const order = { ...waiting, state: "pending" } as const;
  const [told] = moneyOutlook(order, [paid({ verdict: "mismatch", ...money })], byDefault, PAID_MS);
  expect(told).toMatchObject({ kind, next: "person", money: money.money });
});

it("where part of it went back, the rest is told, and whom it waits for if the gateway gives all or nothing", () => {
  const policy = moneySettings.parse({ surplus: "refund" });
  const part = { ...refused, state: "done", money: { amountMinor: 300, currency: "CNY" } } as const;
  const order: OutlookOrder = { ...waiting, state: "delivered", refunds: [part] };
  const rest = { money: { amountMinor: 700, currency: "CNY" }, kind: "second_payment" };
  const told = (able: OutlookPayment["able"]) =>
    moneyOutlook(order, [paid({ verdict: "surplus", able })], policy, PAID_MS);
  expect(told("partial")).toMatchObject([{ ...rest, next: "refund" }]);
  expect(told("full")).toMatchObject([{ ...rest, next: "person" }]);
});

const anyPolicy = fc
  .record({
    late: fc.constantFrom("deliver", "refund"),
    unfilled: fc.constantFrom("wait", "refund"),
    unfilledWaitHours: fc.constantFrom(1, 48, "forever"),
    stopWaiting: fc.constantFrom("task", "refund"),
    surplus: fc.constantFrom("task", "refund"),
    mismatch: fc.constantFrom("task", "refund"),
  })
  .map((rules) => moneySettings.parse(rules));

it("a buyer is told of a refund exactly where the policy makes one, and of a person exactly where it leaves a task", () => {
  const order = fc.record({
    state: fc.constantFrom(...ORDER_STATES),
    review: fc.constantFrom(null, ...REVIEWS),
    stoppedAtMs: fc.constantFrom(null, PAID_MS + 1),
  });
  const verdicts = fc.constantFrom(...PAYMENT_VERDICTS);
  const hours = fc.constantFrom(0, 1, 47, 48, 1_000);
  fc.assert(
    fc.property(order, verdicts, anyPolicy, hours, (made, verdict, policy, later) => {
      const nowMs = PAID_MS + later * HOUR_MS;
      const whole = { ...waiting, ...made };
      const payment = paid({ verdict });
      const reason = taskReasonOf(payment, whole);
      const [told] = moneyOutlook(whole, [payment], policy, nowMs);
      if (reason === null || reason === "trade_reused") {
        expect(told).toBeUndefined();
        return;
      }
      const place = { reason, orderState: whole.state, paidAtMs: PAID_MS, leftMinor: 1_000 };
      const act = decideMoney({ ...place, refund: null, othersAsked: false }, policy, nowMs);
      const step = { settled: undefined, look_again: "keys", refund: "refund", task: "person" };
      expect(told?.next).toBe(step[act.kind]);
    }),
  );
});
