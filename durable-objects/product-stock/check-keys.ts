import { keyId } from "../../src/domain/ids.ts";
import { stockVersion } from "./books.ts";
import type { KeyState, StockLevel } from "./contract.ts";
import type { Ledger } from "./ledger.ts";
import type { Finding, KeyCounts, KeysChecked, KeysCursor } from "./reconcile-contract.ts";
import { SQL } from "./statements.ts";

/** Some 10 ms of the object's single thread. */
const CHECK_KEYS_MAX = 2_000;

type CheckedRow = {
  row: number;
  state: KeyState;
  order_id: string | null;
  bare: number;
  present: number;
  archived: number;
};

/** Each key that is taken has an order, and each that is not in the archive has its text. */
export function checkKeys(
  ledger: Ledger,
  stockNumber: number,
  cursor: KeysCursor | null,
): KeysChecked {
  const from = cursor ?? {
    afterRow: 0,
    stockVersion: stockVersion(ledger),
    counted: { free: 0, held: 0, sold: 0, void: 0 },
  };
  const found = ledger.sql.all<CheckedRow>(SQL.checkedKeys, from.afterRow, CHECK_KEYS_MAX);
  const counted: Record<KeyState, number> = { ...from.counted };
  for (const { state } of found) counted[state]++;
  const last = found.at(-1)?.row;
  const more = last !== undefined && found.length === CHECK_KEYS_MAX;
  return {
    counted,
    findings: found.flatMap((row) => keyFinding(row, stockNumber) ?? []),
    next: more ? { ...from, afterRow: last, counted } : null,
  };
}

/** Reported and not mended: somebody may have been promised that key. */
function keyFinding(key: CheckedRow, stockNumber: number): Finding | null {
  const { row, state, order_id: order, bare, present, archived } = key;
  const owned = state === "held" ? present === 1 : present === 1 || archived === 1;
  const taken = state === "held" || state === "sold";
  const kind =
    taken && !owned
      ? "key_of_no_order"
      : bare === 1 && !(state === "sold" && archived === 1)
        ? "key_without_text"
        : null;
  if (kind === null) return null;
  return { kind, subject: keyId(stockNumber, row), detail: { state, order }, repaired: false };
}

/**
 * Whether the counts that are kept in memory are what was counted row by row: the last `stock()`, and
 * the free keys that imports tell of. Null where they are, and where the stock moved meanwhile, so
 * that nobody can tell.
 */
export function countFinding(
  ledger: Ledger,
  remembered: StockLevel | null,
  cursor: KeysCursor | null,
  counted: KeyCounts,
): Finding | null {
  const version = stockVersion(ledger);
  if (cursor !== null && cursor.stockVersion !== version) return null;
  const { free, held, sold, void: voided } = remembered?.version === version ? remembered : counted;
  const followed = ledger.followedFree ?? counted.free;
  const same =
    free === counted.free &&
    held === counted.held &&
    sold === counted.sold &&
    voided === counted.void &&
    followed === counted.free;
  if (same) return null;
  const detail = { free, held, sold, void: voided, followed, rows_free: counted.free };
  return { kind: "stock_count", subject: "", detail, repaired: true };
}
