import type { BatchId, OrderId } from "../../src/domain/ids.ts";
import type { KeyState, SealedKey } from "./contract.ts";
import type { FreeRow } from "./free-keys.ts";
import type { Ledger } from "./ledger.ts";
import { SHARED_POOL, type OrderRow } from "./rows.ts";
import { SQL } from "./statements.ts";

/** Free keys that came to the end of their life, voided in one statement. */
const VOID_BATCH_MAX = 1_000;
/** A JSON argument of some 2,000 keys: SQLite takes strings of up to 2 MB. */
const INSERT_BYTES_MAX = 1_000_000;

/**
 * Up to `quantity` free keys for a variant: its own first, then those of no variant. Reads as many
 * rows as it returns. A key past its expiry is voided instead of offered.
 */
export function pickFree(
  ledger: Ledger,
  variantId: string | null,
  quantity: number,
  nowMs: number,
): number[] {
  const own = pickFrom(ledger, variantId ?? SHARED_POOL, quantity, nowMs);
  if (variantId === null || own.length === quantity) return own;
  return own.concat(pickFrom(ledger, SHARED_POOL, quantity - own.length, nowMs));
}

function pickFrom(ledger: Ledger, pool: string, quantity: number, nowMs: number): number[] {
  for (;;) {
    const free = ledger.freeKeys.take(pool, quantity) ?? lookFor(ledger, pool, quantity);
    const stale = free.some((key) => key.expires_at_ms !== null && key.expires_at_ms <= nowMs);
    if (!stale) return free.map((key) => key.row);
    voidExpired(ledger, nowMs);
  }
}

/** As many as there are, up to `quantity`, and what the buyers behind may want. */
function lookFor(ledger: Ledger, pool: string, quantity: number): FreeRow[] {
  const rows = ledger.sql.all<FreeRow>(SQL.freeKeys, pool, quantity + ledger.freeKeys.ahead);
  ledger.freeKeys.found(pool, rows.slice(quantity));
  return rows.slice(0, quantity);
}

/** Gives those free keys to an order. */
export function takeKeys(
  ledger: Ledger,
  order: OrderId,
  rows: readonly number[],
  state: "held" | "sold",
): void {
  moveKeys(ledger, rows, "free", state, order);
}

/** The whole quantity for an order that is paid; false where the pool has fewer. */
export function takeFree(
  ledger: Ledger,
  order: OrderRow,
  as: "held" | "sold",
  nowMs: number,
): boolean {
  const rows = pickFree(ledger, order.variant_id, order.quantity, nowMs);
  if (rows.length < order.quantity) return false;
  takeKeys(ledger, order.id, rows, as);
  return true;
}

/** The order's held keys become the buyer's. Answers how many there were. */
export function sellHeld(ledger: Ledger, order: OrderId): number {
  return moveKeys(ledger, heldRows(ledger, order), "held", "sold", order);
}

/** The order's held keys are anyone's again. Answers how many there were. */
export function releaseHeld(ledger: Ledger, order: OrderId): number {
  return moveKeys(ledger, heldRows(ledger, order), "held", "free", null);
}

/** Keys of an order whose money goes back are nobody's; its number stays with them. */
export function voidSold(ledger: Ledger, order: OrderId): number {
  const rows = ledger.sql.all<{ row: number }>(SQL.soldKeys, order).map((key) => key.row);
  return moveKeys(ledger, rows, "sold", "void", order);
}

/** They are the buyer's again. */
export function reviveVoid(ledger: Ledger, order: OrderId): number {
  const rows = ledger.sql.all<{ row: number }>(SQL.voidedKeys, order).map((key) => key.row);
  return moveKeys(ledger, rows, "void", "sold", order);
}

export function countHeld(ledger: Ledger, order: OrderId): number {
  return heldRows(ledger, order).length;
}

/** Held keys that came to the end of their life are nobody's from now on. Answers how many are left, and went. */
export function dropExpired(
  ledger: Ledger,
  order: OrderId,
  nowMs: number,
): { held: number; expired: number } {
  const all = ledger.sql.all<FreeRow>(SQL.setAside, order);
  const stale = all.filter((key) => key.expires_at_ms !== null && key.expires_at_ms <= nowMs);
  const rows = stale.map((key) => key.row);
  const expired = moveKeys(ledger, rows, "held", "void", null);
  return { held: all.length - expired, expired };
}

