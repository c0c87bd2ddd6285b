import { SQL } from "../../durable-objects/product-stock/statements.ts";
import { bent, reworded } from "./bent-sql.ts";
import type { PlantedFault } from "./planted-fault.ts";

/** Defects of a product that is sold in a drop. */
export const DROP_FAULTS: Readonly<Record<string, () => PlantedFault>> = {
  /** Nobody looks whether the place has bought, and the table takes it again. */
  "a ticket sells twice": () => ({
    sql: (real) => {
      const again = SQL.spendTicket.replace("INSERT INTO", "INSERT OR REPLACE INTO");
      return bent(reworded({ [SQL.spendTicket]: again }).sql?.(real) ?? real, {
        all: (text, bindings) => (text === SQL.spentTickets ? [] : real.all(text, ...bindings)),
      });
    },
  }),

  "a drop sells on when its holds lapse": () =>
    reworded({
      [SQL.dropTaken]: SQL.dropTaken.replace(
        "IN ('pending','paid','delivered','unfilled')",
        "= 'paid'",
      ),
    }),

  /** It sells on by the product's own terms, as one would that does not know the word. */
  "an object forgets its drop when it wakes": () => ({
    sql: (real) =>
      bent(real, {
        all: (text, bindings) => {
          const rows = real.all(text, ...bindings);
          if (text !== SQL.terms) return rows;
          return rows.map(({ json }) => {
            const { drop, ...terms } = JSON.parse(String(json)) as Record<string, unknown>;
            return { json: JSON.stringify(drop === undefined ? JSON.parse(String(json)) : terms) };
          });
        },
      }),
  }),
};
