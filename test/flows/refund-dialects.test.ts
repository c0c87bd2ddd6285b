import fc from "fast-check";
import { expect, test } from "vitest";
import type { BeginRefund } from "../../durable-objects/product-stock/refund-contract.ts";
import type { RefundId } from "../../src/domain/ids.ts";
import type { Refund } from "../../src/domain/payments/refund.ts";
import { hearRefund, type Heard } from "../../src/flows/refunds/hear-refund.ts";
import type { NoticeReading, PaymentGateway } from "../../src/flows/payments/payment-ports.ts";
import { memoryShop } from "../support/node/memory-shop.ts";
import {
  ACCOUNT,
  MERCHANT,
  NOW_MS,
  order,
  payment,
  PRICE_MINOR,
  request,
} from "../store/fixtures.ts";

type Told = Extract<NoticeReading, { kind: "refunded" }>;
const { tradeNo, money: PAID } = payment(1);
const cny = (amountMinor: number) => ({ amountMinor, currency: PAID.currency });

/** A refund as the gateway made it, by our wish or at its own desk. */
interface Made {
  readonly refundNo: string;
  readonly refundId: RefundId | null;
  readonly sum: number;
  /** Of all refunds up to this one. */
  readonly soFar: number;
}

/** How gateways tell of a refund: what each leaves out, it must be asked for. */
const DIALECTS = {
  /** WeChat: our number in the place of its own. */
  oursInstead: ({ refundNo, refundId, sum }: Made) => ({
    refundNo: refundId ?? refundNo,
    money: cny(sum),
  }),
  /** PayPal: its number, and ours beside it. */
  both: ({ refundNo, refundId, sum }: Made) => ({
    refundNo,
    ...(refundId === null ? {} : { refundId }),
    money: cny(sum),
  }),
  /** Stripe: a number of the notice. */
  ofTheNotice: ({ refundNo, sum }: Made) => ({
    refundNo: `evt-${refundNo}`,
    numberedByNotice: true as const,
    money: cny(sum),
  }),
  /** Alipay: the sum of all. */
  sumOfAll: ({ refundNo, refundId, soFar }: Made) => ({
    refundNo: refundId ?? refundNo,
    sumOfAll: true as const,
    money: cny(soFar),
  }),
};
type Dialect = keyof typeof DIALECTS;

/** Sums with gaps between them, so that what is told may be all of the payment or not. */
const refunds = fc
  .array(fc.record({ sum: fc.integer({ min: 1, max: PRICE_MINOR }), isOurs: fc.boolean() }), {
    minLength: 1,
    maxLength: 5,
  })
  .map((wishes) => {
    const made: Made[] = [];
    for (const { sum: wished, isOurs } of wishes) {
      const before = made.at(-1)?.soFar ?? 0;
      const sum = Math.min(wished, PRICE_MINOR - before);
      if (sum < 1) break;
      const n = made.length;
      const refundId = isOurs ? (`rfd_${String(n).padStart(20, "0")}` as RefundId) : null;
      made.push({ refundNo: `R${n}`, refundId, sum, soFar: before + sum });
    }
    return made;
  });

const plays = refunds.chain((made) =>
  fc.record({
    made: fc.constant(made),
    dialect: fc.constantFrom(...(Object.keys(DIALECTS) as Dialect[])),
    told: fc.shuffledSubarray([...made, ...made], { minLength: 2 * made.length }),
    paidFirst: fc.boolean(),
    /** Which of the questions the gateway leaves unanswered. */
    silent: fc.array(fc.boolean(), { maxLength: 10 }),
  }),
);

test("in whatever words and order a gateway tells of its refunds, the books have each once, and never another's", async () => {
  await fc.assert(
    fc.asyncProperty(plays, async ({ made, dialect, told, paidFirst, silent }) => {
      const shop = memoryShop();
      shop.store.reserve([request(1)], NOW_MS);
      const pay = () => shop.store.recordPayment(payment(1), MERCHANT, NOW_MS);
      // We ask for nothing of a payment that we do not know.
      const isKnownFirst = paidFirst || made.some(({ refundId }) => refundId !== null);
      if (isKnownFirst) pay();
      for (const one of made) if (one.refundId !== null) shop.store.beginRefund(ask(one), NOW_MS);

      const questions = [...silent];
      const gateway: Pick<PaymentGateway, "refundsOf"> = {
        async refundsOf({ refundNo }) {
          if (questions.shift() === true) {
            return { kind: "unavailable", reason: "timeout", retryAfterSeconds: null };
          }
          const asked = made.filter(
            (one) =>
              dialect !== "sumOfAll" || [one.refundNo, one.refundId].includes(refundNo as RefundId),
          );
          return {
            kind: "refunds",
            refunds: asked.map((one) => ({ ...one, money: cny(one.sum) })),
          };
        },
      };
      const ports = {
        stock: shop.stock,
        clock: shop.clock,
        shopSettings: shop.shopSettings,
        audit: { append: () => Promise.resolve() },
        trades: { takenBy: () => Promise.resolve([null]) },
      };
      const hearing = { accountId: ACCOUNT, merchantId: MERCHANT, gateway };
      const hear = (one: Made): Promise<Heard> => {
        const said: Omit<Told, "kind" | "tradeNo" | "orderRef"> = DIALECTS[dialect](one);
        return hearRefund(ports, hearing, {
          kind: "refunded",
          tradeNo,
          orderRef: order(1),
          ...said,
        });
      };
      const later: Made[] = [];
      for (const one of told) {
        const heard = await hear(one);
        expect(heard).not.toBe("misfit");
        if (heard === "later") later.push(one);
      }
      if (!isKnownFirst) pay();
      // The schedule hears again what could not be heard, with a gateway that answers.
      questions.length = 0;
      for (const one of later) expect(await hear(one)).not.toBe("misfit");

      const now = shop.store.order(order(1));
      const books = now?.refunds ?? [];
      const nameOf = ({ method, id, refundNo }: Refund) => (method === "gateway" ? id : refundNo);
      const names = books.map(nameOf).filter((name) => name !== null);
      const expected = made.map((one) => one.refundId ?? one.refundNo);
      // What was known to be all before its parts were told may stand in one sum, and only so.
      if (names.length === books.length) expect(names.toSorted()).toEqual(expected.toSorted());
      else expect(dialect === "sumOfAll" || silent.includes(true)).toBe(true);
      expect(expected).toEqual(expect.arrayContaining(names));
      expect(books.every(({ state }) => state === "done")).toBe(true);
      const back = books.reduce((sum, { money }) => sum + money.amountMinor, 0);
      expect(back).toBe(made.at(-1)?.soFar);
      const isAll = made.at(-1)?.soFar === PRICE_MINOR;
      expect(now?.state).toBe(isAll ? "refunded" : "delivered");
      expect(shop.store.checkOrders("", 10, NOW_MS).findings).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

const ask = ({ refundId, sum }: Made): BeginRefund => ({
  orderId: order(1),
  merchantId: MERCHANT,
  refundId: refundId ?? ("" as RefundId),
  payment: null,
  amountMinor: sum,
  keys: "void",
  method: "gateway",
  reason: "asked for",
  refundNo: null,
});
