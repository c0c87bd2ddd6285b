import type { Author } from "../domain/audit.ts";
import type { StatementId } from "../domain/ids.ts";
import { err, ok, type Result } from "../domain/result.ts";
import { feeOf } from "../domain/paying/fee.ts";
import { StatementText } from "../domain/statements/decode.ts";
import { statementFormat } from "../domain/statements/formats.ts";
import {
  counterparts,
  judge,
  missingThere,
  moneyKey,
  noticeNumber,
  unreadable,
  type BookedMoney,
  type StatementFinding,
} from "../domain/statements/judge.ts";
import { CsvRecords, type CsvRecord } from "../domain/statements/records.ts";
import type { StatementRow } from "../domain/statements/statement.ts";
import { looksForeign, StatementTally, type StatementFlaw } from "../domain/statements/tally.ts";
import type { Clock } from "./ports.ts";
import type {
  BookPage,
  FileDigest,
  LoneMoney,
  NumberedRow,
  StatementBook,
  StatementRun,
} from "./statement-ports.ts";

/** Rows of one look and one write: some hundred kilobytes, so a file of any length fits an isolate. */
const PAGE = 2_000;
/** A page is at most seven statements, and D1 takes a thousand in one invocation. */
export const STATEMENT_ROWS_MAX = 200_000;
/** Of what only we have: four statements a page. */
const MISSING_PAGES_MAX = 50;
/** Rows that cannot be read are shown up to here and counted beyond. */
const UNREADABLE_MAX = 1_000;

interface Ports {
  readonly statements: StatementBook;
  readonly clock: Clock;
  /** SHA-256. */
  readonly digest: () => FileDigest;
}

export interface Compared {
  readonly id: StatementId;
  /** The same bytes had been compared before: theirs is the report. */
  readonly repeated: boolean;
}

/**
 * A day's statement of one account against what the books have, in one pass: a page of rows is read,
 * looked up, judged and kept, then the next. It moves no money and may be done again. A run that ends
 * in a refusal, or is thrown out of, leaves no report.
 */
export async function compareStatement(
  { statements, clock, digest }: Ports,
  author: Author,
  run: StatementRun,
  file: AsyncIterable<Uint8Array>,
): Promise<Result<Compared, StatementFlaw | { reason: "under_way" }>> {
  if (!(await statements.begin(run))) return err({ reason: "under_way" });
  const tally = new StatementTally(run);
  const hash = digest();
  try {
    const read = await comparePages({ statements, clock }, run, tally, digested(file, hash));
    if (!read.ok) {
      await statements.forget(run.id);
      return read;
    }
    const sum = await hash.end();
    const known = await statements.sameFile(run, sum);
    if (known !== null) {
      await statements.forget(run.id);
      return ok({ id: known, repeated: true });
    }
    const missing = await findMissingThere({ statements, clock }, run, tally.rows());
    const foreign = missing.ok
      ? await otherAccount(statements, run, tally, { ...read.value, missing: missing.value })
      : missing.error;
    if (foreign !== null) {
      await statements.forget(run.id);
      return err(foreign);
    }
    await finish(statements, author, run, { digest: sum, summary: tally.summary() });
    return ok({ id: run.id, repeated: false });
  } catch (error) {
    // Where it cannot be forgotten now, the next statement of this account does it.
    await statements.forget(run.id).catch(() => {});
    throw error;
  }
}

async function finish(
  statements: StatementBook,
  author: Author,
  run: StatementRun,
  made: Parameters<StatementBook["finish"]>[1],
): Promise<void> {
  const { rows, matched } = made.summary;
  const { accountId: account, day, accountChecked: account_checked } = run;
  const detail = { account, day, rows, matched, account_checked };
  await statements.finish(run, made, {
    ...author,
    action: "statement.compare",
    subject: run.id,
    detail,
  });
}

async function* digested(file: AsyncIterable<Uint8Array>, hash: FileDigest) {
  for await (const piece of file) {
    await hash.push(piece);
    yield piece;
  }
}

type Kept = Pick<Ports, "statements" | "clock">;

