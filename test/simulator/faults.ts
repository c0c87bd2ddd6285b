import { CALL_FAULTS } from "./faults-of-calls.ts";
import { STOCK_FAULTS } from "./faults-of-stock.ts";
import type { PlantedFault } from "./planted-fault.ts";

/** Every planted fault by its name, each made anew for a world. */
export const FAULTS: ReadonlyMap<string, () => PlantedFault> = new Map([
  ...Object.entries(STOCK_FAULTS),
  ...Object.entries(CALL_FAULTS),
]);
