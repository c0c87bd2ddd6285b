import Papa from "papaparse";

/** A record longer than this is no record: a quote was opened and never closed. */
const RECORD_CHARACTERS_MAX = 64 * 1024;

/**
 * Records of a CSV (RFC 4180) that comes in pieces of any size, cut wherever they happen to be. What
 * is held is the piece at hand and the beginning of a record. Where a quote is never closed the rest
 * is read line by line, so one bad line does not swallow the file.
 */
export class CsvRecords {
  #rest = "";

  /** The records that are complete with this piece. */
  push(piece: string): string[][] {
    this.#rest += piece;
    const end = endOfLastRecord(this.#rest);
    if (end > 0) return this.#take(end);
    return this.#rest.length > RECORD_CHARACTERS_MAX ? this.#take(this.#rest.length) : [];
  }

  /** What is left when there are no more pieces. */
  end(): string[][] {
    return this.#take(this.#rest.length);
  }

  #take(length: number): string[][] {
    const text = this.#rest.slice(0, length);
    this.#rest = this.#rest.slice(length);
    if (text === "") return [];
    return Papa.parse<string[]>(text, { delimiter: ",", skipEmptyLines: true }).data;
  }
}

/** Behind the last line break that no open quote spans; 0 where there is none. */
function endOfLastRecord(text: string): number {
  let quoted = false;
  let end = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) quoted = !quoted;
    else if (code === LINE_FEED && !quoted) end = at + 1;
  }
  return end;
}

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
