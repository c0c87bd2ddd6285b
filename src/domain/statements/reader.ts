import { AMOUNT_MINOR_MAX } from "../money.ts";
import { bad, IGNORED, type StatementFormat, type StatementReading } from "./statement.ts";

/**
 * Reads a statement record by record, in any number of pieces: what stands before the header is
 * ignored, and what stands behind the footer. Holds nothing but the header's columns.
 */
export interface StatementReader {
  read(record: readonly string[]): StatementReading;
  /** False until a header was found: then the file is no statement of this gateway. */
  readonly headerFound: boolean;
  /** Whether the file has named the account that it was sent for. */
  readonly accountNamed: boolean;
  /** Whether the last record has fewer cells than those before it. */
  readonly endsShort: boolean;
}

/** `accountNumber`: what the gateway calls the account; null where that is not known. */
export function statementReader<Column extends string>(
  format: StatementFormat<Column>,
  accountNumber: string | null,
): StatementReader {
  let places: ReadonlyMap<Column, number> | null = null;
  let usualCells = 0;
  let endsShort = false;
  let accountNamed = false;
  let ended = false;

  /** Null where it names no account, or the right one. */
  function otherAccount(named: string | null): StatementReading | null {
    if (named === null || named === "" || accountNumber === null) return null;
    if (named !== accountNumber) return { kind: "other_account", number: named };
    accountNamed = true;
    return null;
  }

  return {
    get headerFound() {
      return places !== null;
    },
    get accountNamed() {
      return accountNamed;
    },
    get endsShort() {
      return endsShort;
    },
    read(record) {
      const cells = (format.cells?.(record) ?? record).map((cell) => format.clean(cell));
      if (ended || cells.every((cell) => cell === "")) {
        return format.footer?.(cells) ?? IGNORED;
      }
      if (places === null) {
        places = readHeader(format, cells);
        // A comma at the end of the headings is no column.
        usualCells = cells.findLastIndex((cell) => cell !== "") + 1;
        return otherAccount(format.heading?.(cells) ?? null) ?? IGNORED;
      }
      const footer = format.footer?.(cells) ?? null;
      if (footer !== null) {
        ended = true;
        return footer;
      }
      endsShort = cells.length < usualCells;
      usualCells = Math.min(usualCells, cells.length);
      const known = places;
      const cell = (column: Column) => cells[known.get(column) ?? -1] ?? "";
      const named = format.accountColumn === undefined ? null : cell(format.accountColumn);
      return otherAccount(named) ?? withinSums(format.row(cell));
    },
  };
}

/** A sum that no order can have is a slip of a column, or made up. */
function withinSums(reading: StatementReading): StatementReading {
  if (reading.kind !== "rows") return reading;
  const fits = reading.rows.every(
    ({ money, feeMinor }) =>
      money.amountMinor <= AMOUNT_MINOR_MAX && Math.abs(feeMinor) <= AMOUNT_MINOR_MAX,
  );
  return fits ? reading : bad("sum");
}

/** Where each column stands, in whatever order; null where the record is not the header. */
function readHeader<Column extends string>(
  { columns, required }: StatementFormat<Column>,
  cells: readonly string[],
): ReadonlyMap<Column, number> | null {
  const places = new Map<Column, number>();
  for (const [column, names] of Object.entries(columns) as [Column, readonly string[]][]) {
    const place = cells.findIndex((cell) => names.includes(cell));
    if (place >= 0) places.set(column, place);
  }
  return required.every((column) => places.has(column)) ? places : null;
}
