import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import type { Load } from "./load.ts";

/** What a measure must reach, as a ratio of medians to another measure of the same run. */
export interface Target {
  readonly measure: string;
  readonly to: string;
  readonly atLeast: number;
}

const TARGETS: readonly Target[] = [
  { measure: "catalogue JSON", to: "empty handler", atLeast: 0.7 },
  { measure: "product page", to: "empty handler", atLeast: 0.7 },
  { measure: "POST /orders", to: "empty handler", atLeast: 0.25 },
  { measure: "notice → delivered", to: "empty handler", atLeast: 0.25 },
];

export type Rounds = Readonly<Record<string, readonly Load[]>>;

interface Row {
  readonly measure: string;
  readonly ratePerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failures: number;
  readonly toHandler: number;
  readonly toRpc: number;
  readonly target: string;
  readonly met: boolean | null;
}

export function rows(rounds: Rounds): Row[] {
  const rate = (measure: string) =>
    median((rounds[measure] ?? []).map((load) => load.ratePerSecond));
  return Object.entries(rounds).map(([measure, loads]) => {
    const target = TARGETS.find((candidate) => candidate.measure === measure);
    const ratio = target === undefined ? null : rate(measure) / rate(target.to);
    return {
      measure,
      ratePerSecond: rate(measure),
      p50Ms: median(loads.map((load) => load.p50Ms)),
      p99Ms: median(loads.map((load) => load.p99Ms)),
      failures: loads.reduce((sum, load) => sum + load.failures, 0),
      toHandler: rate(measure) / rate("empty handler"),
      toRpc: rate(measure) / rate("empty Worker→object RPC"),
      target: target === undefined ? "" : `≥ ${target.atLeast} × ${target.to}`,
      met: target === undefined || ratio === null ? null : ratio >= target.atLeast,
    };
  });
}

export function markdown(table: readonly Row[]): string {
  const lines = table.map((row) =>
    [
      row.measure,
      row.ratePerSecond.toFixed(0),
      row.p50Ms.toFixed(0),
      row.p99Ms.toFixed(0),
      String(row.failures),
      row.toHandler.toFixed(2),
      row.toRpc.toFixed(2),
      row.target,
      row.met === null ? "" : row.met ? "yes" : "NO",
    ].join(" | "),
  );
  return [
    "| measure | per second | p50 ms | p99 ms | failures | ÷ handler | ÷ RPC | target | met |",
    "|---|--:|--:|--:|--:|--:|--:|---|---|",
    ...lines.map((line) => `| ${line} |`),
  ].join("\n");
}

export async function write(folder: string, rounds: Rounds, table: readonly Row[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const machine = { cores: cpus().length, node: process.version };
  await writeFile(join(folder, "sale.json"), `${JSON.stringify({ machine, rounds }, null, 1)}\n`);
  await writeFile(
    join(folder, "sale.md"),
    `Medians of ${rounds["empty handler"]?.length ?? 0} rounds, ${machine.cores} cores shared with the load generator: read the ratios.\n\n${markdown(table)}\n`,
  );
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
