import { SQL } from "../../durable-objects/product-stock/statements.ts";
import { bent, reworded } from "./bent-sql.ts";
import type { PlantedFault } from "./planted-fault.ts";

/** Defects of a product whose stock is in several objects. */
export const SHARD_FAULTS: Readonly<Record<string, () => PlantedFault>> = {
  "a shard hands out a key that it has given away": () => ({
    sql: (real) =>
      bent(real, {
        run: (text, bindings) =>
          text === SQL.leave
            ? (JSON.parse(String(bindings[0])) as unknown[]).length
            : real.run(text, ...bindings),
      }),
  }),

  "a transfer is received twice": () => ({
    sql: (real) => {
      const again = reworded({
        [SQL.receiveKeys]: SQL.receiveKeys.replace(
          "WHERE keys.transfer IS NOT NULL",
          ", order_id = NULL",
        ),
      });
      return bent(again.sql?.(real) ?? real, {
        run: (text, bindings) => {
          const changed = (again.sql?.(real) ?? real).run(text, ...bindings);
          return text === SQL.insertReceived ? 1 : changed;
        },
      });
    },
  }),

  "a transfer that nobody settled is not sent again": () => ({
    sql: (real) =>
      bent(real, {
        all: (text, bindings) => {
          const rows = real.all(text, ...bindings);
          return text === SQL.claimTransfers ? [] : rows;
        },
      }),
  }),

  "an empty shard says sold out for all": () => ({
    stub: (real) => ({
      ...real,
      collect: () => Promise.resolve({ kind: "sold_out", available: 0 }),
    }),
  }),
};
