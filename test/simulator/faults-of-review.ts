import { SQL } from "../../durable-objects/product-stock/statements.ts";
import { bent } from "./bent-sql.ts";
import type { PlantedFault } from "./planted-fault.ts";

/** Where the review stands among what is bound. */
const INSERTED = 28;
const CHANGED = 10;

/** Defects of what waits for a person's look. */
export const REVIEW_FAULTS: Readonly<Record<string, () => PlantedFault>> = {
  "nobody is asked to look": () => ({
    sql: (real) =>
      bent(real, {
        run: (text, bindings) =>
          text === SQL.insertOrder
            ? real.run(text, ...bindings.with(INSERTED, null))
            : real.run(text, ...bindings),
      }),
  }),

  "the look is forgotten when a hold lapses": () => ({
    sql: (real) =>
      bent(real, {
        run: (text, bindings) =>
          text === SQL.changeOrder && bindings[3] === "expired"
            ? real.run(text, ...bindings.with(CHANGED, null))
            : real.run(text, ...bindings),
      }),
  }),

  "a rejection keeps the keys": () => ({
    sql: (real) => {
      let rejected = false;
      return bent(real, {
        all: (text, bindings) =>
          text === SQL.heldKeys && rejected ? [] : real.all(text, ...bindings),
        run: (text, bindings) => {
          if (text === SQL.changeOrder) rejected = bindings[CHANGED] === "rejected";
          return real.run(text, ...bindings);
        },
      });
    },
  }),
};
