import type { PartDone } from "./journal.ts";
import { count, duration } from "./progress.ts";

/** Lines that are named in the summary; all of them are in the report. */
const NAMED_MAX = 10;

/** What became of a file, summed up as its parts come in. */
export class Tally {
  records = 0;
  accepted = 0;
  duplicates = 0;
  rejected = 0;
  readonly namedDuplicates: (readonly [number, number | null])[] = [];
  readonly namedRejected: (readonly [number, string])[] = [];

  add(done: PartDone): void {
    this.records += done.records;
    this.accepted += done.accepted;
    this.duplicates += done.duplicates.length;
    this.rejected += done.rejected.length;
    this.namedDuplicates.push(...firstOf(done.duplicates, this.namedDuplicates.length));
    this.namedRejected.push(...firstOf(done.rejected, this.namedRejected.length));
  }
}

function firstOf<T>(found: readonly T[], already: number): readonly T[] {
  return found.slice(0, NAMED_MAX - already);
}

export interface Finish {
  readonly finished: boolean;
  readonly dryRun: boolean;
  readonly blank: number;
  /** Free keys of the product after the last call of this run; null where it made none. */
  readonly available: number | null;
  /** Of this run. */
  readonly recordsSent: number;
  readonly seconds: number;
}

export function summaryText(tally: Tally, finish: Finish): string {
  const rate = finish.recordsSent / Math.max(0.001, finish.seconds);
  const rows: (readonly [string, string])[] = [
    [finish.dryRun ? "would take" : "accepted", count(tally.accepted)],
    ["duplicates", named(tally.duplicates, tally.namedDuplicates.map(duplicateWords))],
    [
      "rejected",
      named(
        tally.rejected,
        tally.namedRejected.map(([at, why]) => `${at} (${why})`),
      ),
    ],
    ["blank lines", count(finish.blank)],
  ];
  if (finish.available !== null) rows.push(["free now", count(finish.available)]);
  if (finish.recordsSent > 0) {
    rows.push(["this run", `${duration(finish.seconds)}, ${count(rate)} keys/s`]);
  }
  return rows.map(([name, words]) => `${name.padEnd(12)}${words}`).join("\n");
}

function duplicateWords([line, first]: readonly [number, number | null]): string {
  return first === null ? String(line) : `${line} (as ${first})`;
}

function named(total: number, lines: readonly string[]): string {
  if (total === 0) return "0";
  const more = total > lines.length ? ` and ${count(total - lines.length)} more` : "";
  return `${count(total)}: line ${lines.join(", ")}${more}`;
}

export function summaryJson(tally: Tally, finish: Finish): string {
  return JSON.stringify({
    finished: finish.finished,
    dry_run: finish.dryRun,
    records: tally.records,
    accepted: tally.accepted,
    duplicates: tally.duplicates,
    rejected: tally.rejected,
    blank: finish.blank,
    available: finish.available,
    records_sent: finish.recordsSent,
    seconds: Number(finish.seconds.toFixed(3)),
  });
}
