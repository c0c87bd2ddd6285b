import type { Answer } from "./answer-reader.ts";
import { Connection, type Request } from "./connection.ts";
import { Tally, type Load } from "./tally.ts";

/** What one of the keep-alive clients does, one request after the other. */
export interface Client {
  /** Its next request; null when it has nothing left to ask. */
  next(): Request | null;
  /** What the answer to it was worth. */
  heard(answer: Answer): Heard;
}

/** `going`: nothing to count yet, a part of something longer. */
export type Heard = "good" | "bad" | "going";

export interface ClosedLoop {
  readonly origin: string;
  readonly connections: number;
  /** Nothing is begun after so long; a run whose clients run out of requests ends before. */
  readonly seconds: number;
  readonly client: () => Client;
}

/**
 * Clients that ask as fast as they are answered: the most that the server does. Answers that come
 * after the end are waited for, so that no run pays for the one before, and not counted in the rate.
 */
export async function closedLoop(plan: ClosedLoop): Promise<Load> {
  const tally = new Tally();
  const startedAt = performance.now();
  const endsAt = startedAt + plan.seconds * 1000;
  let lastAt = startedAt;
  const count = (latencyMs: number, good: boolean, now: number) => {
    if (now > endsAt) return tally.addLate();
    lastAt = now;
    tally.add(latencyMs, good);
  };
  const clients = Array.from({ length: plan.connections }, () =>
    run({ connection: new Connection(plan.origin), client: plan.client(), endsAt, count }),
  );
  await Promise.all(clients);
  // Where the clients ran out of requests, the run was over with the last answer.
  return tally.load(performance.now() > endsAt ? plan.seconds * 1000 : lastAt - startedAt);
}

interface Run {
  readonly connection: Connection;
  readonly client: Client;
  readonly endsAt: number;
  readonly count: (latencyMs: number, good: boolean, now: number) => void;
}

function run({ connection, client, endsAt, count }: Run): Promise<void> {
  return new Promise((done) => {
    let began = performance.now();
    let fresh = true;
    const step = (): void => {
      // What was begun is brought to its end: half a purchase costs time and is no purchase.
      const over = fresh && performance.now() >= endsAt;
      const request = over ? null : client.next();
      if (request === null) {
        connection.close();
        done();
        return;
      }
      if (fresh) began = performance.now();
      connection.ask(request, (answer) => {
        const heard = client.heard(answer);
        const now = performance.now();
        fresh = heard !== "going";
        if (heard !== "going") count(now - began, heard === "good", now);
        step();
      });
    };
    step();
  });
}
