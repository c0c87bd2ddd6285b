import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { counted, statusLine } from "../simulate/progress-bar.ts";
import type { Funnel } from "./funnel.ts";
import { judge, type Law } from "./laws.ts";
import { readOptions, USAGE, type Options } from "./options.ts";
import { picture } from "./picture.ts";
import { CROWD } from "./plan.ts";
import { judgeReal } from "./real/laws.ts";
import { playReal } from "./real/play.ts";
import { simulate } from "./simulate.ts";

/** Plays a drop and holds it to what a drop promises (docs/drop.md). */
const read = readOptions(process.argv.slice(2));
if ("wrong" in read) {
  process.stderr.write(`${read.wrong}\n\n${USAGE}\n`);
  process.exitCode = 2;
} else if (read.help) print(USAGE);
else if (read.real) await playOverHttp(read);
else await play(read);

async function playOverHttp(options: Options): Promise<void> {
  const startedAt = performance.now();
  const { play: real, funnel, opensAt } = await playReal(options, print);
  const laws = judgeReal(real);
  const tookSeconds = (performance.now() - startedAt) / 1_000;
  printFunnel(funnel, tookSeconds);
  printLaws(laws);
  const subtitle = `${counted(options.arrivals)} people over HTTP on the built Worker, one machine; ${counted(options.keys)} keys; last payment ${Math.round(funnel.lastSaleMs / 1_000)} s after the opening`;
  await save(options, { name: "real", subtitle, funnel, laws, opensAt });
  if (laws.some(({ holds }) => !holds)) process.exitCode = 1;
}

async function play(options: Options): Promise<void> {
  const { arrivals, keys, seed, hold: holdSeconds, isolates } = options;
  const startedAt = performance.now();
  print(`${counted(arrivals)} people for ${counted(keys)} keys, seed ${seed}`);
  const played = await simulate(
    { arrivals, keys, seed, holdSeconds, isolates },
    undefined,
    (second, funnel) => showProgress(second, funnel),
  );
  statusLine.clear();
  const tookSeconds = (performance.now() - startedAt) / 1_000;
  const laws = judge(played);
  printFunnel(played.funnel, tookSeconds);
  printLaws(laws);
  if (options.out !== null) {
    const subtitle = `${counted(arrivals)} people, ${counted(keys)} keys, seed ${seed}; last key sold ${Math.round(played.funnel.lastSaleMs / 1_000)} s after the opening`;
    const opensAt = CROWD.joinMs / 1_000;
    await save(options, { name: "funnel", subtitle, funnel: played.funnel, laws, opensAt });
  }
  if (laws.some(({ holds }) => !holds)) process.exitCode = 1;
}

/** A line a minute of the drop where nobody watches, one that is written over where somebody does. */
function showProgress(second: number, funnel: Funnel): void {
  const { arrived, admitted, reserved, paid } = funnel;
  const time = `${second < 0 ? "−" : "+"}${Math.floor(Math.abs(second) / 60)}:${String(Math.abs(second) % 60).padStart(2, "0")}`;
  const text = `${time}  ${counted(arrived)} arrived · ${counted(admitted)} let in · ${counted(reserved)} reserved · ${counted(paid)} paid`;
  statusLine.show(text);
  if (!process.stderr.isTTY && second % 60 === 0) print(`  ${text}`);
}

function printFunnel(funnel: Funnel, tookSeconds: number): void {
  const rows: [string, number][] = [
    ["arrived", funnel.arrived],
    ["in line with a ticket of their own", funnel.queued],
    ["let in", funnel.admitted],
    ["reserved a key", funnel.reserved],
    ["paid and hold it", funnel.paid],
  ];
  print("");
  for (const [name, count] of rows) print(`  ${name.padEnd(36)}${counted(count).padStart(12)}`);
  const others: [string, number][] = [
    ["forged tickets refused", funnel.forged],
    ["left before their turn", funnel.left],
    ["looks at the line", funnel.polls],
    ["tickets refused as spent", funnel.spent],
    ["let in, and found every key held", funnel.emptyHanded],
  ];
  print("");
  for (const [name, count] of others) print(`  ${name.padEnd(36)}${counted(count).padStart(12)}`);
  print(
    `\n  last key sold ${(funnel.lastSaleMs / 1_000).toFixed(1)} s after the opening; played in ${tookSeconds.toFixed(1)} s\n`,
  );
}

function printLaws(laws: readonly Law[]): void {
  for (const { law, holds, said } of laws)
    print(`  ${holds ? "ok    " : "BROKEN"} ${law}: ${said}`);
}

interface Saved {
  readonly name: string;
  readonly subtitle: string;
  readonly funnel: Funnel;
  readonly laws: readonly Law[];
  readonly opensAt: number;
}

async function save(options: Options, { name, subtitle, funnel, laws, opensAt }: Saved) {
  const { out: folder, arrivals, keys, seed, hold, isolates, real } = options;
  if (folder === null) return;
  await mkdir(folder, { recursive: true });
  const { seconds, ...sums } = funnel;
  const title = "A drop, from the line to the last key";
  const svg = picture(seconds, { title, subtitle, opensAt, requestsMax: 500 });
  const summary = {
    plan: { arrivals, keys, seed, hold, ...(real ? {} : { isolates }) },
    ...(real ? {} : { crowd: CROWD }),
    sums,
    requestsPerSecondMax: funnel.requestsPerSecondMax,
    laws,
  };
  await writeFile(join(folder, `${name}.svg`), svg);
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify(summary, null, 2)}\n`);
  print(`\n  ${join(folder, `${name}.svg`)}, ${join(folder, `${name}.json`)}`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
