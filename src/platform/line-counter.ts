import { fromBase64 } from "../domain/encoding.ts";
import { addTo, emptySketch, type Sketch } from "../domain/memory/hyperloglog.ts";
import type { DropId } from "../domain/ids.ts";
import { Lru } from "../domain/memory/lru.ts";
import type { Turns } from "../domain/overload/turns.ts";
import type { BookedDrop, DropControllers, LineCounter } from "../flows/drops/drop-ports.ts";
import { errorFields, log } from "./log.ts";

/** Drops whose lines an isolate counts at once: 8 KB each. */
const DROPS_MAX = 100;
/** The first report of an isolate: soon, so that a short line is known in time. */
const FIRST_REPORT_MS = 2_000;
/** Work that outlives its request may take 30 s; a report that would come later is sent by the next ticket. */
const WAIT_MS_MAX = 20_000;
/** A sender that has not come back by then was lost with its request. */
const LOST_MS = 40_000;

interface Count {
  readonly early: Sketch;
  readonly late: Sketch;
  /** Since the last report that arrived, by the second after the opening. */
  lateTickets: Map<number, number>;
  sendingSinceMs: number | null;
  reportAfterMs: number;
  /** People since the last report, and those of that report: the state has them a second or two later. */
  unsent: number;
  sent: number;
}

/**
 * Counts who joins, in this isolate, and tells the drop's controller every few seconds: 8 KB, however many they
 * were. A report that is lost is in the next one; only the pace of those who come late is a sum, and is put
 * back.
 */
export function makeLineCounter(
  controllers: DropControllers,
  turns: Turns,
  random: () => number,
): LineCounter {
  const counts = new Lru<Count>({ entriesMax: DROPS_MAX });

  function countOf(id: DropId): Count {
    const known = counts.get(id);
    if (known !== undefined) return known;
    const count: Count = {
      early: emptySketch(),
      late: emptySketch(),
      lateTickets: new Map(),
      sendingSinceMs: null,
      reportAfterMs: FIRST_REPORT_MS,
      unsent: 0,
      sent: 0,
    };
    counts.set(id, count);
    return count;
  }

  async function sendLater(booked: BookedDrop, count: Count): Promise<void> {
    // Each at a moment of its own: isolates that began together do not report together.
    await turns.wait(Math.min(WAIT_MS_MAX, count.reportAfterMs) * (0.5 + random() / 2));
    // What is counted from here on is the next report's, which somebody else sends.
    count.sendingSinceMs = null;
    const sent = count.lateTickets;
    count.lateTickets = new Map();
    const unheard = count.unsent;
    count.unsent = 0;
    count.sent = unheard;
    try {
      const answer = await send(booked, count, sent);
      count.reportAfterMs = answer.reportAfterMs;
    } catch (error) {
      for (const [second, tickets] of sent) add(count.lateTickets, second, tickets);
      count.unsent += unheard;
      count.sent = 0;
      log("warn", "drop_line_not_reported", { drop: booked.drop.id, ...errorFields(error) });
    }
  }

  async function send({ drop, terms }: BookedDrop, count: Count, late: Map<number, number>) {
    const controller = controllers.of(drop.id);
    const report = {
      edgeNowMs: turns.nowMs(),
      early: count.early,
      late: count.late,
      lateTickets: Array.from(late, ([second, tickets]) => ({ second, tickets })),
    };
    const answer = await controller.report(report);
    if (answer !== null) return answer;
    await controller.configure(terms);
    return (await controller.report(report)) ?? { reportAfterMs: FIRST_REPORT_MS };
  }

  return {
    joined(booked, ticket) {
      const { opensAtMs } = booked.drop;
      const count = countOf(booked.drop.id);
      const digest = fromBase64(ticket.identity) ?? new Uint8Array(0);
      const isLate = ticket.joinedAtMs >= opensAtMs;
      // Who had an early ticket from this isolate already changes nothing: there is nothing to report.
      const isNew = addTo(isLate ? count.late : count.early, digest);
      if (!isNew && !isLate) return;
      count.unsent++;
      if (isLate) add(count.lateTickets, Math.floor((ticket.joinedAtMs - opensAtMs) / 1_000), 1);
      const nowMs = turns.nowMs();
      const isSent = count.sendingSinceMs !== null && nowMs - count.sendingSinceMs < LOST_MS;
      if (isSent) return;
      count.sendingSinceMs = nowMs;
      turns.keepAlive(sendLater(booked, count));
    },
    unheard(id) {
      const count = counts.get(id);
      return count === undefined ? 0 : count.unsent + count.sent;
    },
  };
}

function add(counts: Map<number, number>, second: number, tickets: number): void {
  counts.set(second, (counts.get(second) ?? 0) + tickets);
}
