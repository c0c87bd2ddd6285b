import { join } from "node:path";
import { ordering } from "../clients.ts";
import { closedLoop } from "../load/closed-loop.ts";
import { median } from "../load/tally.ts";
import type { BenchContext, Part } from "../part.ts";
import { figure, table } from "../report/table.ts";
import { benchKeys, startShop, type Shop } from "../sale/subjects.ts";
import { crowd, type CrowdOutcome } from "./crowd.ts";
import { CALL_MS, EACH_MS } from "./far/pace.ts";

const TIMES = [1, 2, 5, 10] as const;
const DEADLINE_MS = 1_000;
/** For the capacity: as many as in the sale's rows. */
const CLOSED_CONNECTIONS = 200;
const CROWD_CONNECTIONS = 1_500;
const WARM_UP_SECONDS = 2;
const KEYS_PER_SECOND = 2_500;

interface Subject {
  readonly name: string;
  readonly entry: string;
}

const SUBJECTS: readonly Subject[] = [
  {
    name: `an object ${CALL_MS} ms away, ${EACH_MS} ms an order`,
    entry: "bench/overload/far/index.ts",
  },
  { name: "everything on one thread", entry: "src/index.ts" },
];

interface Row extends CrowdOutcome {
  readonly times: number;
  readonly offeredPerSecond: number;
}

interface Measured {
  readonly capacityPerSecond: number[];
  readonly rows: Row[];
}

/** Orders answered within a second while many times as many come as can be served. */
export const overload: Part = async (context) => {
  const measured: Record<string, Measured> = {};
  for (const [place, subject] of SUBJECTS.entries()) {
    context.say(`  ${subject.name}`);
    const folder = join(context.folder, String(place));
    measured[subject.name] = await measure({ ...context, folder }, subject);
  }
  return { markdown: report(measured), data: measured };
};

async function measure(context: BenchContext, subject: Subject): Promise<Measured> {
  const { rounds, seconds } = context.options;
  const keys = WARM_UP_SECONDS + rounds * seconds * (TIMES.length + 1);
  const shop = await startShop(
    context.folder,
    benchKeys(Math.ceil(keys * KEYS_PER_SECOND)),
    subject.entry,
  );
  const measuredHere: Measured = { capacityPerSecond: [], rows: [] };
  try {
    await capacityOf(shop, WARM_UP_SECONDS);
    for (let round = 1; round <= rounds; round++) {
      const capacity = await capacityOf(shop, seconds);
      measuredHere.capacityPerSecond.push(capacity);
      context.say(`    round ${round}: ${figure(capacity)}/s`);
      for (const times of TIMES) {
        const ratePerSecond = times * capacity;
        const outcome = await crowd({
          origin: shop.origin,
          connections: CROWD_CONNECTIONS,
          ratePerSecond,
          seconds,
          deadlineMs: DEADLINE_MS,
          client: ordering(shop, []),
          isRefusal: (status) => status === 503 || status === 429,
        });
        measuredHere.rows.push({ ...outcome, times, offeredPerSecond: ratePerSecond });
        context.say(`      ${times} ×: ${figure(outcome.goodputPerSecond)}/s in time`);
        await shop.atRest();
      }
    }
  } finally {
    await shop.stop();
  }
  return measuredHere;
}

async function capacityOf(shop: Shop, seconds: number): Promise<number> {
  const client = () => ordering(shop, []);
  const plan = { origin: shop.origin, connections: CLOSED_CONNECTIONS, seconds, client };
  const { ratePerSecond } = await closedLoop(plan);
  await shop.atRest();
  return ratePerSecond;
}

function report(measured: Record<string, Measured>): string {
  const rows = Object.entries(measured).flatMap(([name, { rows: all }]) => {
    const of = (times: number, figureOf: (row: Row) => number) =>
      median(all.filter((row) => row.times === times).map(figureOf));
    const peak = Math.max(...TIMES.map((times) => of(times, (row) => row.goodputPerSecond)));
    return TIMES.map((times) => {
      const goodput = of(times, (row) => row.goodputPerSecond);
      return [
        name,
        `${times} ×`,
        figure(of(times, (row) => row.offeredPerSecond)),
        figure(goodput),
        figure(goodput / peak),
        figure(of(times, (row) => row.refusedPerSecond)),
        figure(of(times, (row) => row.latePerSecond)),
        figure(of(times, (row) => row.lostPerSecond)),
        figure(of(times, (row) => row.refusalP99Ms)),
      ];
    });
  });
  return table(
    [
      ["subject", "left"],
      ["load", "right"],
      ["orders a second", "right"],
      ["201 within 1 s", "right"],
      ["÷ the most", "right"],
      ["refused", "right"],
      ["too late", "right"],
      ["not let in", "right"],
      ["refusal p99 ms", "right"],
    ],
    rows,
  );
}
