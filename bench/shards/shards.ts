import { limited, ordering } from "../clients.ts";
import { closedLoop, type Client } from "../load/closed-loop.ts";
import { processorMs } from "../load/processor-time.ts";
import { median, type Load } from "../load/tally.ts";
import type { BenchContext, Part } from "../part.ts";
import { figure, table } from "../report/table.ts";
import { benchKeys, startShop, type Shop } from "../sale/subjects.ts";

const SHARDS = [1, 2, 4] as const;
const KEYS = 2_000;
/** So many are sold while every shard has keys; the rest until everyone has been refused once. */
const EASY = 1_500;
const CONNECTIONS = 200;
/** A run that has not sold its keys by then is broken. */
const SECONDS_MAX = 120;

const ROWS = ["orders", "the last quarter", "refusals when sold out"] as const;
type Row = (typeof ROWS)[number];
interface Measured extends Load {
  readonly processorMsEach: number;
}
type Rounds = Record<Row, Record<number, Measured[]>>;

/**
 * One product over several objects against one over one, on one machine: what shards cost, and
 * that the last key is found. They cannot be faster here, where all objects are one thread.
 */
export const shards: Part = async (context) => {
  const rounds: Rounds = { orders: {}, "the last quarter": {}, "refusals when sold out": {} };
  const shop = await startShop(context.folder, []);
  try {
    context.say("  warming up");
    await measureRound(context, shop, () => {});
    for (let round = 1; round <= context.options.rounds; round++) {
      context.say(`  round ${round} of ${context.options.rounds}`);
      await measureRound(context, shop, (row, count, measured) => {
        (rounds[row][count] ??= []).push(measured);
        context.say(`    ${row}, ${count} shards: ${figure(measured.ratePerSecond)}/s`);
      });
    }
  } finally {
    await shop.stop();
  }
  return { markdown: report(rounds), data: rounds };
};

async function measureRound(
  { options }: BenchContext,
  shop: Shop,
  note: (row: Row, shards: number, measured: Measured) => void,
): Promise<void> {
  for (const count of SHARDS) {
    const seller = { ...shop, productId: await shop.addProduct(benchKeys(KEYS), count) };
    const placed: string[] = [];
    const run = async (row: Row, seconds: number, client: () => Client) => {
      const beforeMs = processorMs(shop.pids());
      const load = await closedLoop({
        origin: shop.origin,
        connections: CONNECTIONS,
        seconds,
        client,
      });
      await shop.atRest();
      const spentMs = processorMs(shop.pids()) - beforeMs;
      note(row, count, { ...load, processorMsEach: spentMs / load.counted });
    };
    await run(
      "orders",
      SECONDS_MAX,
      limited(EASY, () => ordering(seller, placed)),
    );
    await run("the last quarter", SECONDS_MAX, () => untilRefused(ordering(seller, placed)));
    if (new Set(placed).size !== KEYS) {
      throw new Error(`${count} shards sold ${placed.length} of ${KEYS} keys`);
    }
    await run("refusals when sold out", options.seconds, () => refused(ordering(seller, placed)));
  }
}

function untilRefused(own: Client): Client {
  let over = false;
  return {
    next: () => (over ? null : own.next()),
    heard: (answer) => {
      over = answer.status === 409;
      return over ? "going" : own.heard(answer);
    },
  };
}

function refused(own: Client): Client {
  return { next: () => own.next(), heard: ({ status }) => (status === 409 ? "good" : "bad") };
}

function report(rounds: Rounds): string {
  const rows = ROWS.flatMap((row) =>
    SHARDS.map((count) => {
      const all = rounds[row][count] ?? [];
      const ones = rounds[row][1] ?? [];
      const of = (name: "ratePerSecond" | "p99Ms" | "processorMsEach") =>
        figure(median(all.map((one) => one[name])));
      const ratios = all.map((one, round) => one.ratePerSecond / (ones[round]?.ratePerSecond ?? 0));
      const failures = all.reduce((sum, one) => sum + one.failures, 0);
      return [
        row,
        String(count),
        of("ratePerSecond"),
        figure(median(ratios)),
        of("p99Ms"),
        of("processorMsEach"),
        String(failures),
      ];
    }),
  );
  return table(
    [
      ["measure", "left"],
      ["shards", "right"],
      ["per second", "right"],
      ["÷ one object", "right"],
      ["p99 ms", "right"],
      ["processor ms each", "right"],
      ["failures", "right"],
    ],
    rows,
  );
}
