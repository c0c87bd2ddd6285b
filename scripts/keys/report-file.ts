import { closeSync, openSync, writeSync } from "node:fs";
import type { PartDone } from "./journal.ts";

export interface ReportFile {
  add(done: PartDone): void;
  close(): void;
}

/** Every line that was not taken, as CSV in the order of the file: line, outcome, why. No key. */
export function reportFile(path: string): ReportFile {
  const file = openSync(path, "w");
  writeSync(file, "line,outcome,why\n");
  return {
    add({ duplicates, rejected }) {
      const rows = [
        ...duplicates.map(([line, first]) => ({
          line,
          words: `duplicate,${first === null ? "in the pool already" : `as line ${first}`}`,
        })),
        ...rejected.map(([line, reason]) => ({ line, words: `rejected,${reason}` })),
      ].toSorted((a, b) => a.line - b.line);
      if (rows.length === 0) return;
      writeSync(file, `${rows.map(({ line, words }) => `${line},${words}`).join("\n")}\n`);
    },
    close: () => closeSync(file),
  };
}
