import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { counted, statusLine } from "../simulate/progress-bar.ts";
import type { Funnel } from "./funnel.ts";
import { judge, type Law } from "./laws.ts";
import { readOptions, USAGE, type Options } from "./options.ts";
import { picture } from "./picture.ts";
import { CROWD } from "./plan.ts";
import { simulate } from "./simulate.ts";

/** Plays a drop and holds it to what a drop promises (docs/drop.md). */
const read = readOptions(process.argv.slice(2));
if ("wrong" in read) {
  process.stderr.write(`${read.wrong}\n\n${USAGE}\n`);
  process.exitCode = 2;
} else if (read.help) print(USAGE);
else await play(read);

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
    await save(options, { subtitle, funnel: played.funnel, laws, tookSeconds });
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

async function save(
  { out, arrivals, keys, seed, hold, isolates }: Options,
  of: { subtitle: string; funnel: Funnel; laws: readonly Law[]; tookSeconds: number },
): Promise<void> {
  const folder = out ?? ".";
  await mkdir(folder, { recursive: true });
  const { seconds, ...sums } = of.funnel;
  const svg = picture(seconds, {
    title: "A drop, from the line to the last key",
    subtitle: of.subtitle,
    opensAt: CROWD.joinMs / 1_000,
    requestsMax: 500,
  });
  const summary = {
    plan: { arrivals, keys, seed, hold, isolates },
    crowd: CROWD,
    sums,
    requestsPerSecondMax: of.funnel.requestsPerSecondMax,
    laws: of.laws,
  };
  await writeFile(join(folder, "funnel.svg"), svg);
  await writeFile(join(folder, "funnel.json"), `${JSON.stringify(summary, null, 2)}\n`);
  print(`\n  ${join(folder, "funnel.svg")}, ${join(folder, "funnel.json")}`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
