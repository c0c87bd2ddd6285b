import type { Author } from "../../domain/audit.ts";
import {
  ID_BYTES,
  newId,
  type AccountId,
  type MerchantId,
  type StatementId,
} from "../../domain/ids.ts";
import type { ShopSettings } from "../../domain/settings/shop-settings.ts";
import { nextFetchMs, readyDays, STATEMENT_LEASE_MS } from "../../domain/statements/nightly.ts";
import { Unavailable } from "../../domain/overload/unavailable.ts";
import type { Pace } from "./compare-pages.ts";
import type { Compared, ComparePorts } from "./compare-statement.ts";
import { FETCH_PAGES_MAX, fetchStatement, type FetchRefusal } from "./fetch-statement.ts";
import type { PaymentAccounts, PaymentGateway } from "../payments/payment-ports.ts";
import type { Entropy } from "../ports.ts";
import type { DueFetch, FetchResult, StatementFetches } from "./statement-fetch-ports.ts";
import type { PausedRun, StatementRun } from "./statement-ports.ts";
import { statementRun, type StatedAccount } from "./statement-run.ts";

interface Ports extends ComparePorts {
  readonly statementFetches: StatementFetches;
  readonly paymentAccounts: PaymentAccounts;
  readonly paymentAccountBook: { byId(id: AccountId): Promise<StatedAccount | null> };
  readonly shopSettings: (id: MerchantId) => Promise<Pick<ShopSettings, "statements">>;
  readonly entropy: Entropy;
}

/** Statements of one run; a long one may be all that it does. */
const FETCHES_MAX = 20;
/** An invocation of the schedule may take fifteen minutes; the next one comes every two. */
const RUN_MS = 100_000;
/** What could not be gone on with for so long is forgotten, and fetched anew. */
const PAUSED_MAX_MS = 12 * 3_600_000;
const GO_ON_AGAIN_MS = 5 * 60_000;
/** Who the audit log says it was. */
const ACTOR = "schedule";

export interface FetchedByNight {
  /** Reports that were made. */
  readonly made: readonly { readonly merchantId: MerchantId; readonly id: StatementId }[];
  readonly failures: readonly { readonly accountId: AccountId; readonly cause: unknown }[];
}

/**
 * Goes on with statements that were too long for one invocation, then asks gateways for the days that are over:
 * each account's once, again with growing pauses where it is not ready. Bounded; the next run does more.
 */
export async function fetchDueStatements(ports: Ports, nowMs: number): Promise<FetchedByNight> {
  const { statementFetches: fetches, statements, clock } = ports;
  await fetches.plan(readyDays(nowMs), nowMs);
  const made: FetchedByNight["made"][number][] = [];
  const failures: FetchedByNight["failures"][number][] = [];
  const pace = { pagesLeft: FETCH_PAGES_MAX, untilMs: nowMs + RUN_MS };
  /* oxlint-disable no-await-in-loop -- one after the other: together they would not be bounded */
  for (let n = 0; n < FETCHES_MAX && pace.pagesLeft > 0 && clock.nowMs() < pace.untilMs; n++) {
    const paused = await statements.claimPaused(clock.nowMs());
    const due = paused ?? (await fetches.claim(clock.nowMs(), STATEMENT_LEASE_MS));
    if (due === null) break;
    try {
      const compared = await (paused === null
        ? fetchOne(ports, { failures: 0, ...due }, pace)
        : goOn(ports, paused, pace));
      if (compared?.outcome === "made") made.push({ merchantId: due.merchantId, id: compared.id });
    } catch (cause) {
      failures.push({ accountId: due.accountId, cause });
    }
  }
  /* oxlint-enable no-await-in-loop */
  return { made, failures };
}

type Named = Pick<DueFetch, "accountId" | "merchantId" | "day">;

async function fetchOne(ports: Ports, fetch: DueFetch, pace: Pace): Promise<Compared | null> {
  const { statementFetches: fetches } = ports;
  try {
    const { compared, result } = await attempt(ports, fetch, pace);
    if (result !== null) await fetches.settle(fetch, result);
    return compared;
  } catch (error) {
    const refusal = { reason: error instanceof Unavailable ? "broken_off" : "failed" } as const;
    await fetches.settle(fetch, await failed(ports, fetch, null, refusal));
    throw error;
  }
}

interface Attempt {
  readonly compared: Compared | null;
  /** Null where the report that was made has ended the fetch. */
  readonly result: FetchResult | null;
}

