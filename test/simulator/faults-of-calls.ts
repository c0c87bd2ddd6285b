import type { SqlRow } from "../../durable-objects/shared/sql.ts";
import type { PlantedFault } from "./planted-fault.ts";

interface OrderFacts extends SqlRow {
  readonly merchant_id: string;
  readonly amount_minor: number;
}

const FACTS = "SELECT merchant_id, amount_minor FROM orders WHERE id = ?1";

/** Defects of whoever calls the store, or of what stands around it. */
export const CALL_FAULTS: Readonly<Record<string, () => PlantedFault>> = {
  /** The row that says "seen" is kept although the work behind it was undone. */
  "dedupe before work": () => {
    const seen = new Set<string>();
    return {
      calls: (real) => ({
        ...real,
        recordPayment: (report, nowMs) => {
          const { accountId, tradeNo, orderId } = report.payment;
          const name = `${accountId} ${tradeNo} ${orderId}`;
          if (seen.has(name)) return { verdict: "already", firstVerdict: null };
          seen.add(name);
          return real.recordPayment(report, nowMs);
        },
      }),
    };
  },

  "release twice": () => {
    const held = new Map<string, SqlRow[]>();
    return {
      calls: (real, sql) => ({
        ...real,
        cancel: (request, nowMs) => {
          const before = held.get(request.orderId);
          for (const { row = null } of before ?? []) {
            sql.run("UPDATE keys SET state = 'free', order_id = NULL WHERE row = ?1", row);
          }
          const rows = sql.all("SELECT row FROM keys WHERE order_id = ?1", request.orderId);
          if (before === undefined) held.set(request.orderId, rows);
          return real.cancel(request, nowMs);
        },
      }),
    };
  },

  "the same key takes another body": () => ({
    calls: (real) => ({
      ...real,
      reserve: (request, nowMs) => real.reserve({ ...request, bodyHash: "any" }, nowMs),
    }),
  }),

  "a cent is near enough": () => ({
    calls: (real, sql) => ({
      ...real,
      recordPayment: ({ payment, merchantId }, nowMs) => {
        const [order] = sql.all<OrderFacts>(FACTS, payment.orderId);
        const near = Math.abs((order?.amount_minor ?? 0) - payment.money.amountMinor) <= 1;
        const amountMinor = near && order ? order.amount_minor : payment.money.amountMinor;
        const money = { ...payment.money, amountMinor };
        return real.recordPayment({ payment: { ...payment, money }, merchantId }, nowMs);
      },
    }),
  }),

  "one merchant's gateway pays another's order": () => ({
    calls: (real, sql) => ({
      ...real,
      recordPayment: ({ payment, merchantId }, nowMs) => {
        const [order] = sql.all<OrderFacts>(FACTS, payment.orderId);
        // The point of this fault is that the caller's merchant is not looked at.
        const owner = (order?.merchant_id ?? merchantId) as typeof merchantId;
        return real.recordPayment({ payment, merchantId: owner }, nowMs);
      },
    }),
  }),

  "each retry is a new order": () => ({
    vault: (real) => {
      let asked = 0;
      return {
        ...real,
        orderDigest: (product, email, key) => real.orderDigest(product, email, `${key} ${asked++}`),
      };
    },
  }),

  "group commit answers before it commits": () => ({ answersEarly: true }),

  "a failure is answered with success": () => ({ swallowsErrors: true }),

  "a mail is owed once more each time that someone looks": () => ({
    book: (book) => {
      let round = 0;
      const owe = book.owe.bind(book);
      book.owe = (order, nowMs) =>
        owe(order, nowMs) ??
        (order.state === "delivered" ? book.addMail(order, "keys", ++round, nowMs) : null);
    },
  }),

  "a mail counts as sent when it is claimed": () => ({
    book: (book) => {
      const claim = book.claim.bind(book);
      book.claim = (id, nowMs, leaseMs) => {
        const row = claim(id, nowMs, leaseMs);
        if (row !== null) book.sent(id);
        return row;
      };
    },
  }),

  "the order book takes older versions": () => ({
    book: (book) => {
      book.isNewer = () => true;
    },
  }),

  "a mail carries another order's key": () => ({
    vault: (real) => {
      let opened = 0;
      let last: string | null = null;
      return {
        ...real,
        openKey: async (product, key) => {
          const secret = await real.openKey(product, key);
          const wrong = ++opened % 40 === 0 ? last : null;
          last = secret;
          return wrong ?? secret;
        },
      };
    },
  }),

  "a look-up asks for the number only": () => ({
    book: (book) => {
      book.lookup = (_merchant, by) =>
        "orderId" in by && book.orders.has(by.orderId) ? [{ id: by.orderId }] : [];
    },
  }),
};