async function comparePages(
  { statements, clock }: Kept,
  run: StatementRun,
  tally: StatementTally,
  file: AsyncIterable<Uint8Array>,
): Promise<Result<{ readonly accountNamed: boolean }, StatementFlaw>> {
  const format = statementFormat(run.format);
  const reader = format.reader(run.accountNumber);
  let otherNumber: string | null = null;
  let rows: NumberedRow[] = [];
  let findings: StatementFinding[] = [];
  let shown = 0;

  const take = ({ line, cells }: CsvRecord) => {
    const reading = reader.read(cells);
    if (reading.kind === "totals") tally.totals(reading.totals);
    if (reading.kind === "bad") {
      tally.badRow();
      if (shown++ < UNREADABLE_MAX) findings.push(unreadable(line, reading.what));
    }
    if (reading.kind === "other_account") otherNumber ??= reading.number;
    if (reading.kind !== "rows") return;
    for (const row of reading.rows) rows.push({ line, row });
  };
  const compare = async (atLeast: number) => {
    while (rows.length >= atLeast && rows.length + findings.length > 0) {
      const page = rows.slice(0, PAGE);
      rows = rows.slice(PAGE);
      for (const { row } of page) tally.row(row, expectedFee(run, row));
      const looked = page.map(({ row }) => row);
      // One page after the other: a row may be the second of its key.
      // oxlint-disable-next-line no-await-in-loop
      const judged = judgePage(run, page, await statements.look(run, looked), tally);
      const found = [...findings, ...judged.findings];
      findings = [];
      const kept = { findings: found, seen: judged.seen, rowsDone: tally.rows() };
      // oxlint-disable-next-line no-await-in-loop
      await statements.keep(run, kept, clock.nowMs());
    }
  };

  for await (const records of recordsOf(file, format.quotes)) {
    for (const record of records) take(record);
    if (otherNumber !== null) return err({ reason: "other_account", named: otherNumber });
    await compare(PAGE);
    if (tally.rows() > STATEMENT_ROWS_MAX) return TOO_LONG;
  }
  if (!reader.headerFound) return err({ reason: "not_a_statement" });
  await compare(0);
  if (tally.rows() > STATEMENT_ROWS_MAX) return TOO_LONG;
  const { endsWithTotals } = format;
  if (reader.endsShort && !endsWithTotals) return err({ reason: "incomplete", total: null });
  const flaw = tally.flaw({ endsWithTotals, isWhole: run.origin === "fetched" });
  return flaw === null ? ok({ accountNamed: reader.accountNamed }) : err(flaw);
}

const TOO_LONG = err({ reason: "too_long", rowsMax: STATEMENT_ROWS_MAX } as const);

async function* recordsOf(file: AsyncIterable<Uint8Array>, quotes: boolean) {
  const text = new StatementText();
  const records = new CsvRecords({ quotes });
  for await (const piece of file) yield records.push(text.push(piece));
  yield records.push(text.end());
  yield records.end();
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

/** Of a file that nobody says is this account's: whether it looks like another's. */
async function otherAccount(
  statements: StatementBook,
  run: StatementRun,
  tally: StatementTally,
  { accountNamed, missing }: { readonly accountNamed: boolean; readonly missing: number },
): Promise<StatementFlaw | null> {
  if (accountNamed || run.accountChecked || run.origin === "fetched") return null;
  const rows = tally.rows();
  const booked = rows - tally.unknownRows();
  // Orders are looked up where the rest already speaks for it, which is on no usual day.
  if (!looksForeign({ rows, known: booked, missing })) return null;
  const signs = { rows, known: booked + (await statements.ownOrders(run)), missing };
  return looksForeign(signs) ? { reason: "other_account", named: null, ...signs } : null;
}

/**
 * Answers how much our books have that no statement had. A file without so much of what was reported on its day is
 * another account's: D1 has no room to say it all.
 */
async function findMissingThere(
  { statements, clock }: Kept,
  run: StatementRun,
  rowsDone: number,
): Promise<Result<number, StatementFlaw>> {
  let after: LoneMoney | null = null;
  let missing = 0;
  for (let pages = 0; pages < MISSING_PAGES_MAX; pages++) {
    /* oxlint-disable no-await-in-loop -- each page begins where the last one ended */
    const lone: readonly LoneMoney[] = await statements.missingThere(run, after, PAGE);
    const page = { findings: lone.map(missingThere), seen: [], rowsDone };
    if (lone.length > 0) await statements.keep(run, page, clock.nowMs());
    missing += lone.length;
    if (lone.length < PAGE) return ok(missing);
    after = lone.at(-1) ?? null;
    /* oxlint-enable no-await-in-loop */
  }
  return err({ reason: "too_many_missing", missingMax: MISSING_PAGES_MAX * PAGE });
}
