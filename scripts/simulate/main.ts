import { parseArgs } from "node:util";
import { FAULTS } from "../../test/simulator/faults.ts";
import { huntInThreads } from "../../test/simulator/hunt-in-threads.ts";
import { hunt } from "../../test/simulator/hunt.ts";
import { scriptText } from "../../test/simulator/operations.ts";
import { shrink } from "../../test/simulator/shrink.ts";
import { planOf, type Run } from "../../test/simulator/simulate.ts";
import { progressBar } from "./progress-bar.ts";

/**
 * Plays seeded worlds of orders and mishaps until one breaks a promise (docs/simulator.md). Exits
 * with 1 where one does, after printing how to replay it and what it came down to.
 */
const { values } = parseArgs({
  options: {
    orders: { type: "string", default: "500" },
    seeds: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    fault: { type: "string" },
    faults: { type: "boolean", default: false },
  },
});
const ordersEach = atLeastOne("orders");
const seeds = atLeastOne("seeds");
const plant = values.fault === undefined ? undefined : FAULTS.get(values.fault);
if (values.fault !== undefined && plant === undefined) {
  fail(`--fault is one of:\n  ${[...FAULTS.keys()].join("\n  ")}`);
}
if (values.faults) {
  await printFaults();
  process.exit();
}

const startedAt = performance.now();
const sums = { worlds: 0, orders: 0, placed: 0, refused: 0, unknown: 0, deaths: 0 };
const bar = progressBar(seeds);
const ground = { firstSeed: atLeastOne("seed"), seeds, ordersEach, onRun: count };
const { found } = await (plant ? hunt({ ...ground, plant }) : huntInThreads(ground));
bar.end();
report((performance.now() - startedAt) / 1000);
if (found !== null) await explain(found);

/** The table of docs/simulator.md. */
async function printFaults(): Promise<void> {
  for (const [name, planted] of FAULTS) {
    const { found: run, orders } = await hunt({ firstSeed: 1, seeds, ordersEach, plant: planted });
    print(`| ${name} | ${run === null ? "not found" : orders} | ${run?.finding?.law ?? ""} |`);
  }
}

function count(run: Run): void {
  sums.worlds++;
  for (const name of ["orders", "placed", "refused", "unknown", "deaths"] as const)
    sums[name] += run[name];
  bar.show(sums.worlds, `${sums.orders} orders`);
}

function report(seconds: number): void {
  print(
    [
      `worlds      ${sums.worlds}, of ${ordersEach} orders each, from seed ${ground.firstSeed}`,
      `orders      ${sums.orders}: ${sums.placed} placed, ${sums.refused} refused`,
      `no answer   ${sums.unknown} times: asked again with the same words`,
      `deaths      ${sums.deaths} of objects`,
      `speed       ${Math.round(sums.orders / seconds)} orders a second, ${seconds.toFixed(1)} s`,
    ].join("\n"),
  );
}

async function explain({ seed, finding }: Run): Promise<void> {
  process.exitCode = 1;
  const { law, detail } = finding ?? { law: "", detail: "" };
  const fault = values.fault === undefined ? "" : ` --fault "${values.fault}"`;
  print(`\nBROKEN ${law}\n  ${detail}\n`);
  print(`npm run simulate -- --orders ${ordersEach} --seeds 1 --seed ${seed}${fault}\n`);
  process.stderr.write("shrinking…\n");
  const script = await shrink({ seed, script: planOf(seed, ordersEach), law, plant });
  print(`It comes down to ${script.length} operations:\n${scriptText(script)}`);
}

function atLeastOne(name: "orders" | "seeds" | "seed"): number {
  const value = Number(values[name]);
  return Number.isSafeInteger(value) && value >= 1 ? value : fail(`--${name} is a number from 1`);
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
