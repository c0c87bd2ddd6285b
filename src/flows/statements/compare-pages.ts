import { feeOf } from "../../domain/payments/fee.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { StatementText } from "../../domain/statements/decode.ts";
import { statementFormat } from "../../domain/statements/formats.ts";
import {
  counterparts,
  judge,
  moneyKey,
  noticeNumber,
  unreadable,
  type BookedMoney,
  type StatementFinding,
} from "../../domain/statements/judge.ts";
import { STATEMENT_LEASE_MS } from "../../domain/statements/nightly.ts";
import type { StatementReader } from "../../domain/statements/reader.ts";
import { CsvRecords, type CsvRecord } from "../../domain/statements/records.ts";
import type { StatementRow } from "../../domain/statements/statement.ts";
import type { StatementFlaw, StatementTally } from "../../domain/statements/tally.ts";
import type { Clock } from "../ports.ts";
import type {
  BookPage,
  NumberedRow,
  StatementBook,
  StatementPlace,
  StatementRun,
} from "./statement-ports.ts";

/** Rows of one look and one write: some hundred kilobytes, so a file of any length fits an isolate. */
export const PAGE = 2_000;
/** A page is at most seven statements, and D1 takes a thousand in one invocation. */
export const STATEMENT_ROWS_MAX = 200_000;
/** Of one that is fetched, over as many invocations as it takes. */
const FETCHED_ROWS_MAX = 2_000_000;
/** Rows that cannot be read are shown up to here and counted beyond. */
const UNREADABLE_MAX = 1_000;

/** What one invocation may do: who has used it up leaves the rest to the next one. */
export interface Pace {
  pagesLeft: number;
  readonly untilMs: number;
}

export interface Comparing {
  readonly statements: StatementBook;
  readonly clock: Clock;
  readonly run: StatementRun;
  readonly tally: StatementTally;
  readonly pace: Pace;
}

/** A part that was read to its end. */
interface ReadPart {
  readonly reader: StatementReader;
  /** It ends in the middle of a row. */
  readonly isCut: boolean;
  readonly lines: number;
}

/** `lost`: it took so long that another may have gone on with it, so that nothing more is kept. */
type Stopped = "paused" | "lost";

/**
 * One part of a statement, from `place` on, page by page. What an earlier try of the part has kept is read again
 * (a page's rows are known only behind those before them) and not compared again.
 */
