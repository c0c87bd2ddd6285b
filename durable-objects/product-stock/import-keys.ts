import type { KeyImport, KeyImportOutcome } from "./import-contract.ts";
import type { Ledger } from "./ledger.ts";
import { duplicates, insertKeys } from "./pool.ts";
import { fillOwed } from "./restock.ts";
import { SQL } from "./statements.ts";

/**
 * Adds keys to the pool and fills the orders that are owed some, in one transaction. The outcome is
 * kept under the names of batch and part, so the same part again answers the same and adds nothing.
 *
 * A dry run does all of it and undoes it: what it promises is what the import would have done.
 */
export function importKeys(ledger: Ledger, batch: KeyImport, nowMs: number): KeyImportOutcome {
  const earlier = findBatch(ledger, batch);
  if (earlier !== null) return earlier;
  if (!batch.dryRun) return ledger.transaction(() => addBatch(ledger, batch, nowMs));
  try {
    return ledger.transaction(() => {
      throw new DryRun(addBatch(ledger, batch, nowMs));
    });
  } catch (thrown) {
    if (thrown instanceof DryRun) return thrown.outcome;
    throw thrown;
  }
}

/** Carries the outcome out of a transaction that is to be undone. */
class DryRun extends Error {
  readonly outcome: KeyImportOutcome;
  constructor(outcome: KeyImportOutcome) {
    super("dry run");
    this.outcome = outcome;
  }
}

type BatchRow = { accepted: number; duplicates: string; available: number };

function findBatch(ledger: Ledger, batch: KeyImport): KeyImportOutcome | null {
  const row = ledger.sql.all<BatchRow>(SQL.batch, recordName(batch))[0];
  if (row === undefined) return null;
  const { accepted, available } = row;
  const places = JSON.parse(row.duplicates) as number[];
  return { accepted, duplicates: places, available, repeated: true };
}

function recordName({ batchId, part }: KeyImport): string {
  return `${batchId}.${part}`;
}

function addBatch(ledger: Ledger, batch: KeyImport, nowMs: number): KeyImportOutcome {
  const repeated = duplicates(ledger, batch.keys);
  const skip = new Set(repeated);
  const keys = batch.keys.filter((_, place) => !skip.has(place));
  insertKeys(ledger, { keys, state: "free", orderId: null, batchId: batch.batchId });
  if (keys.length > 0) fillOwed(ledger, "merchant", nowMs);
  const available = ledger.countFree();
  ledger.sql.run(
    SQL.insertBatch,
    recordName(batch),
    batch.label,
    keys.length,
    JSON.stringify(repeated),
    available,
    nowMs,
  );
  return { accepted: keys.length, duplicates: repeated, available, repeated: false };
}
