import { execFile } from "node:child_process";
import { copyFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { median } from "../load/tally.ts";
import type { Part } from "../part.ts";
import { figure, table, verdict } from "../report/table.ts";
import type { Sold, Spent } from "./sell.ts";
import { fillStock, type Size } from "./stock-file.ts";

const SMALL: Size = { freeKeys: 1_000, keptOrders: 1_000 };
const LARGE: Size = { freeKeys: 1_000_000, keptOrders: 1_000_000 };
const TIMES_MOST = 1.2;

const processor = (all: readonly Spent[]) => median(all.map((one) => one.processorMicros));
const wall = (all: readonly Spent[]) => median(all.map((one) => one.wallMicros));

interface GrowthRow {
  readonly name: string;
  readonly of: (sold: Sold) => number;
  readonly bounded: boolean;
}

/** Processor time is judged: on the clock, a neighbour or the disk can be most of it. */
const ROWS: readonly GrowthRow[] = [
  {
    name: "a reservation alone, processor µs",
    of: ({ alone }) => processor(alone.reserve),
    bounded: true,
  },
  { name: "a payment alone, processor µs", of: ({ alone }) => processor(alone.pay), bounded: true },
  {
    name: "a reservation of a hundred, processor µs",
    of: ({ together }) => processor(together.reserve),
    bounded: true,
  },
  {
    name: "a payment of a hundred, processor µs",
    of: ({ together }) => processor(together.pay),
    bounded: true,
  },
  { name: "heap, MB", of: (sold) => sold.heapMegabytes, bounded: true },
  { name: "resident memory, MB", of: (sold) => sold.residentMegabytes, bounded: true },
  {
    name: "a reservation alone, µs on the clock",
    of: ({ alone }) => wall(alone.reserve),
    bounded: false,
  },
  { name: "a payment alone, µs on the clock", of: ({ alone }) => wall(alone.pay), bounded: false },
  {
    name: "counting the stock, processor µs",
    of: ({ count }) => count.processorMicros,
    bounded: false,
  },
];

/** What a sale costs in an object that has sold a million keys and has a million, against a thousand. */
export const growth: Part = async ({ options: { rounds }, folder, say }) => {
  const files = { small: join(folder, "small.sqlite"), large: join(folder, "large.sqlite") };
  fillStock(files.small, SMALL);
  say(`  filling ${LARGE.freeKeys} keys and ${LARGE.keptOrders} orders`);
  fillStock(files.large, LARGE);
  const sold: { small: Sold[]; large: Sold[] } = { small: [], large: [] };
  for (let round = 1; round <= rounds; round++) {
    // The small one begins anew: what a round sells would be half of it.
    const copy = join(folder, `round-${round}.sqlite`);
    await copyFile(files.small, copy);
    sold.small.push(await sellFrom(copy));
    await rm(copy);
    sold.large.push(await sellFrom(files.large));
    say(`  round ${round} of ${rounds}`);
  }
  const { size } = await stat(files.large);
  const rows = ROWS.map(({ name, of, bounded }) => {
    const [small, large] = [median(sold.small.map(of)), median(sold.large.map(of))];
    const times = median(sold.large.map((one, round) => of(one) / of(sold.small[round] ?? one)));
    const met = bounded ? times <= TIMES_MOST : null;
    return [
      name,
      figure(small),
      figure(large),
      figure(times),
      bounded ? `≤ ${TIMES_MOST}` : "",
      verdict(met),
    ];
  });
  return {
    markdown: `The large object's file is ${figure(size / 1e6)} MB.\n\n${table(
      [
        ["", "left"],
        ["1,000 keys, 1,000 orders", "right"],
        ["1,000,000 of each", "right"],
        ["times", "right"],
        ["target", "right"],
        ["met", "left"],
      ],
      rows,
    )}`,
    data: { sizes: { small: SMALL, large: LARGE }, largeBytes: size, sold },
  };
};

async function sellFrom(file: string): Promise<Sold> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--disable-warning=ExperimentalWarning",
    join(import.meta.dirname, "sell.ts"),
    file,
  ]);
  return JSON.parse(stdout) as Sold;
}
