import type { ReserveOutcome } from "../../durable-objects/product-stock/contract.ts";
import type { PlantedFault } from "./planted-fault.ts";

/** Defects of buyers who go together: of what an isolate makes of one call for many. */
export const EDGE_FAULTS: Readonly<Record<string, () => PlantedFault>> = {
  "a call for many answers the wrong waiter": () => ({
    stub: (real) => ({
      ...real,
      reserve: async (requests) => {
        const outcomes = await real.reserve(requests);
        return outcomes.map((outcome, place) => outcomes[(place + 1) % outcomes.length] ?? outcome);
      },
    }),
  }),

  "a call for many that failed is answered as sold out": () => ({
    stub: (real) => ({
      ...real,
      reserve: async (requests) => {
        try {
          return await real.reserve(requests);
        } catch (error) {
          if (requests.length === 1) throw error;
          return requests.map((): ReserveOutcome => ({ kind: "sold_out", available: 0 }));
        }
      },
    }),
  }),

  "a call for many payments says of all what it says of the first": () => ({
    stub: (real) => ({
      ...real,
      recordPayments: async (reports) => {
        const [first, ...rest] = reports;
        if (first === undefined || rest.length === 0) return real.recordPayments(reports);
        const records = await real.recordPayments([first]);
        return reports.flatMap(() => records);
      },
    }),
  }),
};
