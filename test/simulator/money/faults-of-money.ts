import { SQL } from "../../../durable-objects/product-stock/statements.ts";
import type { RefundOutcome } from "../../../src/flows/payments/payment-ports.ts";
import { bent } from "../bent-sql.ts";
import type { PlantedFault } from "../planted-fault.ts";

interface MoneyFault {
  readonly plant: () => PlantedFault;
  /** The law that must see it. */
  readonly law: string;
}

const ENDED_ALIKE =
  "R3 a refund is done where the gateway has moved its money once, and only there";

const APART = "R3 a comparison finds what is apart, and nothing else";

/** Defects of money that goes back, each a line that a shop has got wrong. */
export const MONEY_FAULTS: Readonly<Record<string, MoneyFault>> = {
  "each try of a refund has an id of its own": {
    plant: () => {
      let tries = 0;
      return {
        gateway: (real) => ({
          ...real,
          refund: (request) => real.refund({ ...request, refundId: `try-${tries++}` }),
        }),
      };
    },
    law: "R3 a refund is written down under its id before a gateway is asked",
  },
  "a refund does not see what others have spoken for": {
    plant: () => ({
      sql: (real) =>
        bent(real, {
          all: (text, bindings) => (text === SQL.refundsOfOrder ? [] : real.all(text, ...bindings)),
        }),
    }),
    law: "R3 no more is asked back than was paid",
  },
  "a gateway that does not answer has refused": {
    plant: () => answering(({ kind }) => kind === "unavailable" && REFUSED),
    law: ENDED_ALIKE,
  },
  "a refund that is on its way is done": {
    plant: () => answering(({ kind }) => kind === "pending" && { kind: "done", refundNo: null }),
    law: ENDED_ALIKE,
  },
  "nobody asks on for a refund": {
    plant: () => ({
      money: (real) => ({
        ...real,
        refunds: { ...real.refunds, claimDue: () => Promise.resolve([]) },
      }),
    }),
    law: "R3 a refund comes to an end",
  },
  "keys stay void when the gateway refuses": {
    plant: () => ({
      sql: (real) =>
        bent(real, {
          all: (text, bindings) => (text === SQL.voidedKeys ? [] : real.all(text, ...bindings)),
        }),
    }),
    law: "R1 a delivered order has its quantity, no other has any",
  },
  "a buyer whose money went back keeps keys that should be void": {
    plant: () => ({
      calls: (real) => ({
        ...real,
        beginRefund: (request, nowMs) => real.beginRefund({ ...request, keys: "keep" }, nowMs),
      }),
    }),
    law: "R3 keys are void or kept as it was wished",
  },
  "a shop that gives late money back delivers it": {
    plant: () => ({
      calls: (real) => ({
        ...real,
        recordPayment: (report, nowMs) => real.recordPayment({ ...report, late: "deliver" }, nowMs),
      }),
    }),
    law: "R3 a payment gets the verdict that it deserves",
  },
  "a policy forgets what a person must do": {
    plant: () => ({
      money: (real) => ({
        ...real,
        tasks: {
          ...real.tasks,
          settle: (number, end) =>
            real.tasks.settle(number, end.state === "open" ? { state: "done", doneAtMs: 0 } : end),
        },
      }),
    }),
    law: "R3 money that bought nothing has gone back, or is in front of a person",
  },
  "a gateway is not believed that a payment is there": {
    plant: () => ({
      gateway: (real) => ({ ...real, query: () => Promise.resolve({ kind: "pending" }) }),
    }),
    law: "R3 a payment that nobody told of is found by asking",
  },
  "keys that come do not pass a disputed order by": {
    plant: () => ({
      sql: (real) =>
        bent(real, {
          run: (text, bindings) => (text === SQL.holdBack ? 1 : real.run(text, ...bindings)),
        }),
    }),
    law: "R3 nothing is delivered for money that a bank may take back",
  },
  "a refund does not see a dispute": {
    plant: () => ({
      calls: (real) => ({
        ...real,
        beginRefund: (request, nowMs) =>
          real.beginRefund({ ...request, despiteDispute: true }, nowMs),
      }),
      // Looks of one isolate go together, as many as there are.
      stub: (real) => ({
        ...real,
        readForOrderBook: async (ids) =>
          (await real.readForOrderBook(ids)).map((order) => ({ ...order, disputes: [] })),
      }),
    }),
    law: "R3 what a bank may take back is not given back as well",
  },
  "of a bank's words the one that was told last holds": {
    plant: () => ({
      money: (real) => ({
        ...real,
        disputeBook: {
          ...real.disputeBook,
          tell: (told) => real.disputeBook.tell({ ...told, saidAtMs: told.toldAtMs }),
        },
      }),
    }),
    law: "R3 an order hears the bank's last word",
  },
  "the order book keeps payments and no refunds": {
    plant: () =>
      reworded('INSERT INTO "payments"', "WHERE true", "WHERE value ->> '$.kind' = 'payment'"),
    law: APART,
  },
  "what a statement had is not marked as seen": {
    plant: () =>
      reworded('UPDATE "payments" SET "statement_id"', 'WHERE "account_id" = ?1', "WHERE ?1 = 0"),
    law: APART,
  },
  "a gateway is asked ten minutes later than it should be": {
    plant: () => ({
      money: (real) => ({
        ...real,
        paymentQueries: {
          ...real.paymentQueries,
          claim: (nowMs, rules) => real.paymentQueries.claim(nowMs - 600_000, rules),
        },
      }),
    }),
    law: "R3 a lost notice is healed within two minutes",
  },
};

/** D1's statements that begin so, with other words in them. */
function reworded(begin: string, words: string, others: string): PlantedFault {
  return {
    statement: (text) => (text.startsWith(begin) ? text.replace(words, others) : text),
  };
}

const REFUSED: RefundOutcome = { kind: "refused", reason: "no answer" };

function answering(bend: (real: RefundOutcome) => RefundOutcome | false): PlantedFault {
  return {
    gateway: (real) => ({
      ...real,
      refund: async (request) => {
        const outcome = await real.refund(request);
        return bend(outcome) || outcome;
      },
    }),
  };
}
