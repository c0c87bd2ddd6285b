import { createHash } from "node:crypto";
import { appendFileSync, existsSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import type { Format } from "./records.ts";

/** What an import is of, and where it goes: another of these is another import. */
export interface Journey {
  readonly shop: string;
  readonly merchant: string | null;
  readonly product: string;
  readonly format: Format;
  readonly label: string | null;
}

/** What became of a part, by lines of the file. */
export interface PartDone {
  readonly part: number;
  readonly digest: string;
  readonly batch_id: string;
  readonly records: number;
  readonly last_line: number;
  readonly accepted: number;
  /** Line, and the line on which the same key stood before; null where the pool had it. */
  readonly duplicates: readonly (readonly [line: number, firstLine: number | null])[];
  readonly rejected: readonly (readonly [line: number, reason: string])[];
}

/**
 * The parts of an import that are done, a line of JSON each, in their order: what is in it is a
 * beginning of the file, so a second run knows where to go on, and checks that the beginning is still
 * the same. It holds no key. Losing it loses nothing else: every part may be sent again.
 */
export class Journal {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Beside the file, one for each place that it goes to. */
  static besides(file: string, journey: Journey): Journal {
    const name = createHash("sha256").update(JSON.stringify(journey)).digest("hex").slice(0, 8);
    return new Journal(`${file}.import-${name}.jsonl`);
  }

  /** On a line of its own, whatever a kill left of the one before. */
  append(done: PartDone): void {
    appendFileSync(this.path, `\n${JSON.stringify(done)}\n`);
  }

  forget(): void {
    rmSync(this.path, { force: true });
  }

  /** From the first; what a kill left half written is passed over, and no journal is an empty one. */
  async *read(): AsyncGenerator<PartDone, void, undefined> {
    if (!existsSync(this.path)) return;
    const file = await open(this.path);
    for await (const line of file.readLines()) {
      const done = parse(line);
      if (done !== null) yield done;
    }
  }
}

function parse(line: string): PartDone | null {
  try {
    return JSON.parse(line) as PartDone;
  } catch {
    return null;
  }
}
