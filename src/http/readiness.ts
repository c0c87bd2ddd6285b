import type { Deps } from "../platform/deps.ts";

/** A mail that has been due for longer says that mail does not flow. */
const MAIL_DUE_SECONDS_MAX = 600;
/** Outboxes are sent again at least every ten minutes: three times in vain say that the book gets none. */
const UNPUBLISHED_SECONDS_MAX = 1_800;
/** A walk through some object ends every few minutes, or half an hour after the round before. */
const LAST_CHECK_SECONDS_MAX = 2 * 3600;
/** Ten million orders take half a day; who was not walked through in two days is not reached. */
const LONGEST_AGO_SECONDS_MAX = 48 * 3600;

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly [evidence: string]: string | number | boolean | null;
}

/** Everything that a person may have to see to. Counts and ages only. */
export async function readiness(deps: Deps, nowMs: number): Promise<Check[]> {
  const [messages, mails, summary] = await Promise.all([
    parkedMessages(deps),
    mail(deps, nowMs),
    deps.findings.summary(),
  ]);
  return [
    { name: "database", ok: true },
    breakerCheck(deps),
    messages,
    mails,
    await orderBook(deps, summary.behind, nowMs),
    ledger(summary, nowMs),
  ];
}

/**
 * What this isolate has stopped asking. Where the next sender or account does the work, or memory does,
 * nothing has failed yet: only D1 is what everything comes to in the end.
 */
export function breakerCheck({ breakers }: Pick<Deps, "breakers">): Check {
  const known = breakers.known();
  const named = (state: string) =>
    known.flatMap((each) => (each.state === state ? [each.dependency] : [])).join(" ");
  const open = named("open");
  return {
    name: "breakers",
    ok: !open.split(" ").includes("database"),
    open,
    half_open: named("half_open"),
    closed: known.filter(({ state }) => state === "closed").length,
  };
}

type Summary = Awaited<ReturnType<Deps["findings"]["summary"]>>;

async function parkedMessages({ parked }: Deps): Promise<Check> {
  const messages = await parked.count();
  return { name: "parked_messages", ok: messages === 0, count: messages };
}

async function mail({ deliveries, mailSenders, switches }: Deps, nowMs: number): Promise<Check> {
  const [oldestDueAtMs, failed, { mail: off }] = await Promise.all([
    deliveries.oldestDueAtMs(nowMs),
    deliveries.countFailed(),
    switches.of(null),
  ]);
  const seconds = secondsSince(oldestDueAtMs, nowMs) ?? 0;
  return {
    name: "mail",
    // Mail that somebody has switched off waits because they said so.
    ok: off || seconds <= MAIL_DUE_SECONDS_MAX,
    switched_off: off,
    oldest_due_seconds: seconds,
    failed,
    senders: mailSenders.length,
  };
}

/**
 * How far the order book is behind: the longest that reconcile saw a change wait, if it still does.
 * Only the few objects that were furthest behind are asked; one that does not answer waits on.
 */
async function orderBook(
  { stock }: Deps,
  behind: Summary["behind"],
  nowMs: number,
): Promise<Check> {
  const still = await Promise.all(
    behind.map(async ({ stockNumber, oldestAtMs }) => {
      const health = await stock
        .of(stockNumber)
        .health()
        .catch(() => null);
      return health === null ? oldestAtMs : health.oldestOutboxAtMs;
    }),
  );
  const waiting = still.filter((atMs) => atMs !== null);
  const seconds = waiting.length === 0 ? 0 : (secondsSince(Math.min(...waiting), nowMs) ?? 0);
  return {
    name: "order_book",
    ok: seconds <= UNPUBLISHED_SECONDS_MAX,
    oldest_unpublished_seconds: seconds,
  };
}

/**
 * Whether rows, counts, order book and archive agreed when reconcile last looked, and when it did. An
 * object that it has never reached has waited since its product was made.
 */
function ledger(summary: Summary, nowMs: number): Check {
  const { open, stocks, lastCheckedAtMs, longestAgoMs, unwalkedSinceMs } = summary;
  const last = secondsSince(lastCheckedAtMs, nowMs);
  const longest = secondsSince(earliest(longestAgoMs, unwalkedSinceMs), nowMs);
  return {
    name: "ledger",
    ok:
      open === 0 &&
      (last ?? longest ?? 0) <= LAST_CHECK_SECONDS_MAX &&
      (longest ?? 0) <= LONGEST_AGO_SECONDS_MAX,
    open_findings: open,
    stock_objects: stocks,
    last_check_seconds: last,
    longest_ago_seconds: longest,
  };
}

function earliest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

function secondsSince(atMs: number | null, nowMs: number): number | null {
  return atMs === null ? null : Math.round((nowMs - atMs) / 1000);
}
