import { SQL } from "../../durable-objects/product-stock/statements.ts";
import { bent, reworded } from "./bent-sql.ts";
import type { PlantedFault } from "./planted-fault.ts";

/** Defects of what is written down, promised and shown. */
export const RECORD_FAULTS: Readonly<Record<string, () => PlantedFault>> = {
  "an import answers for a key that it drops": () => ({
    sql: (real) => {
      let imports = 0;
      return bent(real, {
        run: (text, bindings) => {
          if (text !== SQL.insertKeys || bindings[1] !== "free" || ++imports % 5 > 0)
            return real.run(text, ...bindings);
          const keys = JSON.parse(String(bindings[0])) as unknown[];
          return real.run(text, ...bindings.with(0, JSON.stringify(keys.slice(0, -1)))) + 1;
        },
      });
    },
  }),

  "the count of free keys forgets those that expire": () => ({
    sql: (real) =>
      bent(real, {
        run: (text, bindings) => {
          const changed = real.run(text, ...bindings);
          return text === SQL.voidExpired ? 0 : changed;
        },
      }),
  }),

  "an expired key is sold": () =>
    reworded({
      [SQL.freeKeys]: SQL.freeKeys.replace("expires_at_ms", "NULL AS expires_at_ms"),
    }),

  "a hold lapses before its time": () =>
    reworded({
      [SQL.dueOrders]: SQL.dueOrders.replace("<= ?1", "<= ?1 + 2000"),
    }),

  "the limit forgets what was bought": () =>
    reworded({
      [SQL.boughtBy]: `SELECT coalesce(sum(quantity), 0) AS quantity FROM orders
        WHERE email = ?1 AND state = 'pending'`,
    }),

  "a late payment is only noted": () => ({
    sql: (real) =>
      bent(real, {
        run: (text, bindings) =>
          text === SQL.changeOrder && bindings[3] === "unfilled"
            ? real.run(text, ...bindings.with(3, "paid"))
            : real.run(text, ...bindings),
      }),
  }),

  "a second payment takes the place of the first": () => ({
    sql: (real) =>
      bent(real, {
        run: (text, bindings) => {
          if (text === SQL.recordPayment)
            real.run("DELETE FROM payments WHERE order_id = ?1", bindings[0] ?? null);
          return real.run(text, ...bindings);
        },
      }),
  }),

  "history keeps the last act only": () => ({
    sql: (real) =>
      bent(real, {
        run: (text, bindings) => {
          if (text !== SQL.changeOrder) return real.run(text, ...bindings);
          const history = JSON.parse(String(bindings[7])) as unknown[];
          return real.run(text, ...bindings.with(7, JSON.stringify(history.slice(-1))));
        },
      }),
  }),

  "an answer leaves a payment out": () => ({
    sql: (real) => {
      let reads = 0;
      return bent(real, {
        all: (text, bindings) => {
          const rows = real.all(text, ...bindings);
          return text === SQL.paymentsOfOrder && ++reads % 10 === 0 ? rows.slice(1) : rows;
        },
      });
    },
  }),

  "an unpaid order shows its keys": () => ({
    sql: (real) => {
      const held = reworded({ [SQL.soldKeys]: SQL.soldKeys.replace(" AND state = 'sold'", "") });
      return bent(held.sql?.(real) ?? real, {
        all: (text, bindings) => {
          const rows = (held.sql?.(real) ?? real).all(text, ...bindings);
          if (text !== SQL.order) return rows;
          return rows.map((row) => ({
            ...row,
            delivered_at_ms: row["state"] === "pending" ? 1 : (row["delivered_at_ms"] ?? null),
          }));
        },
      });
    },
  }),
};