export async function comparePages(
  { statements, clock, run, tally, pace }: Comparing,
  place: StatementPlace,
  pieces: AsyncIterable<Uint8Array>,
): Promise<Result<ReadPart | Stopped, StatementFlaw>> {
  const { quotes } = statementFormat(run.format);
  const reader = statementFormat(run.format).reader(run.accountNumber);
  const rowsMax = run.origin === "fetched" ? FETCHED_ROWS_MAX : STATEMENT_ROWS_MAX;
  const { before, cursor } = place;
  let rowsToPass = tally.rows() - before.rows;
  let badToPass = tally.badRows() - before.badRows;
  let rows: NumberedRow[] = [];
  let findings: StatementFinding[] = [];
  let otherNumber: string | null = null;
  let lines = 0;
  let keptAtMs = clock.nowMs();

  const take = ({ line, cells }: CsvRecord) => {
    lines = line;
    const reading = reader.read(cells);
    if (reading.kind === "totals") tally.totals(reading.totals);
    if (reading.kind === "other_account") otherNumber ??= reading.number;
    if (reading.kind === "bad" && badToPass-- <= 0) {
      tally.badRow();
      if (tally.badRows() <= UNREADABLE_MAX) {
        findings.push(unreadable(before.lines + line, reading.what));
      }
    }
    if (reading.kind !== "rows") return;
    for (const row of reading.rows) {
      if (rowsToPass-- <= 0) rows.push({ line: before.lines + line, row });
    }
  };

  /** Null where there is time for more. */
  const compare = async (atLeast: number): Promise<Stopped | null> => {
    while (rows.length >= atLeast && rows.length + findings.length > 0) {
      const page = rows.slice(0, PAGE);
      rows = rows.slice(PAGE);
      for (const { row } of page) tally.row(row, expectedFee(run, row));
      const looked = page.map(({ row }) => row);
      // One page after the other: a row may be the second of its key.
      // oxlint-disable-next-line no-await-in-loop
      const judged = judgePage(run, page, await statements.look(run, looked), tally);
      if (isLost(run, keptAtMs, clock.nowMs())) return "lost";
      const kept = {
        findings: [...findings, ...judged.findings],
        seen: judged.seen,
        rowsDone: tally.rows(),
        place: run.origin === "fetched" ? { cursor, before, tally: tally.state() } : null,
      };
      findings = [];
      keptAtMs = clock.nowMs();
      // oxlint-disable-next-line no-await-in-loop
      await statements.keep(run, kept, keptAtMs);
      pace.pagesLeft--;
      if (pace.pagesLeft <= 0 || keptAtMs >= pace.untilMs) return "paused";
    }
    return null;
  };

  let isCut = false;
  for await (const { records, isUnended } of recordsOf(pieces, quotes)) {
    for (const record of records) take(record);
    isCut = isUnended && reader.endsShort;
    if (otherNumber !== null) return err({ reason: "other_account", named: otherNumber });
    const stopped = await compare(PAGE);
    if (stopped !== null) return ok(stopped);
    if (tally.rows() > rowsMax) return err({ reason: "too_long", rowsMax });
  }
  if (!reader.headerFound) return err({ reason: "not_a_statement" });
  const stopped = await compare(0);
  // What was kept is the end of the part: whoever goes on finds that, and needs no more than to end it.
  if (stopped === "lost") return ok(stopped);
  return tally.rows() > rowsMax
    ? err({ reason: "too_long", rowsMax })
    : ok({ reader, isCut, lines });
}

/** Half of the lease, since what is kept takes its time as well. What was sent is nobody else's. */
function isLost({ origin }: StatementRun, keptAtMs: number, nowMs: number): boolean {
  return origin === "fetched" && nowMs - keptAtMs > STATEMENT_LEASE_MS / 2;
}

async function* recordsOf(file: AsyncIterable<Uint8Array>, quotes: boolean) {
  const text = new StatementText();
  const records = new CsvRecords({ quotes });
  for await (const piece of file)
    yield { records: records.push(text.push(piece)), isUnended: false };
  yield { records: records.push(text.end()), isUnended: false };
  // What no line break has ended.
  const rest = records.end();
  yield { records: rest, isUnended: rest.length > 0 };
}

/** By the account's rule, whose fixed part is a sum in the account's currency and of no other. */
function expectedFee(
  { fee, currency }: StatementRun,
  { kind, money }: StatementRow,
): number | null {
  const ruled = fee !== null && kind === "payment" && money.currency === currency;
  return ruled ? feeOf(fee, money.amountMinor) : null;
}

function judgePage(
  run: StatementRun,
  page: readonly NumberedRow[],
  book: BookPage,
  tally: StatementTally,
) {
  const byNumber = Map.groupBy(book.money, ({ tradeNo }) => tradeNo);
  const keys = new Set(book.before);
  const findings: StatementFinding[] = [];
  const seen: BookedMoney[] = [];
  for (const { line, row } of page) {
    const key = moneyKey(row);
    const ours = byNumber.get(row.tradeNo) ?? [];
    const noticed = book.noticed.get(noticeNumber(row)) ?? null;
    const expectedFeeMinor = expectedFee(run, row);
    const again = keys.has(key);
    const found = judge({ line, theirs: row, ours, again, noticed, expectedFeeMinor });
    keys.add(key);
    tally.judged(row, found);
    findings.push(...found);
    seen.push(...counterparts(row, ours));
  }
  return { findings, seen };
}
