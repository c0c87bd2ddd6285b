import type { AccountId } from "../../domain/ids.ts";
import {
  planSlices,
  SLICE_MAX,
  type Backlog,
  type Slice,
} from "../../domain/payments/query-plan.ts";
import type { Entropy } from "../ports.ts";
import type { ClaimedQueries, GatewayQuestions, QuestionsDue } from "./query-ports.ts";
import { askAll, questionRate, type AskedOrders, type QuestionPorts } from "./question-run.ts";

interface Ports extends QuestionPorts {
  readonly breakers: { isOpen(dependency: `gateway:${AccountId}`): boolean };
  readonly gatewayQuestions: GatewayQuestions;
  readonly entropy: Entropy;
}

/** Of all accounts, and of one, in the schedule's own invocation: what it can ask in its time. */
const TOTAL_MAX = 400;
const PER_ACCOUNT_MAX = 120;
const ACCOUNTS_MAX = 100;
/** Accounts that are found to have orders due in one run; beyond those it asks itself, each has a slice. */
const FOUND_MAX = 300;
/** If a run dies, its orders are due again when the next but one comes. */
const LEASE_MS = 90_000;
const MINUTE_MS = 60_000;
/** A slice that comes later than this after its minute is not asked: the next minute has planned anew. */
const LATE_MS = 5_000;

interface AskedMinute extends AskedOrders {
  /** Why the rest was not handed on; null where it was, or there is none. */
  readonly unsent: unknown;
}

/**
 * Asks gateways about the orders that are due: those in their hold every minute, those past it ever more rarely. Each
 * account has its share, so that ten thousand orders of one hold up nobody else's. What one invocation cannot ask in
 * its time is handed on, slice by slice, to invocations of their own, as fast as the account's gateway may be asked
 * and no faster. What is beyond that rate waits for the next minute: those near their deadline go first, then the
 * longest waiting. An account whose breaker is open is left alone until it closes.
 */
export async function askDueOrders(ports: Ports, nowMs: number): Promise<AskedMinute> {
  const claimed = await ports.paymentQueries.claim(nowMs, {
    accountsMax: ACCOUNTS_MAX,
    foundMax: FOUND_MAX,
    total: TOTAL_MAX,
    perAccount: PER_ACCOUNT_MAX,
    leaseMs: LEASE_MS,
    from: `acct_${letterOf(ports.entropy)}`,
  });
  // Handed on first, so that its slices come beside what is asked here.
  const unsent = await handOn(ports, claimed, nowMs).catch((cause: unknown) => cause);
  return { ...(await askAll(ports, claimed.due, nowMs)), unsent: unsent ?? null };
}

/** One slice, in an invocation of its own. What it finds due is what it asks: a slice that comes twice asks once. */
export async function askOrdersOf(
  ports: QuestionPorts,
  { accountId, most, notAfterMs }: QuestionsDue,
  nowMs: number,
): Promise<AskedOrders> {
  if (nowMs > notAfterMs) return { asked: 0, paid: 0, failures: [] };
  const due = await ports.paymentQueries.claimOf(accountId, nowMs, {
    most: Math.min(most, SLICE_MAX),
    leaseMs: LEASE_MS,
  });
  return askAll(ports, due, nowMs);
}

async function handOn(
  ports: Ports,
  { due, full, unvisited }: ClaimedQueries,
  nowMs: number,
): Promise<void> {
  const taken = Map.groupBy(due, ({ accountId }) => accountId);
  const answering = full.filter((id) => !ports.breakers.isOpen(`gateway:${id}`));
  const rates = await Promise.all(
    answering.map(async (id) => {
      const account = await ports.paymentAccounts.account(id).catch(() => null);
      return account === null ? [] : [{ accountId: id, perMinute: questionRate(account) }];
    }),
  );
  const asked = rates.flat();
  await ports.paymentQueries.sortLanes(answering, nowMs);
  const counts = await ports.paymentQueries.countDue(
    asked.map(({ accountId, perMinute }) => ({ accountId, most: perMinute })),
    nowMs + MINUTE_MS,
  );
  const backlogs = asked.map(({ accountId, perMinute }, index): Backlog => ({
    accountId,
    perMinute,
    due: counts[index] ?? 0,
    taken: taken.get(accountId)?.length ?? 0,
  }));
  const slices = [...unvisited.map(firstSlice), ...planSlices(backlogs)];
  const notAfterMs = nowMs + MINUTE_MS + LATE_MS;
  if (slices.length === 0) return;
  await ports.gatewayQuestions.send(
    slices.map(({ accountId, most, afterMs }) => ({
      body: { v: 1, kind: "questions_due", accountId, most, notAfterMs },
      afterSeconds: Math.floor(afterMs / 1_000),
    })),
  );
}

/** Of an account that this run had no room for: whatever its rate, its own invocation goes by it. */
function firstSlice(accountId: AccountId): Slice {
  return { accountId, most: SLICE_MAX, afterMs: 0 };
}

function letterOf(entropy: Entropy): string {
  const [byte = 0] = entropy.bytes(1);
  return "0123456789abcdefghjkmnpqrstvwxyz".charAt(byte % 32);
}
