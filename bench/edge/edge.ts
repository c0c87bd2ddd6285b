import { closedLoop } from "../load/closed-loop.ts";
import { costed, type Measured } from "../load/costed.ts";
import { median } from "../load/tally.ts";
import type { Part } from "../part.ts";
import { demand, figure, table, verdict } from "../report/table.ts";
import { benchKeys, startCeiling, startShop } from "../sale/subjects.ts";
import { isMet } from "../sale/targets.ts";
import { EDGE_ROWS, type EdgeRow, type EdgeSubjects } from "./rows.ts";

const CONNECTIONS = 100;
const WARM_UP_SECONDS = 1;
const KEYS = 100;

type Rounds = Map<string, Measured[]>;

/** What the edge answers by itself, as ratios to a handler that does nothing. */
export const edge: Part = async ({ options, folder, say }) => {
  const ceiling = await startCeiling(folder);
  // Nothing of this part is written behind the answers, so nothing has to come to rest.
  const atRest = () => Promise.resolve();
  const shop = { ...(await startShop(folder, benchKeys(KEYS))), atRest };
  const rounds: Rounds = new Map(EDGE_ROWS.map(({ name }) => [name, []]));
  try {
    say("  warming up");
    await round({ ceiling, shop }, WARM_UP_SECONDS, () => {});
    for (let count = 1; count <= options.rounds; count++) {
      say(`  round ${count} of ${options.rounds}`);
      await round({ ceiling, shop }, options.seconds, (row, measured) => {
        rounds.get(row.name)?.push(measured);
        say(`    ${row.name}: ${figure(measured.ratePerSecond)}/s`);
      });
    }
  } finally {
    await Promise.all([ceiling.stop(), shop.stop()]);
  }
  return { markdown: tableOf(rounds), data: Object.fromEntries(rounds) };
};

async function round(
  subjects: EdgeSubjects,
  seconds: number,
  note: (row: EdgeRow, measured: Measured) => void,
): Promise<void> {
  for (const row of EDGE_ROWS) {
    const subject = subjects[row.on];
    const client = () => row.client(subjects);
    const plan = { origin: subject.origin, connections: CONNECTIONS, seconds, client };
    note(row, await costed(subject, () => closedLoop(plan)));
  }
}

function tableOf(rounds: Rounds): string {
  const of = (name: string) => rounds.get(name) ?? [];
  const ratio = (row: EdgeRow, figureOf: (one: Measured) => number): number => {
    const below = of(row.to ?? "");
    return median(
      of(row.name).map((one, at) => {
        const base = below[at];
        return base === undefined ? Number.NaN : figureOf(one) / figureOf(base);
      }),
    );
  };
  const rows = EDGE_ROWS.map((row) => {
    const all = of(row.name);
    const rate = ratio(row, (one) => one.ratePerSecond);
    return [
      row.name,
      figure(median(all.map((one) => one.ratePerSecond))),
      figure(median(all.map((one) => one.processorMsEach))),
      row.to ?? "",
      figure(rate),
      // Time is the other way round: a half of it would be a ratio of two.
      figure(1 / ratio(row, (one) => one.processorMsEach)),
      demand(row),
      verdict(isMet(rate, row)),
      String(all.reduce((sum, one) => sum + one.failures, 0)),
    ];
  });
  return table(
    [
      ["row", "left"],
      ["per second", "right"],
      ["processor ms each", "right"],
      ["to", "left"],
      ["ratio of rates", "right"],
      ["of processor time", "right"],
      ["target", "right"],
      ["met", "left"],
      ["failures", "right"],
    ],
    rows,
  );
}
