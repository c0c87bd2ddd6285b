import { ARCHIVE_FAULTS } from "./faults-of-archive.ts";
import { CALL_FAULTS } from "./faults-of-calls.ts";
import { DROP_FAULTS } from "./faults-of-drops.ts";
import { EDGE_FAULTS } from "./faults-of-edge.ts";
import { RECORD_FAULTS } from "./faults-of-record.ts";
import { REVIEW_FAULTS } from "./faults-of-review.ts";
import { SHARD_FAULTS } from "./faults-of-shards.ts";
import { STOCK_FAULTS } from "./faults-of-stock.ts";
import type { PlantedFault } from "./planted-fault.ts";

/** Every defect that can be planted, by name. */
export const FAULTS: ReadonlyMap<string, () => PlantedFault> = new Map(
  Object.entries({
    ...STOCK_FAULTS,
    ...RECORD_FAULTS,
    ...REVIEW_FAULTS,
    ...ARCHIVE_FAULTS,
    ...CALL_FAULTS,
    ...SHARD_FAULTS,
    ...DROP_FAULTS,
    ...EDGE_FAULTS,
  }),
);
