import { SQL } from "../../durable-objects/product-stock/statements.ts";
import { bent } from "./bent-sql.ts";
import type { PlantedFault } from "./planted-fault.ts";

/** Defects of orders that leave their object for the archive, and come back. */
export const ARCHIVE_FAULTS: Readonly<Record<string, () => PlantedFault>> = {
  "an order leaves although the order book does not hold it": () => ({
    sql: (real) =>
      bent(real, {
        all: (text, bindings) => (text === SQL.isAnnounced ? [] : real.all(text, ...bindings)),
      }),
  }),

  "the archive loses one order in ten": () => ({
    book: ({ archive }) => {
      const keep = archive.keep.bind(archive);
      let kept = 0;
      archive.keep = (records) => keep(records.filter(() => ++kept % 10 > 0));
    },
  }),

  "a restored order loses its payment": () => ({
    sql: (real) => {
      let restoring = false;
      return bent(real, {
        run: (text, bindings) => {
          if (text === SQL.unbury) restoring = true;
          if (text === SQL.restoreKeys || text === SQL.changeOrder) restoring = false;
          if (text === SQL.recordPayment && restoring) return 1;
          return real.run(text, ...bindings);
        },
        transaction: (work) => {
          restoring = false;
          return real.transaction(work);
        },
      });
    },
  }),

  "a number that paid an archived order pays again": () => ({
    sql: (real) =>
      bent(real, {
        run: (text, bindings) => (text === SQL.spendTrade ? 1 : real.run(text, ...bindings)),
      }),
  }),

  "an archived order no longer counts for the limit": () => ({
    sql: (real) =>
      bent(real, {
        all: (text, bindings) =>
          text === SQL.archivedBoughtBy ? [{ quantity: 0 }] : real.all(text, ...bindings),
      }),
  }),

  "a key comes back from the archive without its text": () => ({
    sql: (real) =>
      bent(real, {
        run: (text, bindings) => {
          const changed = real.run(text, ...bindings);
          if (text === SQL.restoreKeys)
            real.run("UPDATE keys SET sealed = '' WHERE order_id = ?1", bindings[1] ?? null);
          return changed;
        },
      }),
  }),
};
