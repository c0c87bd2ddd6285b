import type { Author } from "../../domain/audit.ts";
import type { StatementId } from "../../domain/ids.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { statementFormat } from "../../domain/statements/formats.ts";
import { missingThere } from "../../domain/statements/judge.ts";
import { isDoubtful, otherAccount } from "../../domain/statements/other-account.ts";
import { StatementTally, type StatementFlaw } from "../../domain/statements/tally.ts";
import { Unavailable } from "../../domain/overload/unavailable.ts";
import { comparePages, PAGE, type Comparing, type Pace } from "./compare-pages.ts";
import type { Clock } from "../ports.ts";
import type {
  FileDigest,
  LoneMoney,
  StatementBook,
  StatementPlace,
  StatementRun,
} from "./statement-ports.ts";

/** Of what only we have: four statements a page. */
const MISSING_PAGES_MAX = 50;

export interface ComparePorts {
  readonly statements: StatementBook;
  readonly clock: Clock;
  /** SHA-256. */
  readonly digest: () => FileDigest;
}

export interface Compared {
  readonly id: StatementId;
  /** `repeated`: the same bytes had been compared before, theirs is the report. `paused`: another invocation goes on. */
  readonly outcome: "made" | "repeated" | "paused";
}

/** A stretch of a statement that is had in one go; a file is one. */
export interface StatementPart {
  /** Throws Unavailable where it breaks off. */
  readonly pieces: AsyncIterable<Uint8Array>;
  /** Where the next part begins, known when the pieces have ended; null: there is none. */
  readonly rest?: (() => string | null) | undefined;
}

export interface StatementParts {
  at(cursor: string | null): Promise<StatementPart>;
  /** Where to go on with what another invocation began; null: this one begins. */
  readonly from: { readonly place: StatementPlace | null } | null;
  readonly pace: Pace;
}

type Flaw = StatementFlaw | { readonly reason: "under_way" };

/** A file that was sent: in one go, whatever it takes. */
export function compareStatement(
  ports: ComparePorts,
  author: Author,
  run: StatementRun,
  file: AsyncIterable<Uint8Array>,
): Promise<Result<Compared, Flaw>> {
  const pace = { pagesLeft: Infinity, untilMs: Infinity };
  return compareParts(ports, author, run, { at: async () => ({ pieces: file }), from: null, pace });
}

/**
 * A day's statement of one account against what the books have, in one pass: a page of rows is read,
 * looked up, judged and kept, then the next. It moves no money and may be done again. A run that ends
 * in a refusal, or is thrown out of, leaves no report; one that has parts behind it is paused where the
 * gateway breaks off.
 */
export async function compareParts(
  ports: ComparePorts,
  author: Author,
  run: StatementRun,
  parts: StatementParts,
): Promise<Result<Compared, Flaw>> {
  const { statements, clock } = ports;
  if (parts.from === null && !(await statements.begin(run))) return err({ reason: "under_way" });
  const tally = new StatementTally(run, parts.from?.place?.tally ?? null);
  const comparing = { statements, clock, run, tally, pace: parts.pace };
  try {
    const read = await readParts(ports, comparing, parts);
    if (!read.ok) return await forgotten(statements, run, read);
    const { value } = read;
    if (value.kind === "paused") return ok({ id: run.id, outcome: "paused" });
    const ended = await finish(comparing, author, value);
    const counts = ended.ok && ended.value.outcome === "made";
    return counts ? ended : await forgotten(statements, run, ended);
  } catch (error) {
    // Where it cannot be forgotten now, the next statement of this account does it.
    await statements.forget(run.id).catch(() => {});
    throw error;
  }
}

async function forgotten<Answer>(
  statements: StatementBook,
  { id }: StatementRun,
  answer: Answer,
): Promise<Answer> {
  await statements.forget(id);
  return answer;
}

/** What is known of a statement that was read to its end. */
interface StatementEnd {
  readonly kind: "end";
  /** SHA-256 of its bytes; of several parts, of each behind the digest of those before it. */
  readonly digest: string;
  readonly accountNamed: boolean;
}

const PAUSED = { kind: "paused" } as const;

async function readParts(
  ports: ComparePorts,
  comparing: Comparing,
  { at, from }: StatementParts,
): Promise<Result<StatementEnd | typeof PAUSED, StatementFlaw>> {
  const { statements, clock, run, tally, pace } = comparing;
  let place = from?.place ?? beginning(tally);
  let isKept = from?.place !== undefined && from.place !== null;
  /* oxlint-disable no-await-in-loop -- a part begins where the one before it ended */
  for (;;) {
    try {
      const read = await readPart(ports, comparing, place, at);
      if (!read.ok) return read;
      if (read.value.kind !== "next") return ok(read.value);
      place = read.value.place;
      isKept = true;
    } catch (error) {
      // What is kept is good; what is not even begun is begun anew.
      if (!(error instanceof Unavailable) || !isKept) throw error;
      await statements.pause(run.id, clock.nowMs() + error.retryAfterSeconds * 1_000);
      return ok(PAUSED);
    }
    if (pace.pagesLeft <= 0 || clock.nowMs() >= pace.untilMs) {
      await statements.pause(run.id, clock.nowMs());
      return ok(PAUSED);
    }
  }
  /* oxlint-enable no-await-in-loop */
}

