import type { ControllerTerms } from "../../../src/domain/drop/drop.ts";
import { NEW_CONTROLLER, tick } from "../../../src/domain/drop/controller.ts";
import { NO_LATE_LINE, withLate } from "../../../src/domain/drop/late-line.ts";
import type { DropId } from "../../../src/domain/ids.ts";
import { isAdmitted } from "../../../src/domain/drop/threshold.ts";
import { mulberry } from "./mulberry.ts";

export const OPENS_MS = Date.UTC(2026, 10, 25, 12);
export const TERMS: ControllerTerms = {
  dropId: "drop_0123456789abcdefghjk" as DropId,
  version: 1,
  opensAtMs: OPENS_MS,
  closesAtMs: OPENS_MS + 4 * 3_600_000,
  closedAtMs: null,
  quantity: 1_000,
  productNumber: 1,
  shards: 1,
};

export interface Plan {
  readonly people: number;
  readonly keys: number;
  readonly seed: number;
  /** Later people, evenly over five minutes. */
  readonly late?: number;
  /** The share that orders once let in, and of those the share that pays. */
  readonly buys?: number;
  readonly pays?: number;
  /** What is reported for each early person; 0: no report comes. */
  readonly reported?: number;
  readonly slowness?: number;
}

const HOLD_SECONDS = 60;

/** People before the law, a second at a time: what they find is a counter of keys with holds. */
export function playLine(plan: Plan) {
  const { people, keys, seed, late = 0, buys = 1, pays = 1, reported = 1, slowness = 1 } = plan;
  const random = mulberry(seed);
  const persons = Array.from({ length: people + late }, (_, n) => ({
    joinedAtMs: n < people ? 0 : OPENS_MS + Math.floor(random() * 300_000),
    draw: random(),
    buys: random() < buys,
    pays: random() < pays,
    // From being let in to ordering, with the poll before it.
    takes: slowness * (1 + 3 * random() - 8 * Math.log(1 - random())),
    actsAt: Infinity,
    isDone: false,
  }));
  let waiting = persons.filter((person) => person.buys);
  let acting: typeof persons = [];
  const holds: { until: number; pays: boolean; paysAt: number }[] = [];
  let [free, sold, fell, requestsPerSecondMax, second] = [keys, 0, 0, 0, 0];
  let controller = NEW_CONTROLLER;

  for (; second < 3 * 3_600 && controller.status !== "sold_out"; second++) {
    const nowMs = OPENS_MS + second * 1_000;
    const joined = Math.min(300, second);
    const lateLine = withLate(
      NO_LATE_LINE,
      Array.from({ length: joined }, (_, at) => ({ second: at, tickets: late / 300 })),
    );
    const next = tick(
      controller,
      { ...TERMS, quantity: keys },
      {
        nowMs,
        stock: {
          free,
          held: holds.length,
          sold,
          drop: { left: free, held: holds.length, halted: false },
        },
        line: {
          early: people * reported,
          late: lateLine,
          peoplePerTicket: 1,
          known: reported > 0,
        },
      },
    );
    if (next.threshold.early < controller.threshold.early) fell++;
    if ((next.threshold.lateUntilMs ?? 0) < (controller.threshold.lateUntilMs ?? 0)) fell++;
    controller = next;

    const isLetIn = (person: (typeof persons)[number]) =>
      person.joinedAtMs <= nowMs && isAdmitted(person, controller.threshold);
    for (const person of waiting) if (isLetIn(person)) person.actsAt = second + person.takes;
    acting.push(...waiting.filter((person) => person.actsAt < Infinity));
    waiting = waiting.filter((person) => person.actsAt === Infinity);

    let requests = 1;
    for (const person of acting) {
      if (person.actsAt > second) continue;
      // The waiting page says when there is nothing to order: nobody asks the object in vain.
      if (free === 0) {
        person.actsAt = second + 2 + random() * 3;
        continue;
      }
      requests++;
      person.isDone = true;
      free--;
      const paysAt = second + 5 + random() * 20;
      holds.push({ until: second + HOLD_SECONDS, pays: person.pays, paysAt });
    }
    acting = acting.filter((person) => !person.isDone);
    for (let at = holds.length - 1; at >= 0; at--) {
      const hold = holds[at];
      if (hold === undefined) continue;
      if (hold.pays && hold.paysAt <= second) {
        requests += 2;
        sold++;
        holds.splice(at, 1);
      } else if (hold.until <= second) {
        free++;
        holds.splice(at, 1);
      }
    }
    requestsPerSecondMax = Math.max(requestsPerSecondMax, requests);
  }
  const letIn = persons.filter((person) => isAdmitted(person, controller.threshold)).length;
  return { sold, fell, requestsPerSecondMax, letIn, seconds: second, status: controller.status };
}
