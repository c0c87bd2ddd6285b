import { join } from "node:path";
import { findPrograms, HOW_TO_INSTALL } from "../baseline/programs.ts";
import { startBaseline, type Baseline } from "../baseline/start.ts";
import { median } from "../load/tally.ts";
import type { BenchContext, Part } from "../part.ts";
import { demand, figure, table, verdict } from "../report/table.ts";
import type { Measured } from "../load/costed.ts";
import { MEASURES, measureRound, type Measure, type Subjects } from "./measures.ts";
import { benchKeys, startCeiling, startShop } from "./subjects.ts";
import { reservationsPerCall } from "./reservations-per-call.ts";
import {
  isMet,
  ratioOf,
  RATIOS,
  RESERVATIONS_PER_CALL,
  type Demand,
  type Rounds,
} from "./targets.ts";

/** Enough that no product sells out: what a machine like today's could sell of them in a second. */
const KEYS_PER_SECOND = 20_000;
const KEYS_MAX = 320_000;
const WARM_UP_SECONDS = 1;
const NO_BASELINE = `no baseline: it needs Redis and PostgreSQL (${HOW_TO_INSTALL})`;

/** The sale over HTTP, on the built bundle, as ratios to the platform's own floor and to a baseline. */
export const sale: Part = async (context) => {
  const { rounds, seconds } = context.options;
  const keys = benchKeys(
    Math.min(KEYS_MAX, Math.ceil((rounds * seconds + WARM_UP_SECONDS) * KEYS_PER_SECOND)),
  );
  const { subjects, stop } = await startSubjects(context, keys);
  const measured: Partial<Record<Measure, Measured[]>> = {};
  try {
    context.say("  warming up");
    await measureRound({ subjects, seconds: WARM_UP_SECONDS, note: () => {} });
    for (let round = 1; round <= rounds; round++) {
      context.say(`  round ${round} of ${rounds}`);
      const note = (measure: Measure, one: Measured) => {
        (measured[measure] ??= []).push(one);
        context.say(`    ${measure}: ${figure(one.ratePerSecond)}/s, p99 ${figure(one.p99Ms)} ms`);
      };
      await measureRound({ subjects, seconds, note });
    }
    await auditBaselines(subjects, keys.length);
  } finally {
    await stop();
  }
  context.say("  reservations per object RPC");
  const perCall = await reservationsPerCall({
    ...context,
    folder: join(context.folder, "metered"),
  });
  const tables = [ratioTable(measured, perCall), measureTable(measured)];
  if (subjects.baseline === null) tables.push(`${NO_BASELINE}.`);
  return {
    markdown: tables.join("\n\n"),
    data: { measured, reservationsPerCall: perCall },
  };
};

async function startSubjects(
  { folder, say }: BenchContext,
  keys: readonly string[],
): Promise<{ subjects: Subjects; stop: () => Promise<void> }> {
  const running: { stop(): Promise<void> }[] = [];
  const run = async <T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const started = await starting;
    running.push(started);
    return started;
  };
  const stop = async () => {
    await Promise.all(running.map((subject) => subject.stop()));
  };
  try {
    const ceiling = await run(startCeiling(folder));
    say(`  importing ${keys.length} keys`);
    const shop = await run(startShop(folder, keys));
    const programs = findPrograms();
    if (programs === null) {
      say(`  ${NO_BASELINE}`);
      return { subjects: { ceiling, shop, baseline: null }, stop };
    }
    const baselineOf = (fsync: "always" | "everysec") =>
      run(startBaseline({ programs, folder: join(folder, fsync), fsync, keys }));
    const baseline = {
      always: await baselineOf("always"),
      everysec: await baselineOf("everysec"),
    };
    return { subjects: { ceiling, shop, baseline }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A baseline that oversold or lost a key would be no baseline. */
async function auditBaselines({ baseline }: Subjects, imported: number): Promise<void> {
  const sellers: Baseline[] = baseline === null ? [] : [baseline.always, baseline.everysec];
  for (const seller of sellers) {
    const { delivered, distinct, held, free } = await seller.books();
    if (delivered !== distinct || delivered + held + free !== imported) {
      throw new Error(
        `the baseline's books: ${delivered} delivered, ${distinct} different, ${held} held, ${free} free of ${imported}`,
      );
    }
  }
}

function ratioTable(rounds: Rounds, perCall: readonly number[]): string {
  const row = (name: string, value: number, wanted: Demand) => [
    name,
    figure(value),
    demand(wanted),
    Number.isNaN(value) ? "not measured" : verdict(isMet(value, wanted)),
  ];
  const rows = [
    ...RATIOS.map((ratio) => row(ratio.name, ratioOf(rounds, ratio), ratio)),
    row("reservations per object RPC when hot", median(perCall), RESERVATIONS_PER_CALL),
  ];
  return table(
    [
      ["ratio", "left"],
      ["measured", "right"],
      ["target", "right"],
      ["met", "left"],
    ],
    rows,
  );
}

const FIGURES = ["ratePerSecond", "p50Ms", "p99Ms", "processorMsEach"] as const;

function measureTable(rounds: Rounds): string {
  const rows = MEASURES.map((measure) => {
    const all = rounds[measure] ?? [];
    const failures = all.reduce((sum, one) => sum + one.failures, 0);
    const figures = FIGURES.map((of) => figure(median(all.map((one) => one[of]))));
    return [measure, ...figures, String(failures)];
  });
  return table(
    [
      ["measure", "left"],
      ["per second", "right"],
      ["p50 ms", "right"],
      ["p99 ms", "right"],
      ["processor ms each", "right"],
      ["failures", "right"],
    ],
    rows,
  );
}
