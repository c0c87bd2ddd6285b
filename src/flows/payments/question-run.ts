import type { AccountId } from "../../domain/ids.ts";
import { spacingMs } from "../../domain/payments/query-plan.ts";
import { laneOf, nextQueryMs, type QueryAnswer } from "../../domain/payments/query-rhythm.ts";
import { askAbout } from "./ask-gateway.ts";
import type { PaymentAccount, PaymentAccounts, PaymentStatus } from "./payment-ports.ts";
import type { AskedQuery, DueQuery, PaymentQueries } from "./query-ports.ts";

export type QuestionPorts = Parameters<typeof askAbout>[0] & {
  readonly paymentAccounts: PaymentAccounts;
  readonly paymentQueries: PaymentQueries;
  /** Resolves after so many milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
};

/** A Worker has six connections at a time; a gateway that stalls must not have them all. */
const AT_ONCE = 6;
const AT_ONCE_PER_ACCOUNT = 4;
/** No call begins later in a run: each ends within eight seconds, and the next run comes in a minute. */
const RUN_MS = 40_000;
/** What a gateway is asked in a minute where neither its merchant nor its own document says more. */
const PER_MINUTE = 300;

export interface AskedOrders {
  readonly asked: number;
  /** Payments that were found, whose notice has not come. */
  readonly paid: number;
  readonly failures: readonly { readonly accountId: AccountId; readonly cause: unknown }[];
}

/** How many questions a minute the account's gateway is asked at most by the schedule. */
export function questionRate({ queriesPerMinute, gateway }: PaymentAccount): number {
  return queriesPerMinute ?? gateway.capabilities.queriesPerMinute ?? PER_MINUTE;
}

/** Asks about the orders, writes down when each is to be asked about again, and answers what was found. */
export async function askAll(
  ports: QuestionPorts,
  due: readonly DueQuery[],
  nowMs: number,
): Promise<AskedOrders> {
  const run = new QuestionRun(ports, due, nowMs + RUN_MS);
  await Promise.all(Array.from({ length: AT_ONCE }, () => run.work()));
  await ports.paymentQueries.settle(run.asked);
  const { paid, failures } = run;
  return { asked: run.asked.length, paid, failures };
}

/** One run: its accounts side by side, each at its own pace, and what has become of each order. */
class QuestionRun {
  readonly asked: AskedQuery[] = [];
  readonly failures: { accountId: AccountId; cause: unknown }[] = [];
  paid = 0;
  readonly #ports: QuestionPorts;
  readonly #waiting: Map<AccountId, DueQuery[]>;
  readonly #active = new Map<AccountId, number>();
  /** When the account may be asked next. */
  readonly #turnMs = new Map<AccountId, number>();
  readonly #untilMs: number;

  constructor(ports: QuestionPorts, due: readonly DueQuery[], untilMs: number) {
    this.#ports = ports;
    this.#waiting = Map.groupBy(due, ({ accountId }) => accountId);
    this.#untilMs = untilMs;
  }

  /** One order after the other, until there is none that may be asked about now. */
  async work(): Promise<void> {
    const query = this.#next();
    if (query === null) return;
    const { accountId } = query;
    this.#active.set(accountId, (this.#active.get(accountId) ?? 0) + 1);
    try {
      await this.#ask(query);
    } catch (cause) {
      this.failures.push({ accountId, cause });
      this.#again(query, "unavailable");
    }
    this.#active.set(accountId, (this.#active.get(accountId) ?? 1) - 1);
    return this.work();
  }

  /** Of the accounts in turn: whose order was taken goes to the end. */
  #next(): DueQuery | null {
    if (this.#ports.clock.nowMs() >= this.#untilMs) {
      for (const accountId of this.#waiting.keys()) this.#leave(accountId, 0);
      return null;
    }
    for (const [accountId, queries] of this.#waiting) {
      if ((this.#active.get(accountId) ?? 0) >= AT_ONCE_PER_ACCOUNT) continue;
      const query = queries.shift();
      this.#waiting.delete(accountId);
      if (queries.length > 0) this.#waiting.set(accountId, queries);
      if (query !== undefined) return query;
    }
    return null;
  }

  async #ask(query: DueQuery): Promise<void> {
    const { orderId, accountId, amountMinor, currency, references } = query;
    const account = await this.#ports.paymentAccounts.account(accountId);
    if (account === null) return this.#done(query);
    if (!(await this.#turnOf(account))) return this.#later(query, 0);
    const question = { orderId, money: { amountMinor, currency }, references };
    const status = await askAbout(this.#ports, account, question);
    this.#take(query, status, account);
  }

  /** Waits until the account may be asked; false where that is after the run. */
  async #turnOf(account: PaymentAccount): Promise<boolean> {
    const nowMs = this.#ports.clock.nowMs();
    const atMs = Math.max(nowMs, this.#turnMs.get(account.id) ?? nowMs);
    if (atMs >= this.#untilMs) return false;
    this.#turnMs.set(account.id, atMs + spacingMs(questionRate(account)));
    if (atMs > nowMs) await this.#ports.pause(atMs - nowMs);
    return true;
  }

  #take(query: DueQuery, status: PaymentStatus, { id }: PaymentAccount): void {
    switch (status.kind) {
      case "paid":
        this.paid++;
        return this.#done(query);
      case "refunded":
      case "unsupported":
        return this.#done(query);
      case "pending":
      case "unknown":
      case "closed":
        return this.#again(query, status.kind);
      case "unavailable": {
        const { reason, retryAfterSeconds } = status;
        // Nobody was asked where the breaker is open: the order is due as it was.
        if (reason === "breaker_open") this.#later(query, (retryAfterSeconds ?? 0) * 1_000);
        else this.#again(query, "unavailable");
        // A gateway that says how long it wants to be left alone is left alone by the account's others, too.
        if (reason === "breaker_open" || retryAfterSeconds !== null) {
          this.#leave(id, (retryAfterSeconds ?? 0) * 1_000);
        }
        return;
      }
      default:
        return status satisfies never;
    }
  }

  #leave(accountId: AccountId, forMs: number): void {
    for (const query of this.#waiting.get(accountId) ?? []) this.#later(query, forMs);
    this.#waiting.delete(accountId);
  }

  #later(query: DueQuery, forMs: number): void {
    this.#settle(query, query.failures, this.#ports.clock.nowMs() + forMs);
  }

  #again(query: DueQuery, answer: QueryAnswer): void {
    const failures = answer === "unavailable" ? query.failures + 1 : 0;
    const nowMs = this.#ports.clock.nowMs();
    this.#settle(query, failures, nextQueryMs(query, answer, { nowMs, failures }));
  }

  #done(query: DueQuery): void {
    this.#settle(query, 0, null);
  }

  #settle(query: DueQuery, failures: number, dueAtMs: number | null): void {
    const lane = dueAtMs === null ? 0 : laneOf(query, dueAtMs);
    this.asked.push({ orderId: query.orderId, failures, dueAtMs, lane });
  }
}
