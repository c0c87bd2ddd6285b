import type { Ledger } from "./ledger.ts";
import { insertKeys } from "./pool.ts";
import type { KeyRegistration, RegisterOutcome } from "./shard-contract.ts";
import { SQL } from "./statements.ts";

/**
 * Keys handed over elsewhere become rows here that have left: sold by no one, known to each import.
 * They come before the hand-over itself, so a crash in between leaves a key that only this order can
 * be given, and never one that is sold here while a buyer there holds it.
 */
export function registerKeys(ledger: Ledger, { orderId, keys }: KeyRegistration): RegisterOutcome {
  const known = new Map(
    ledger.sql
      .all<KnownRow>(SQL.knownKeys, JSON.stringify(keys.map((key) => key.fingerprint)))
      .map((row) => [row.place, row]),
  );
  for (const [index] of keys.entries()) {
    const row = known.get(index);
    const registered = row?.transfer === 0 && row.order_id === orderId;
    if (row !== undefined && !registered) return { kind: "duplicate_key", index };
  }
  const added = keys.filter((_, place) => !known.has(place));
  insertKeys(ledger, { keys: added, state: "void", orderId, batchId: null });
  ledger.sql.run(SQL.markRegistered, orderId);
  return { kind: "registered" };
}

type KnownRow = { place: number; transfer: number | null; order_id: string | null };
