import { createHash } from "node:crypto";
import { BadFile, type FileRecord, type Format } from "./records.ts";

/** What one call of the admin API takes (src/domain/keys/key-file.ts, KEYS_MAX). */
const PART_RECORDS_MAX = 10_000;
/** Of UTF-16, three bytes each at most: with a record of the longest kind it is within 8 MiB. */
const PART_CHARACTERS_MAX = 1_500_000;

/** So much of a file as goes into one call. */
export interface Part {
  /** From 1. */
  readonly number: number;
  /** The records, a line break after each; of a CSV, after the file's header. */
  readonly text: string;
  /** SHA-256 (hex) of the text: what names it, together with its number. */
  readonly digest: string;
  /** The line of the file on which each record begins: the shop counts from 1 in each call. */
  readonly lines: readonly number[];
}

/**
 * Puts records together to parts. Blank ones mean nothing to the shop: they are counted here and not
 * sent. The same file makes the same parts, which is what lets an import go on where it was.
 */
export class PartMaker {
  readonly #format: Format;
  readonly #recordsMax: number;
  #header: string | null = null;
  #records: string[] = [];
  #lines: number[] = [];
  #characters = 0;
  #number = 0;
  /** Blank lines so far. */
  blank = 0;
  /** Records so far, the header not among them. */
  records = 0;

  constructor(format: Format, recordsMax = PART_RECORDS_MAX) {
    this.#format = format;
    this.#recordsMax = recordsMax;
  }

  /** The part that this record does not fit into any more, if there is one. */
  add(record: FileRecord): Part | null {
    if (this.#format === "csv" && this.#header === null) {
      this.#header = record.text;
      return null;
    }
    if (isBlank(record.text, this.#format)) {
      this.blank++;
      return null;
    }
    const full =
      this.#records.length === this.#recordsMax ||
      this.#characters + record.text.length > PART_CHARACTERS_MAX;
    const part = full ? this.finish() : null;
    this.records++;
    this.#records.push(record.text);
    this.#lines.push(record.line);
    this.#characters += record.text.length + 1;
    return part;
  }

  /** What is left, if anything is. */
  finish(): Part | null {
    if (this.#records.length === 0) return null;
    const head = this.#header === null ? [] : [this.#header];
    const text = `${[...head, ...this.#records].join("\n")}\n`;
    const digest = createHash("sha256").update(text).digest("hex");
    const part = { number: ++this.#number, text, digest, lines: this.#lines };
    this.#records = [];
    this.#lines = [];
    this.#characters = 0;
    return part;
  }
}

/** As the shop judges it: else its numbers of records would not be those of the part. */
function isBlank(text: string, format: Format): boolean {
  if (text.trim() === "") return true;
  // The last record of a file may have a quote that is not closed.
  return format === "csv" && /^"\s*("[ \t]*)?$/.test(text);
}

/** Where the shop's number of a record is in the file. */
export function lineOf(part: Part, number: number): number {
  const line = part.lines[number - 1];
  if (line === undefined)
    throw new BadFile(`The shop names record ${number} of part ${part.number}, which has none.`);
  return line;
}
