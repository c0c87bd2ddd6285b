import type { OrderId } from "../../src/domain/ids.ts";
import type { OrderChanged } from "../../src/queues/messages.ts";
import type { DeadlineMs } from "../shared/alarms.ts";
import { READ_BATCH_MAX } from "./contract.ts";
import type { Ledger } from "./ledger.ts";
import type { CountRow, DeadlineRow } from "./rows.ts";
import { SQL } from "./statements.ts";

/** Batches of one drain; what is left is due at once and rings the alarm again. */
const DRAIN_BATCHES_MAX = 10;
/** The first wait for the order book's word; it doubles with each attempt, up to RESEND_MAX_MS. */
export const RESEND_BASE_MS = 15_000;
export const RESEND_MAX_MS = 600_000;

/** The rows that are due, moved on to their next attempt in the same statement: of two drains, one has each. */
export function claimDueMessages(ledger: Ledger, nowMs: number): OrderChanged[] {
  return ledger.sql
    .all<{ order_id: OrderId; version: number }>(
      SQL.claimDueMessages,
      nowMs,
      READ_BATCH_MAX,
      RESEND_BASE_MS,
      RESEND_MAX_MS,
    )
    .map((row) => ({ orderId: row.order_id, version: row.version }));
}

/** The order book holds these versions. A row whose order changed since stays, and is sent again. */
export function acknowledge(
  ledger: Ledger,
  published: readonly { id: OrderId; version: number }[],
): void {
  ledger.sql.run(SQL.acknowledge, JSON.stringify(published));
}

/**
 * When the alarm must look after the outbox. A row that was never sent is being sent by the turn
 * that wrote it; the alarm is for the case that this turn died, so it need not ring at once.
 */
export function messagesDueAtMs(ledger: Ledger): DeadlineMs {
  const first = ledger.sql.all<{ send_at_ms: number; attempts: number }>(SQL.firstMessage)[0];
  if (first === undefined) return null;
  return first.attempts === 0 ? first.send_at_ms + RESEND_BASE_MS : first.send_at_ms;
}

export function outboxHealth(ledger: Ledger): { rows: number; oldestAtMs: number | null } {
  return {
    rows: ledger.sql.all<CountRow>(SQL.outboxCount)[0]?.count ?? 0,
    oldestAtMs: ledger.sql.all<DeadlineRow>(SQL.outboxSince)[0]?.ms ?? null,
  };
}

export interface DrainDeps {
  readonly store: { claimDueMessages(nowMs: number): OrderChanged[] };
  /** Hands them to the queue as one message; throws where it does not take it. */
  readonly send: (messages: readonly OrderChanged[]) => Promise<void>;
  readonly now: () => number;
}

export interface Drained {
  readonly sent: number;
  /** As many as one drain may send were sent: there may be more. */
  readonly more: boolean;
  /** Why the queue took no more: the rest waits for its next attempt. Null where all went well. */
  readonly error: unknown;
}

/**
 * Sends what is due. A row is moved on before it is sent and deleted by the order book only
 * (`acknowledge`), so a crash at any point sends twice or later, never not at all. Does not throw:
 * a sale does not fail because a queue is down.
 */
export async function drainOutbox({ store, send, now }: DrainDeps): Promise<Drained> {
  let sent = 0;
  for (let batches = 0; batches < DRAIN_BATCHES_MAX; batches++) {
    const messages = store.claimDueMessages(now());
    if (messages.length === 0) return { sent, more: false, error: null };
    try {
      // One batch after the other: the rows written meanwhile go with the next.
      // oxlint-disable-next-line no-await-in-loop
      await send(messages);
    } catch (error) {
      return { sent, more: false, error };
    }
    sent += messages.length;
  }
  return { sent, more: true, error: null };
}
