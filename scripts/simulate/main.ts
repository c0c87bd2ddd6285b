import { readFileSync } from "node:fs";
import { FAULTS } from "../../test/simulator/faults.ts";
import { huntInThreads } from "../../test/simulator/hunt-in-threads.ts";
import { hunt } from "../../test/simulator/hunt.ts";
import type { Operation } from "../../test/simulator/operations.ts";
import { play, planOf, type Run } from "../../test/simulator/simulate.ts";
import { explain } from "./explain.ts";
import { readOptions, USAGE, type Options } from "./options.ts";
import { counted, progressText, statusLine } from "./progress-bar.ts";
import { Sums, sumsText } from "./report.ts";

/**
 * Plays seeded worlds of orders and mishaps until one breaks a promise (docs/simulator.md). Exits
 * with 1 where one does, after printing how to replay it and what it came down to.
 */
const read = readOptions(process.argv.slice(2));
if ("wrong" in read) {
  process.stderr.write(`${read.wrong}\n\n${USAGE}\n`);
  process.exitCode = 2;
} else if (read.help) print(USAGE);
else if (read.faults) await printFaults(read);
else if (read.script !== null) await playScript(read, read.script);
else await playWorlds(read);

async function playWorlds(options: Options): Promise<void> {
  const { orders: ordersEach, seeds, seed: firstSeed, plant, scene } = options;
  const last = firstSeed + seeds - 1;
  print(
    `${counted(seeds)} worlds of ${counted(ordersEach)} orders, seeds ${firstSeed} to ${last}` +
      `: ${counted(seeds * ordersEach)} orders in all\n`,
  );
  const startedAt = performance.now();
  const seconds = (): number => (performance.now() - startedAt) / 1000;
  const sums = new Sums();
  const onRun = (run: Run): void => {
    sums.add(run);
    const { worlds: done, orders } = sums;
    statusLine.show(progressText({ done, total: seeds, orders, seconds: seconds() }));
  };
  const ground = { firstSeed, seeds, ordersEach, onRun };
  const alone = plant !== undefined || scene === "money";
  const { found } = await (alone ? hunt({ ...ground, plant, scene }) : huntInThreads(ground));
  statusLine.clear();
  print(sumsText(sums, seconds()));
  if (found === null) print("\nEvery promise was kept.");
  else await fail(options, found, planOf(found.seed, ordersEach, scene));
}

async function playScript(options: Options, file: string): Promise<void> {
  const lines = readFileSync(file, "utf8").split("\n");
  // Whoever writes such a file has it from this program; a wrong one fails in the world.
  const script = lines
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line) as Operation);
  const run = await play(options.seed, script, options.plant, {
    closely: true,
    scene: options.scene,
  });
  if (run.finding === null) print("Every promise was kept.");
  else await fail(options, run, script);
}

async function fail(
  { orders, scene, fault, plant, script: file }: Options,
  run: Run,
  script: readonly Operation[],
): Promise<void> {
  process.exitCode = 1;
  const what = file === null ? `--orders ${orders} --seeds 1` : `--script ${file}`;
  const planted = fault === null ? "" : ` --fault "${fault}"`;
  const money = scene === "money" ? "--money " : "";
  const replay = `npm run simulate -- ${money}${what} --seed ${run.seed}${planted}`;
  await explain({ run, script, plant, scene, replay }, print);
}

/** The table of docs/simulator.md. */
async function printFaults({ orders: ordersEach, seeds }: Options): Promise<void> {
  let done = 0;
  print("| fault | orders | law |\n|---|---|---|");
  for (const [name, plant] of FAULTS) {
    statusLine.show(`${++done}/${FAULTS.size} ${name}`);
    const { found, orders } = await hunt({ firstSeed: 1, seeds, ordersEach, plant });
    statusLine.clear();
    print(`| ${name} | ${found === null ? "not found" : orders} | ${found?.finding?.law ?? ""} |`);
    if (found === null) process.exitCode = 1;
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
