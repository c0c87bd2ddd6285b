/** The form of a key file: one key a line, or CSV with a header (docs/admin-api.md, "Keys"). */
export type Format = "lines" | "csv";

/** What is longer is no key, note and date: the file is of another kind, or a quote was not closed. */
export const RECORD_CHARACTERS_MAX = 1_048_576;

/** A line of a text, or a record of a CSV, which may have line breaks within quotes. */
export interface FileRecord {
  /** Without its line break, otherwise as it stands in the file. */
  readonly text: string;
  /** The line of the file on which it begins, from 1. */
  readonly line: number;
}

/** The file is not what it was said to be. For people to read. */
export class BadFile extends Error {
  override readonly name = "BadFile";
}

/**
 * Cuts text that comes in chunks, cut anywhere, into records. LF, CRLF and CR end a record; within
 * the quotes of a CSV (RFC 4180 §2.6) they do not. It holds no more than the record that is open.
 */
export class RecordReader {
  readonly #endOf: EndOf;
  #open = "";
  #line = 1;

  constructor(format: Format) {
    this.#endOf = format === "csv" ? endOfCsvRecord : endOfLine;
  }

  /** The records that end in this chunk. */
  push(chunk: string): FileRecord[] {
    return this.#read(this.#open + chunk, false);
  }

  /** What follows the last line break is a record only if something is there. */
  end(): FileRecord[] {
    return this.#read(this.#open, true);
  }

  #read(text: string, isLast: boolean): FileRecord[] {
    const records: FileRecord[] = [];
    let from = 0;
    while (from < text.length) {
      const cut = this.#endOf(text, from, isLast);
      if (cut === null) break;
      records.push(this.#record(text.slice(from, cut.end)));
      from = cut.next;
    }
    this.#open = text.slice(from);
    if (this.#open.length > RECORD_CHARACTERS_MAX) this.#record(this.#open);
    return records;
  }

  #record(text: string): FileRecord {
    const line = this.#line;
    if (text.length > RECORD_CHARACTERS_MAX) {
      throw new BadFile(
        `Line ${line} is longer than ${RECORD_CHARACTERS_MAX} characters, or a quote that opens in it is never closed.`,
      );
    }
    this.#line += 1 + breaksIn(text);
    return { text, line };
  }
}

/** Where a record ends and the next begins. */
interface Cut {
  readonly end: number;
  readonly next: number;
}
/** The end of the record that begins at `from`; null where only more text can tell. */
type EndOf = (text: string, from: number, isLast: boolean) => Cut | null;

function endOfLine(text: string, from: number, isLast: boolean): Cut | null {
  return breakAt(text, find(/[\r\n]/g, text, from), isLast);
}

function endOfCsvRecord(text: string, from: number, isLast: boolean): Cut | null {
  for (let field = from; ;) {
    const end =
      text[field] === '"' ? endOfQuoted(text, field + 1, isLast) : find(/[,\r\n]/g, text, field);
    if (end === null) return null;
    if (text[end] !== ",") return breakAt(text, end, isLast);
    field = end + 1;
  }
}

/**
 * Past the quote that closes a field: one that a comma or a line break follows, or spaces and then
 * one of them. That is how the shop reads it; any other quote is malformed and closes nothing. Null
 * where only more text can tell.
 */
function endOfQuoted(text: string, from: number, isLast: boolean): number | null {
  for (let at = text.indexOf('"', from); at !== -1;) {
    const escaped = text[at + 1] === '"';
    const after = find(/[^ \t]/g, text, at + 1);
    if (!escaped && after === text.length) return isLast ? after : null;
    if (!escaped && ",\r\n".includes(text[after] ?? "")) return after;
    at = text.indexOf('"', at + (escaped ? 2 : 1));
  }
  return isLast ? text.length : null;
}

/** The line break at `at`; a CR at the end of a chunk may be half of one. */
function breakAt(text: string, at: number, isLast: boolean): Cut | null {
  if (at >= text.length) return isLast ? { end: at, next: at } : null;
  if (text[at] === "\n") return { end: at, next: at + 1 };
  if (at + 1 === text.length && !isLast) return null;
  return { end: at, next: at + (text[at + 1] === "\n" ? 2 : 1) };
}

/** The place of the first match at or after `from`; the text's length where there is none. */
function find(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}

function breaksIn(text: string): number {
  return text.match(/\r\n|\n|\r/g)?.length ?? 0;
}
