import type { BatchId } from "../../src/domain/ids.ts";
import type { DeadlineMs } from "../shared/alarms.ts";
import { arrivals } from "./books.ts";
import type { LendRequest, Spare, SpareQuery, Transfer, TransferredKey } from "./shard-contract.ts";
import { pickFreeOrLapse } from "./lapse.ts";
import type { Ledger } from "./ledger.ts";
import { chunks } from "./pool.ts";
import { fillOwed } from "./restock.ts";
import { SHARED_POOL, type DeadlineRow } from "./rows.ts";
import { SQL } from "./statements.ts";

/** Whoever asked for the keys takes them in and settles within milliseconds, or has died. */
const TRANSFER_WAIT_MS = 5_000;
const TRANSFER_WAIT_MAX_MS = 600_000;
/** Transfers that are brought to their end in one go, and that are named to whoever asks. */
const TRANSFERS_MAX = 50;
/** Of what is free, one in so many goes along with what is needed, up to LEND_MORE_MAX. */
const LEND_SHARE = 8;
const LEND_MORE_MAX = 64;
/** Of sealed text in one transfer; one key goes, however long it is. */
const LEND_CHARACTERS_MAX = 2_000_000;

/** Due holds lapse first: a key that nobody is entitled to any more is free. */
export function spare(ledger: Ledger, query: SpareQuery, nowMs: number): Spare {
  const { variantId, quantity } = query;
  const free = pickFreeOrLapse(ledger, variantId, quantity, nowMs).length;
  const moving = ledger.sql.all<{ number: number }>(
    SQL.movingFor,
    variantId ?? SHARED_POOL,
    TRANSFERS_MAX,
  );
  return { free, arrivals: arrivals(ledger), moving: moving.map((transfer) => transfer.number) };
}

/**
 * Takes free keys out for another shard. They stay as rows that are void, so a key that is imported
 * again is still known, and the transfer keeps them until it is settled. Asked again it lends other
 * keys: that costs nothing, because a transfer that nobody took in goes to the same shard later.
 */
export function lend(ledger: Ledger, request: LendRequest, nowMs: number): Transfer | null {
  const { to, variantId, quantity } = request;
  const from = ledger.terms?.productNumber;
  if (from === undefined) return null;
  const keys = readKeys(ledger, SQL.keysOf, JSON.stringify(pickToLend(ledger, request, nowMs)));
  const lent = fitting(keys);
  if (lent.length === 0) return null;
  const shared = lent.some((key) => key.variantId === null);
  const number = ledger.sql.all<{ number: number }>(
    SQL.insertTransfer,
    to,
    variantId ?? SHARED_POOL,
    Number(shared),
    nowMs + TRANSFER_WAIT_MS,
  )[0]?.number;
  if (number === undefined) throw new Error("lend: the transfer got no number");
  const left = ledger.sql.run(SQL.leave, JSON.stringify(lent.map((key) => key.row)), number);
  if (left !== lent.length) throw new Error(`lend: ${left} of ${quantity} keys were free`);
  ledger.touchStock(-left);
  return { from, number, keys: lent.map(({ row: _, ...key }) => key) };
}

/** What is needed, and a share of what is free: the next orders there shall not come back for each. */
function pickToLend(ledger: Ledger, request: LendRequest, nowMs: number): number[] {
  const { variantId, quantity } = request;
  const plenty = LEND_SHARE * LEND_MORE_MAX;
  const free = pickFreeOrLapse(ledger, variantId, Math.max(quantity, plenty), nowMs);
  const more = Math.min(LEND_MORE_MAX, Math.floor(free.length / LEND_SHARE));
  return free.slice(0, Math.max(quantity, more));
}

/** Takes those keys in, once. What is owed here comes before whoever asked for them. */
export function receive(ledger: Ledger, transfer: Transfer, nowMs: number): void {
  if (ledger.sql.run(SQL.insertReceived, transfer.from, transfer.number, nowMs) === 0) return;
  for (const chunk of chunks(transfer.keys)) {
    ledger.touchStock(ledger.sql.run(SQL.receiveKeys, JSON.stringify(chunk)));
  }
  fillOwed(ledger, "clock", nowMs);
}

export function settle(ledger: Ledger, transferNumber: number): void {
  ledger.sql.run(SQL.settleTransfer, transferNumber);
}

export interface OpenTransfer {
  readonly to: number;
  readonly transfer: Transfer;
}

/**
 * The transfers that are due, moved on to their next attempt in the same statement. One whose keys
 * have come back meanwhile has fewer, or none: they came back because it had arrived, and what has
 * arrived is not taken in again.
 */
export function claimTransfers(
  ledger: Ledger,
  { dueByMs, nowMs }: { dueByMs: number; nowMs: number },
): OpenTransfer[] {
  const from = ledger.terms?.productNumber;
  if (from === undefined) return [];
  return ledger.sql
    .all<{ number: number; to_number: number }>(
      SQL.claimTransfers,
      dueByMs,
      nowMs,
      TRANSFERS_MAX,
      TRANSFER_WAIT_MS,
      TRANSFER_WAIT_MAX_MS,
    )
    .map(({ number, to_number: to }) => {
      const keys = readKeys(ledger, SQL.keysOfTransfer, number);
      return { to, transfer: { from, number, keys: keys.map(({ row: _, ...key }) => key) } };
    });
}

/** When a transfer must be looked after, should whoever asked for it have died. */
export function transfersDueAtMs(ledger: Ledger): DeadlineMs {
  return ledger.sql.all<DeadlineRow>(SQL.firstTransfer)[0]?.ms ?? null;
}

type LentRow = {
  row: number;
  variant_id: string;
  sealed: string;
  fingerprint: string;
  note: string | null;
  expires_at_ms: number | null;
  cost_minor: number | null;
  batch_id: BatchId | null;
};
type LentKey = TransferredKey & { readonly row: number };

function readKeys(ledger: Ledger, statement: string, which: string | number): LentKey[] {
  return ledger.sql.all<LentRow>(statement, which).map((row) => ({
    row: row.row,
    sealed: row.sealed,
    fingerprint: row.fingerprint,
    note: row.note,
    variantId: row.variant_id === SHARED_POOL ? null : row.variant_id,
    expiresAtMs: row.expires_at_ms,
    costMinor: row.cost_minor,
    batchId: row.batch_id,
  }));
}

/** The first of them, as many as one message carries. */
function fitting(keys: readonly LentKey[]): readonly LentKey[] {
  let characters = 0;
  const end = keys.findIndex((key, place) => {
    characters += key.sealed.length + (key.note?.length ?? 0);
    return place > 0 && characters > LEND_CHARACTERS_MAX;
  });
  return end === -1 ? keys : keys.slice(0, end);
}