async function attempt(ports: Ports, fetch: DueFetch, pace: Pace): Promise<Attempt> {
  const without = (result: FetchResult) => ({ compared: null, result });
  const { statements: wanted } = await ports.shopSettings(fetch.merchantId);
  if (!wanted.fetchByNight) return without(ended("off", null));
  const opened = await open(ports, fetch, null);
  if (opened === null) return without(ended("given_up", "unsupported"));
  const { run, gateway } = opened;
  const known = await ports.statements.finishedBeside(run);
  if (known !== null) return without(done(known));
  const asked = { gateway, from: null, pace };
  const fetched = await fetchStatement(ports, author(ports, fetch), run, asked);
  if (!fetched.ok) return without(await failed(ports, fetch, run, fetched.error));
  const compared = fetched.value;
  switch (compared.outcome) {
    case "made":
      return { compared, result: null };
    case "repeated":
      return { compared, result: done(compared.id) };
    case "paused": {
      // Its report will end the fetch; where it is forgotten, the fetch begins anew.
      const dueAtMs = ports.clock.nowMs() + PAUSED_MAX_MS;
      const { failures } = fetch;
      return { compared, result: { ...ended("waiting", null), dueAtMs, failures } };
    }
    default:
      return compared.outcome satisfies never;
  }
}

/** What was begun by the schedule or by a person, and was too long for one invocation. */
async function goOn(ports: Ports, paused: PausedRun, pace: Pace): Promise<Compared | null> {
  const { statements, clock, statementFetches: fetches } = ports;
  const isOld = clock.nowMs() - paused.startedAtMs > PAUSED_MAX_MS;
  const opened = isOld ? null : await open(ports, paused, paused);
  if (opened === null) {
    await statements.forget(paused.id);
    return null;
  }
  const asked = { gateway: opened.gateway, from: paused, pace };
  try {
    const fetched = await fetchStatement(ports, author(ports, paused), opened.run, asked);
    if (fetched.ok) return fetched.value;
    const { reason } = fetched.error;
    // The gateway's word of now says nothing against what is kept; a flaw of the file has undone it.
    if (reason === "unavailable" || reason === "gateway_refused") {
      await statements.pause(paused.id, clock.nowMs() + GO_ON_AGAIN_MS);
    } else await fetches.settle(paused, ended("given_up", reason));
    return null;
  } catch (error) {
    await fetches.settle(paused, await failed(ports, { ...paused, failures: 0 }, null, FAILED));
    throw error;
  }
}

async function open(
  { paymentAccountBook, paymentAccounts, clock, entropy }: Ports,
  { accountId, day }: Named,
  paused: PausedRun | null,
): Promise<{ readonly run: StatementRun; readonly gateway: PaymentGateway } | null> {
  const [kept, account] = await Promise.all([
    paymentAccountBook.byId(accountId),
    paymentAccounts.account(accountId),
  ]);
  if (kept === null || account === null) return null;
  const { gateway } = account;
  const run = statementRun(kept, {
    id: paused?.id ?? newId("statement", entropy.bytes(ID_BYTES)),
    day,
    origin: "fetched",
    accountChecked: false,
    accountNumber: gateway.accountNumber,
    startedAtMs: paused?.startedAtMs ?? clock.nowMs(),
  });
  return run.ok ? { run: run.value, gateway } : null;
}

type Failure = FetchRefusal | { readonly reason: "broken_off" | "failed" };
const FAILED = { reason: "failed" } as const;

/** What no further try would mend. */
const FINAL: ReadonlySet<string> = new Set([
  "credentials",
  "other_account",
  "too_long",
  "too_many_missing",
  "unsupported",
]);

/** `run`: null where it came to none. */
async function failed(
  { statements, clock }: Ports,
  fetch: DueFetch,
  run: StatementRun | null,
  refusal: Failure,
): Promise<FetchResult> {
  const failures = fetch.failures + 1;
  const answer = wordOf(refusal);
  const dueAtMs = FINAL.has(answer) ? null : nextFetchMs(failures, clock.nowMs());
  if (dueAtMs !== null) return { state: "waiting", dueAtMs, failures, statementId: null, answer };
  // Where our books have nothing of the day either, there was nothing: a gateway has no file of such a day.
  const ours = run === null ? [] : await statements.missingThere(run, null, 1);
  const isNone = refusal.reason === "gateway_refused" && ours.length === 0;
  return ended(isNone ? "none" : "given_up", answer);
}

function wordOf(refusal: Failure): string {
  if (refusal.reason === "gateway_refused") return refusal.answer;
  return refusal.reason === "unavailable" ? refusal.because.reason : refusal.reason;
}

function ended(state: FetchResult["state"], answer: string | null): FetchResult {
  return { state, dueAtMs: null, failures: 0, statementId: null, answer };
}

function done(statementId: StatementId): FetchResult {
  return { ...ended("done", null), statementId };
}

function author({ clock }: Ports, { merchantId }: Named): Author {
  return { merchantId, actor: ACTOR, atMs: clock.nowMs() };
}