interface NextPart {
  readonly kind: "next";
  readonly place: StatementPlace;
}

/** Answers the place behind it, once that is kept; the end, where there is no more. */
async function readPart(
  { digest }: ComparePorts,
  comparing: Comparing,
  place: StatementPlace,
  at: StatementParts["at"],
): Promise<Result<NextPart | StatementEnd | typeof PAUSED, StatementFlaw>> {
  const { statements, clock, run, tally } = comparing;
  const hash = digest();
  if (place.before.digest !== null) await hash.push(new TextEncoder().encode(place.before.digest));
  const part = await at(place.cursor);
  const read = await comparePages(comparing, place, digested(part.pieces, hash));
  if (!read.ok) return read;
  if (read.value === "lost") return ok(PAUSED);
  if (read.value === "paused") {
    await statements.pause(run.id, clock.nowMs());
    return ok(PAUSED);
  }
  const { reader, isCut, lines } = read.value;
  const sum = await hash.end();
  const cursor = part.rest?.() ?? null;
  if (cursor === null) {
    const flaw = flawOf(comparing, isCut);
    const { accountNamed } = reader;
    return flaw === null ? ok({ kind: "end", digest: sum, accountNamed }) : err(flaw);
  }
  const before = {
    rows: tally.rows(),
    badRows: tally.badRows(),
    // Each part has headings of its own.
    lines: place.before.lines + lines - 1,
    digest: sum,
  };
  const next = { cursor, before, tally: tally.state() };
  const page = { findings: [], seen: [], rowsDone: tally.rows(), place: next };
  await statements.keep(run, page, clock.nowMs());
  return ok({ kind: "next", place: next });
}

function beginning(tally: StatementTally): StatementPlace {
  const before = { rows: 0, badRows: 0, lines: 0, digest: null };
  return { cursor: null, before, tally: tally.state() };
}

async function* digested(file: AsyncIterable<Uint8Array>, hash: FileDigest) {
  for await (const piece of file) {
    await hash.push(piece);
    yield piece;
  }
}

function flawOf({ run, tally }: Comparing, isCut: boolean): StatementFlaw | null {
  const { endsWithTotals } = statementFormat(run.format);
  if (isCut && !endsWithTotals) return { reason: "incomplete", total: null };
  return tally.flaw({ endsWithTotals, isWhole: run.origin === "fetched" });
}

/** Of a statement that was wholly read: what it lacks, whose it is, and the report. */
async function finish(
  comparing: Comparing,
  author: Author,
  { digest, accountNamed }: StatementEnd,
): Promise<Result<Compared, StatementFlaw>> {
  const { statements, run, tally } = comparing;
  const known = await statements.sameFile(run, digest);
  if (known !== null) return ok({ id: known, outcome: "repeated" });
  const missing = await findMissingThere(comparing);
  if (!missing.ok) return missing;
  const foreign = await foreignOf(comparing, { accountNamed, missing: missing.value });
  if (foreign !== null) return err(foreign);
  const summary = tally.summary();
  const { rows, matched } = summary;
  const { accountId: account, day, accountChecked: account_checked } = run;
  const detail = { account, day, rows, matched, account_checked };
  const entry = { ...author, action: "statement.compare", subject: run.id, detail };
  await statements.finish(run, { digest, summary }, entry);
  return ok({ id: run.id, outcome: "made" });
}

/** Of a file that nobody says is this account's: whether it looks like another's. */
async function foreignOf(
  { statements, run, tally }: Comparing,
  { accountNamed, missing }: { readonly accountNamed: boolean; readonly missing: number },
): Promise<StatementFlaw | null> {
  if (accountNamed || run.accountChecked || run.origin === "fetched") return null;
  const rows = tally.rows();
  const signs = { rows, booked: rows - tally.unknownRows(), missing };
  if (!isDoubtful(signs)) return null;
  const namedOrders = await statements.namedOrders(run);
  return otherAccount(run.accountId, { ...signs, namedOrders });
}

/**
 * Answers how much our books have that no statement had. A file without so much of what was reported on its day is
 * another account's: D1 has no room to say it all.
 */
async function findMissingThere({
  statements,
  clock,
  run,
  tally,
  pace,
}: Comparing): Promise<Result<number, StatementFlaw>> {
  const place = null;
  let after: LoneMoney | null = null;
  let missing = 0;
  for (let pages = 0; pages < MISSING_PAGES_MAX; pages++) {
    /* oxlint-disable no-await-in-loop -- each page begins where the last one ended */
    const lone: readonly LoneMoney[] = await statements.missingThere(run, after, PAGE);
    const page = { findings: lone.map(missingThere), seen: [], rowsDone: tally.rows(), place };
    if (lone.length > 0) await statements.keep(run, page, clock.nowMs());
    missing += lone.length;
    pace.pagesLeft--;
    if (lone.length < PAGE) return ok(missing);
    after = lone.at(-1) ?? null;
    /* oxlint-enable no-await-in-loop */
  }
  return err({ reason: "too_many_missing", missingMax: MISSING_PAGES_MAX * PAGE });
}
