import Papa from "papaparse";

/** A record longer than this is no record: a quote was opened and never closed. */
const RECORD_CHARACTERS_MAX = 64 * 1024;
/** Occurs in no text: where nothing is quoted, no letter may begin a quote. */
const NO_QUOTE = "\u0000";

export interface CsvRecord {
  /** Of its beginning in the file, from 1; a record may span several lines. */
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * Records of a CSV (RFC 4180) that comes in pieces of any size, cut wherever they happen to be. What
 * is held is the piece at hand and the beginning of a record. Where a quote is never closed the rest
 * is read line by line, so one bad line does not swallow the file.
 */
export class CsvRecords {
  readonly #quotes: boolean;
  #rest = "";
  #line = 1;

  constructor({ quotes }: { readonly quotes: boolean } = { quotes: true }) {
    this.#quotes = quotes;
  }

  /** The records that are complete with this piece. */
  push(piece: string): CsvRecord[] {
    this.#rest += piece;
    const end = this.#quotes ? endOfLastRecord(this.#rest) : this.#rest.lastIndexOf("\n") + 1;
    if (end > 0) return this.#take(end);
    return this.#rest.length > RECORD_CHARACTERS_MAX ? this.#take(this.#rest.length) : [];
  }

  /** What is left when there are no more pieces. */
  end(): CsvRecord[] {
    return this.#take(this.#rest.length);
  }

  #take(length: number): CsvRecord[] {
    const text = this.#rest.slice(0, length);
    this.#rest = this.#rest.slice(length);
    if (text === "") return [];
    // Breaks of one kind: which one a piece has would otherwise be guessed anew for each.
    const lines = text.replaceAll("\r\n", "\n").replace(/\n$/, "");
    const rows = lines === "" ? [[""]] : parse(lines, this.#quotes);
    const records = rows.map((cells) => {
      const line = this.#line;
      this.#line += 1 + cells.reduce((breaks, cell) => breaks + cell.split("\n").length - 1, 0);
      return { line, cells };
    });
    return records.filter(({ cells }) => cells.length > 1 || cells[0] !== "");
  }
}

function parse(lines: string, quotes: boolean): string[][] {
  const quoteChar = quotes ? '"' : NO_QUOTE;
  return Papa.parse<string[]>(lines, { delimiter: ",", newline: "\n", quoteChar }).data;
}

/** Behind the last line break that no open quote spans; 0 where there is none. */
function endOfLastRecord(text: string): number {
  let quoted = false;
  let cellBegins = true;
  let end = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // Only what begins a cell opens a quote (3" within one is an inch), or a second one right behind
    // that which closed it: the two are a quote within the cell.
    const turns: boolean = code === QUOTE && (quoted || cellBegins);
    if (turns) quoted = !quoted;
    else if (code === LINE_FEED && !quoted) end = at + 1;
    cellBegins = !quoted && (turns || code === COMMA || code === LINE_FEED);
  }
  return end;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const LINE_FEED = 0x0a;
