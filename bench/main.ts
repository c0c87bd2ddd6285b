import { rmSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { cost } from "./cost/cost.ts";
import { edge } from "./edge/edge.ts";
import { gateways } from "./gateways/gateways.ts";
import { growth } from "./growth/growth.ts";
import { importing } from "./import/import.ts";
import { PARTS, readOptions, USAGE, type Options, type PartName } from "./options.ts";
import type { Findings, Part } from "./part.ts";
import { overload } from "./overload/overload.ts";
import { risk } from "./risk/risk.ts";
import { sale } from "./sale/sale.ts";
import { shards } from "./shards/shards.ts";

const RESULTS = join(import.meta.dirname, "results");
const RUN: Readonly<Record<PartName, Part>> = {
  sale,
  edge,
  cost,
  growth,
  import: importing,
  shards,
  gateways,
  risk,
  overload,
};

const options = optionsOrExit();
const say = (text: string) => process.stderr.write(`${text}\n`);
const folder = await mkdtemp(join(tmpdir(), "kamidrop-bench-"));
// PostgreSQL may have to run as a user of its own, who must come through to the folder below.
await chmod(folder, 0o711);
process.once("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

// Parts take turns on the machine: at the same time they would measure each other.
for (const name of PARTS.filter((part) => options.only.has(part))) {
  const startedAt = performance.now();
  say(`${name}…`);
  try {
    await run(name);
  } catch (error) {
    // The other parts are worth having.
    say(`${name} failed: ${error instanceof Error ? error.stack : String(error)}`);
    process.exitCode = 1;
  }
  say(`${name}: ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
}

async function run(name: PartName): Promise<void> {
  const own = join(folder, name);
  await mkdir(own);
  const findings = await RUN[name]({ options, folder: own, say });
  await rm(own, { recursive: true, force: true });
  await write(name, findings);
  process.stdout.write(`${findings.markdown}\n\n`);
}

function optionsOrExit(): Options {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${USAGE}\n`);
    process.exit(2);
  }
}

async function write(name: PartName, { markdown, data }: Findings): Promise<void> {
  const machine = { cores: cpus().length, model: cpus()[0]?.model, node: process.version };
  const { rounds, seconds } = options;
  await mkdir(RESULTS, { recursive: true });
  await writeFile(
    join(RESULTS, `${name}.json`),
    `${JSON.stringify({ machine, rounds, seconds, data }, null, 1)}\n`,
  );
  await writeFile(
    join(RESULTS, `${name}.md`),
    `${rounds} rounds of ${seconds} s; ${machine.cores} cores shared with the load generator: read the ratios.\n\n${markdown}\n`,
  );
}
