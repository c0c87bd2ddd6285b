import { SQL } from "../../durable-objects/product-stock/statements.ts";
import type { SqlRow, SqlValue } from "../../durable-objects/shared/sql.ts";
import { bent, reworded } from "./bent-sql.ts";
import type { PlantedFault } from "./planted-fault.ts";

const CLAIM_UNGUARDED = {
  [SQL.moveKey]: "UPDATE keys SET state = ?3, order_id = ?4 WHERE row = ?1 AND ?2 <> ''",
  [SQL.moveKeys]: `UPDATE keys SET state = ?3, order_id = ?4
    WHERE row IN (SELECT value FROM json_each(?1)) AND ?2 <> ''`,
};

/** Defects of the object's rules and rows. */
export const STOCK_FAULTS: Readonly<Record<string, () => PlantedFault>> = {
  /** Now and then a look at the free keys is an old one, and the claim does not ask whether they are. */
  "claim forgets the state guard": () => ({
    sql: (real) => {
      const remembered = new Map<SqlValue | undefined, SqlRow[]>();
      let looks = 0;
      return bent(reworded(CLAIM_UNGUARDED).sql?.(real) ?? real, {
        all: (text, bindings) => {
          if (text !== SQL.freeKeys) return real.all(text, ...bindings);
          const [pool, quantity = 0] = bindings;
          const old = remembered.get(pool);
          if (++looks % 20 === 0 && old?.length === quantity) return old;
          const rows = real.all(text, ...bindings);
          remembered.set(pool, rows);
          return rows;
        },
      });
    },
  }),

  /** Stock is a number beside the rows, outside their transaction: a crash leaves it wrong. */
  "counter beside rows": () => ({
    sql: (real) => {
      let counter = 0;
      return bent(real, {
        all: (text, bindings) =>
          text === SQL.freeKeys && counter < Number(bindings[1]) ? [] : real.all(text, ...bindings),
        run: (text, bindings) => {
          const changed = real.run(text, ...bindings);
          if (text === SQL.insertKeys && bindings[1] === "free") counter += changed;
          if (text === SQL.moveKey || text === SQL.moveKeys) {
            if (bindings[1] === "free") counter -= changed;
            if (bindings[2] === "free") counter += changed;
          }
          return changed;
        },
      });
    },
  }),

  "one outbox row in fifty is not written": () => ({
    sql: (real) => {
      let written = 0;
      return bent(real, {
        run: (text, bindings) => {
          if (text !== SQL.announce) return real.run(text, ...bindings);
          const [versions, nowMs = 0] = bindings;
          const kept = Object.entries(
            JSON.parse(String(versions)) as Record<string, number>,
          ).filter(() => ++written % 50 !== 0);
          return real.run(text, JSON.stringify(Object.fromEntries(kept)), nowMs);
        },
      });
    },
  }),

  "an outbox row goes when it is sent, not when the book has it": () => ({
    sql: (real) =>
      bent(real, {
        all: (text, bindings) => {
          const rows = real.all(text, ...bindings);
          if (text === SQL.claimDueMessages) {
            const sent = rows.map((row) => ({ id: row["order_id"], version: row["version"] }));
            real.run(SQL.acknowledge, JSON.stringify(sent));
          }
          return rows;
        },
      }),
  }),

  "an acknowledgement takes newer versions with it": () =>
    reworded({
      [SQL.acknowledge]: `DELETE FROM outbox WHERE order_id IN (
        SELECT value ->> 'id' FROM json_each(?1))`,
    }),

  "a lapse does not release": () => ({
    sql: (real) => {
      let last: SqlValue | undefined;
      return bent(real, {
        all: (text, bindings) =>
          text === SQL.heldKeys && last === "expired" ? [] : real.all(text, ...bindings),
        run: (text, bindings) => {
          if (text === SQL.changeOrder) last = bindings[3];
          return real.run(text, ...bindings);
        },
      });
    },
  }),

  "a late payment is delivered short": () => ({
    sql: (real) =>
      bent(real, {
        run: (text, bindings) =>
          text === SQL.changeOrder && bindings[3] === "unfilled"
            ? real.run(text, ...bindings.with(3, "delivered").with(5, bindings[4] ?? null))
            : real.run(text, ...bindings),
      }),
  }),

  "a late payment takes a key that is held": () => ({
    sql: (real) => {
      const unguarded = reworded(CLAIM_UNGUARDED).sql?.(real) ?? real;
      let late = false;
      return bent(unguarded, {
        all: (text, bindings) => {
          if (text === SQL.order) late = false;
          const rows = real.all(text, ...bindings);
          if (text === SQL.order) late = rows[0]?.["state"] === "expired";
          if (text !== SQL.freeKeys || !late || rows.length > 0) return rows;
          return real.all(
            "SELECT row, expires_at_ms FROM keys WHERE state = 'held' LIMIT 0 + ?1",
            bindings[1] ?? 1,
          );
        },
      });
    },
  }),

  "restock forgets whom it owes": () => ({
    sql: (real) =>
      bent(real, {
        all: (text, bindings) => (text === SQL.owedOrders ? [] : real.all(text, ...bindings)),
      }),
  }),

  "a trade number pays more than one order": () => ({
    sql: (real) => {
      let order: SqlValue | undefined;
      return bent(real, {
        all: (text, bindings) => {
          if (text === SQL.order) [order] = bindings;
          const rows = real.all(text, ...bindings);
          return text === SQL.paymentsByTrade
            ? rows.filter((row) => row["order_id"] === order)
            : rows;
        },
      });
    },
  }),
};
