import { Connection } from "./connection.ts";
import type { Client } from "./closed-loop.ts";
import { Tally, type Load } from "./tally.ts";

export interface OpenLoop {
  readonly origin: string;
  readonly connections: number;
  readonly ratePerSecond: number;
  readonly seconds: number;
  readonly client: Client;
}

/** How long after its last request a run waits for answers. */
const PATIENCE_MS = 10_000;

/**
 * Requests at a fixed rate, whether or not the ones before were answered, each timed from when it
 * was due: a server that stops for a second is charged with everyone who came in that second
 * (no coordinated omission). Due requests wait in line where every connection is taken.
 */
export async function openLoop(plan: OpenLoop): Promise<Load> {
  const { client } = plan;
  const tally = new Tally();
  const idle = Array.from({ length: plan.connections }, () => new Connection(plan.origin));
  const all = [...idle];
  const wanted = Math.floor(plan.ratePerSecond * plan.seconds);
  const startedAt = performance.now();
  const dueAt = (request: number) => startedAt + (request * 1000) / plan.ratePerSecond;
  let sent = 0;

  const sendDue = (): void => {
    const now = performance.now();
    while (sent < wanted && dueAt(sent) <= now) {
      const connection = idle.pop();
      const request = connection === undefined ? null : client.next();
      if (connection === undefined || request === null) return;
      const due = dueAt(sent++);
      connection.ask(request, (answer) => {
        tally.add(performance.now() - due, client.heard(answer) === "good");
        idle.push(connection);
        sendDue();
      });
    }
  };
  const givesUpAt = startedAt + plan.seconds * 1000 + PATIENCE_MS;
  while (tally.counted < wanted && performance.now() < givesUpAt) {
    sendDue();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  for (const connection of all) connection.close();
  // Who was not answered in all this time counts as waiting until now.
  for (let lost = tally.counted; lost < wanted; lost++) {
    tally.add(performance.now() - dueAt(lost), false);
  }
  return tally.load(plan.seconds * 1000);
}
