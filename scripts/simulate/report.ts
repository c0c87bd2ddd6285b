import type { Run } from "../../test/simulator/simulate.ts";
import { counted } from "./progress-bar.ts";

/** What many runs came to. */
export class Sums {
  worlds = 0;
  orders = 0;
  success = 0;
  refused = 0;
  unknown = 0;
  silences = 0;
  deaths = 0;
  archived = 0;
  restored = 0;

  add(run: Run): void {
    this.worlds++;
    this.orders += run.orders;
    this.success += run.outcomes.success;
    this.refused += run.outcomes.refused;
    this.unknown += run.outcomes.unknown;
    this.silences += run.silences;
    this.deaths += run.deaths;
    this.archived += run.archived;
    this.restored += run.restored;
  }
}

export function sumsText(sums: Sums, seconds: number): string {
  const { worlds, orders, success, refused, unknown, silences, deaths, archived, restored } = sums;
  const rate = Math.round(orders / seconds);
  const rows: [string, number, string][] = [
    [
      "orders",
      orders,
      `success ${counted(success)} · refused ${counted(refused)} · unknown ${counted(unknown)}`,
    ],
    ["worlds", worlds, `each of a seed, ${counted(Math.round(orders / worlds))} orders`],
    ["silences", silences, "calls that got no answer, and were made again with the same words"],
    ["deaths", deaths, "of objects and of isolates, each in the middle of something"],
    ["archived", archived, `orders left their object, ${counted(restored)} came back`],
    ["speed", rate, `orders a second, for ${seconds.toFixed(1)} s`],
  ];
  const width = Math.max(...rows.map(([, number]) => counted(number).length));
  return rows
    .map(
      ([name, number, words]) => `  ${name.padEnd(10)}${counted(number).padStart(width)}  ${words}`,
    )
    .join("\n");
}
