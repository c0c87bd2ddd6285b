import {
  visitPurpose,
  type SealedVisit,
  type Visit,
  type Visitor,
} from "../domain/payments/dispute.ts";
import { Memo } from "../domain/memory/memo.ts";
import type { Turns } from "../domain/overload/turns.ts";
import type { VisitLog } from "../flows/disputes/dispute-ports.ts";
import type { OrderId } from "../domain/ids.ts";
import type { Vault } from "../flows/ports.ts";
import { errorFields, log } from "./log.ts";

/** Visits that come within this time are one write. */
const GATHER_MS = 200;
/** What waits to be written, at most; beyond it visits are lost, and counted. */
const WAITING_MAX = 5_000;
/** A page that is looked at again within this time is the same visit. */
const SAME_VISIT_MS = 10 * 60_000;
const SEEN_MAX = 5_000;
const AGAIN_AFTER_MS = 2_000;
const WRITER_MAX_MS = 30_000;

interface World {
  readonly book: {
    write(rows: readonly SealedVisit[]): Promise<void>;
    ofOrder(orderId: OrderId): Promise<SealedVisit[]>;
  };
  readonly vault: Pick<Vault, "sealText" | "openText" | "digestText">;
  readonly turns: Turns;
}

export type NewVisit = Omit<Visit, "firstAtMs" | "lastAtMs" | "times">;

/**
 * Who ordered and who was shown keys, written after their answers, many in one write: no buyer waits for it,
 * and an isolate that dies takes the last moment of it along. It is evidence, and no part of the sale.
 */
export function makeVisitLog({ book, vault, turns }: World) {
  let waiting: { visit: NewVisit; atMs: number }[] = [];
  let writerUntilMs = 0;
  let lost = 0;
  const seen = new Memo<true>(SEEN_MAX);

  async function rowOf({ visit, atMs }: { visit: NewVisit; atMs: number }): Promise<SealedVisit> {
    const { visitor, keyIds, keys, orderId, merchantId, act } = visit;
    const name = JSON.stringify([orderId, act, visitor.ip, visitor.userAgent]);
    const id = `vis_${(await vault.digestText("order visit", name)).slice(0, 22)}`;
    const sealedVisitor = await vault.sealText(visitPurpose(id), JSON.stringify(visitor));
    const times = { firstAtMs: atMs, lastAtMs: atMs, times: 1 };
    return { id, merchantId, orderId, act, sealedVisitor, keyIds, keys, ...times };
  }

  async function gather(): Promise<void> {
    await turns.wait(GATHER_MS);
    const visits = waiting;
    waiting = [];
    writerUntilMs = 0;
    // Of one visitor there may be two within the moment: one row.
    const rows = new Map((await Promise.all(visits.map(rowOf))).map((row) => [row.id, row]));
    const write = () => book.write([...rows.values()]);
    try {
      await write().catch(async () => {
        await turns.wait(AGAIN_AFTER_MS);
        await write();
      });
    } catch (error) {
      log("error", "visits_lost", { visits: rows.size, ...errorFields(error) });
    }
  }

  return {
    /** Never waited for, and never throws. */
    note(visit: NewVisit): void {
      const nowMs = turns.nowMs();
      const { orderId, act, visitor, keys } = visit;
      const name = JSON.stringify([orderId, act, visitor.ip, visitor.userAgent, keys]);
      if (seen.get(name, nowMs) === true) return;
      seen.set(name, true, nowMs + SAME_VISIT_MS);
      if (waiting.length >= WAITING_MAX) {
        lost++;
        return;
      }
      if (lost > 0) log("error", "visits_lost", { visits: lost });
      lost = 0;
      waiting.push({ visit, atMs: nowMs });
      // Whoever was to write may have been cut short with its request: another takes over.
      if (nowMs < writerUntilMs) return;
      writerUntilMs = nowMs + WRITER_MAX_MS;
      turns.keepAlive(gather());
    },

    async ofOrder(orderId) {
      const rows = await book.ofOrder(orderId);
      return Promise.all(
        rows.map(async ({ id, sealedVisitor, ...row }): Promise<Visit> => {
          const opened = await vault.openText(visitPurpose(id), sealedVisitor);
          // Written by `rowOf` and sealed since: nobody else can have made it.
          return { ...row, visitor: JSON.parse(opened) as Visitor };
        }),
      );
    },
  } satisfies VisitLog & { note(visit: NewVisit): void };
}