function heldRows(ledger: Ledger, order: OrderId): number[] {
  return ledger.sql.all<{ row: number }>(SQL.heldKeys, order).map((key) => key.row);
}

/** All of them, or an error that undoes the transaction: the UPDATE names the state they leave. */
function moveKeys(
  ledger: Ledger,
  rows: readonly number[],
  from: KeyState,
  to: KeyState,
  order: OrderId | null,
): number {
  const [first] = rows;
  if (first === undefined) return 0;
  const moved =
    rows.length === 1
      ? ledger.sql.run(SQL.moveKey, first, from, to, order)
      : ledger.sql.run(SQL.moveKeys, JSON.stringify(rows), from, to, order);
  if (moved !== rows.length) throw new Error(`${rows.length} keys were not all ${from}: ${moved}`);
  ledger.touchStock(freedBy(from, to) * moved);
  return moved;
}

/** What a move does to the number of free keys, for each of them. */
function freedBy(from: KeyState | null, to: KeyState): number {
  return Number(to === "free") - Number(from === "free");
}

/** Answers whether there may be more. */
export function voidExpired(ledger: Ledger, nowMs: number): boolean {
  const voided = ledger.sql.run(SQL.voidExpired, nowMs, VOID_BATCH_MAX);
  if (voided > 0) {
    ledger.freeKeys.forget();
    ledger.touchStock(freedBy("free", "void") * voided);
  }
  return voided === VOID_BATCH_MAX;
}

interface NewKeys {
  readonly keys: readonly SealedKey[];
  readonly state: KeyState;
  readonly orderId: OrderId | null;
  readonly batchId: BatchId | null;
  /** Overrides what the keys say: a key made for an order is of the order's variant. */
  readonly variantId?: string | null;
}

/** Adds keys. A fingerprint that exists throws: the callers have looked. */
export function insertKeys(
  ledger: Ledger,
  { keys, state, orderId, batchId, variantId }: NewKeys,
): void {
  const pool = orderId === null ? null : (variantId ?? SHARED_POOL);
  for (const chunk of chunks(keys)) {
    ledger.sql.run(SQL.insertKeys, JSON.stringify(chunk), state, orderId, batchId, pool);
  }
  if (keys.length > 0) ledger.touchStock(freedBy(null, state) * keys.length);
}

/** Places of keys that the object has, or that came earlier in the list, in ascending order. */
export function duplicates(ledger: Ledger, keys: readonly SealedKey[]): number[] {
  const fingerprints = keys.map((key) => key.fingerprint);
  const seen = new Set<string>();
  const places = new Set(knownFingerprints(ledger, fingerprints));
  for (const [place, fingerprint] of fingerprints.entries()) {
    if (seen.has(fingerprint)) places.add(place);
    seen.add(fingerprint);
  }
  return Array.from(places).toSorted((a, b) => a - b);
}

/**
 * Places in `fingerprints` of those that a key in the object has already. One argument: the door
 * lets 10,000 of 128 characters in, which is 1.3 MB of the 2 MB that SQLite takes.
 */
function knownFingerprints(ledger: Ledger, fingerprints: readonly string[]): number[] {
  return ledger.sql
    .all<{ place: number }>(SQL.knownFingerprints, JSON.stringify(fingerprints))
    .map((known) => known.place);
}

/** Those keys in pieces, each of which fits one argument as JSON. */
export function* chunks<Key extends SealedKey>(keys: readonly Key[]): Generator<readonly Key[]> {
  let from = 0;
  let bytes = 0;
  for (const [place, key] of keys.entries()) {
    // A character of JSON text is at most six bytes ("\u0000"); sealed text is plain ASCII. The door
    // lets no key in that is too large for a chunk of its own.
    const size = key.sealed.length + key.fingerprint.length + 6 * (key.note?.length ?? 0) + 256;
    if (bytes + size > INSERT_BYTES_MAX) {
      yield keys.slice(from, place);
      from = place;
      bytes = 0;
    }
    bytes += size;
  }
  if (from < keys.length) yield keys.slice(from);
}
