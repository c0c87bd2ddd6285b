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
}

export function statementReader<Column extends string>(
  format: StatementFormat<Column>,
): StatementReader {
  let places: ReadonlyMap<Column, number> | null = null;
  let ended = false;
  return {
    get headerFound() {
      return places !== null;
    },
    read(record) {
      const cells = (format.cells?.(record) ?? record).map((cell) => format.clean(cell));
      if (ended || cells.every((cell) => cell === "")) {
        return format.footer?.(cells) ?? IGNORED;
      }
      if (places === null) {
        places = readHeader(format, cells);
        return IGNORED;
      }
      const footer = format.footer?.(cells) ?? null;
      if (footer !== null) {
        ended = true;
        return footer;
      }
      const known = places;
      return withinSums(format.row((column) => cells[known.get(column) ?? -1] ?? ""));
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
