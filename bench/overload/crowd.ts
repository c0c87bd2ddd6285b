import type { Client } from "../load/closed-loop.ts";
import { Connection } from "../load/connection.ts";
import { percentile } from "../load/tally.ts";

export interface Crowd {
  readonly origin: string;
  /** As many as may be connected at once; who finds no place is not let in. */
  readonly connections: number;
  readonly ratePerSecond: number;
  readonly seconds: number;
  readonly deadlineMs: number;
  readonly client: Client;
  readonly isRefusal: (status: number) => boolean;
}

export interface CrowdOutcome {
  /** Answered well within the deadline, a second. */
  readonly goodputPerSecond: number;
  readonly refusedPerSecond: number;
  /** Answered well, but too late for whoever asked. */
  readonly latePerSecond: number;
  /** Not let in, not answered, or answered otherwise. */
  readonly lostPerSecond: number;
  readonly refusalP99Ms: number;
}

/**
 * People who come at a fixed rate, each by themselves, whether or not those before them were answered
 * (open loop). Nobody waits for a place: on the platform each has a connection of their own, and a line
 * before the door of the generator would make everyone late who stands in it.
 */
export async function crowd(plan: Crowd): Promise<CrowdOutcome> {
  const idle = Array.from({ length: plan.connections }, () => new Connection(plan.origin));
  const all = [...idle];
  const wanted = Math.floor(plan.ratePerSecond * plan.seconds);
  const startedAt = performance.now();
  const dueAt = (request: number) => startedAt + (request * 1_000) / plan.ratePerSecond;
  const refusalsMs: number[] = [];
  const count = { good: 0, refused: 0, late: 0, lost: 0 };
  let sent = 0;
  let underWay = 0;

  const send = (dueMs: number): void => {
    const connection = idle.pop();
    const request = connection === undefined ? null : plan.client.next();
    if (connection === undefined || request === null) {
      count.lost++;
      return;
    }
    underWay++;
    connection.ask(request, (answer) => {
      const tookMs = performance.now() - dueMs;
      underWay--;
      idle.push(connection);
      if (plan.client.heard(answer) === "good") {
        if (tookMs <= plan.deadlineMs) count.good++;
        else count.late++;
      } else if (plan.isRefusal(answer.status)) {
        count.refused++;
        refusalsMs.push(tookMs);
      } else count.lost++;
    });
  };
  const endsAt = startedAt + plan.seconds * 1_000;
  while (sent < wanted) {
    const now = performance.now();
    while (sent < wanted && dueAt(sent) <= now) send(dueAt(sent++));
    // Answers are read in between.
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  while (underWay > 0 && performance.now() < endsAt + 5_000) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  for (const connection of all) connection.close();
  const each = (total: number) => total / plan.seconds;
  return {
    goodputPerSecond: each(count.good),
    refusedPerSecond: each(count.refused),
    latePerSecond: each(count.late),
    lostPerSecond: each(count.lost + underWay),
    refusalP99Ms: percentile(Float64Array.from(refusalsMs).toSorted(), 99),
  };
}
