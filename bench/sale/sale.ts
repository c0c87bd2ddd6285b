import { median, type Load } from "../load/tally.ts";
import type { Part } from "../part.ts";
import { demand, figure, table, verdict } from "../report/table.ts";
import { MEASURES, measureRound, type Measure } from "./measures.ts";
import { startCeiling, startShop } from "./subjects.ts";
import { isMet, ratioOf, RATIOS, type Rounds } from "./targets.ts";

/** Enough that no product sells out: what a machine like today's could sell of them in a second. */
const KEYS_PER_SECOND = 12_000;
const KEYS_MAX = 300_000;
const WARM_UP_SECONDS = 1;

/** The sale over HTTP, on the built bundle, as ratios to the platform's own floor. */
export const sale: Part = async ({ options, folder, say }) => {
  const { rounds, seconds } = options;
  const keys = Math.min(
    KEYS_MAX,
    Math.ceil((rounds * seconds + WARM_UP_SECONDS) * KEYS_PER_SECOND),
  );
  const ceiling = await startCeiling(folder);
  say(`  importing ${keys} keys`);
  const shop = await startShop(folder, keys);
  const measured: Partial<Record<Measure, Load[]>> = {};
  try {
    say("  warming up");
    await measureRound({ ceiling, shop }, WARM_UP_SECONDS, () => {});
    for (let round = 1; round <= rounds; round++) {
      say(`  round ${round} of ${rounds}`);
      await measureRound({ ceiling, shop }, seconds, (measure, load) => {
        (measured[measure] ??= []).push(load);
        say(`    ${measure}: ${figure(load.ratePerSecond)}/s, p99 ${figure(load.p99Ms)} ms`);
      });
    }
  } finally {
    await Promise.all([ceiling.stop(), shop.stop()]);
  }
  return { markdown: `${ratioTable(measured)}\n\n${loadTable(measured)}`, data: measured };
};

function ratioTable(rounds: Rounds): string {
  const rows = RATIOS.map((ratio) => {
    const value = ratioOf(rounds, ratio);
    return [ratio.name, figure(value), demand(ratio), verdict(isMet(value, ratio))];
  });
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

function loadTable(rounds: Rounds): string {
  const rows = MEASURES.map((measure) => {
    const loads = rounds[measure] ?? [];
    const middle = (of: "ratePerSecond" | "p50Ms" | "p99Ms") =>
      figure(median(loads.map((load) => load[of])));
    const failures = loads.reduce((sum, load) => sum + load.failures, 0);
    return [measure, middle("ratePerSecond"), middle("p50Ms"), middle("p99Ms"), String(failures)];
  });
  return table(
    [
      ["measure", "left"],
      ["per second", "right"],
      ["p50 ms", "right"],
      ["p99 ms", "right"],
      ["failures", "right"],
    ],
    rows,
  );
}
