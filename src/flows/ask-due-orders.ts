import type { AccountId } from "../domain/ids.ts";
import { nextQueryMs, type QueryAnswer } from "../domain/query-rhythm.ts";
import { askAbout } from "./ask-gateway.ts";
import type { PaymentAccount, PaymentAccounts, PaymentStatus } from "./payment-ports.ts";
import type { AskedQuery, DueQuery, PaymentQueries } from "./query-ports.ts";
import type { Entropy } from "./ports.ts";

type Ports = Parameters<typeof askAbout>[0] & {
  readonly paymentAccounts: PaymentAccounts;
  readonly paymentQueries: PaymentQueries;
  readonly entropy: Entropy;
};

/** Of all accounts, and of one: kind to a gateway on one machine, and far below what a Worker may call. */
const TOTAL_MAX = 400;
const PER_ACCOUNT_MAX = 300;
const ACCOUNTS_MAX = 100;
/** A Worker has six connections at a time; a gateway that stalls must not have them all. */
const AT_ONCE = 6;
const AT_ONCE_PER_ACCOUNT = 4;
/** No call begins later in a run: each ends within eight seconds, and the next run comes in a minute. */
const RUN_MS = 40_000;
/** If this run dies, its orders are due again when the next but one comes. */
const LEASE_MS = 90_000;

export interface AskedOrders {
  readonly asked: number;
  /** Payments that were found, whose notice has not come. */
  readonly paid: number;
  readonly failures: readonly { readonly accountId: AccountId; readonly cause: unknown }[];
}

/**
 * Asks gateways about the orders that are due: those in their hold every minute, those past it ever more rarely. Each
 * account has its share, so that ten thousand orders of one hold up nobody else's; what is over a share waits for
 * the next run, the longest waiting first. An account whose breaker is open is left alone until it closes.
 */
export async function askDueOrders(ports: Ports, nowMs: number): Promise<AskedOrders> {
  const due = await ports.paymentQueries.claim(nowMs, {
    accountsMax: ACCOUNTS_MAX,
    total: TOTAL_MAX,
    perAccount: PER_ACCOUNT_MAX,
    leaseMs: LEASE_MS,
    from: `acct_${letterOf(ports.entropy)}`,
  });
  const run = new Run(
    ports,
    Map.groupBy(due, ({ accountId }) => accountId),
    nowMs + RUN_MS,
  );
  await Promise.all(Array.from({ length: AT_ONCE }, () => run.work()));
  await ports.paymentQueries.settle(run.asked);
  const { paid, failures } = run;
  return { asked: run.asked.length, paid, failures };
}

function letterOf(entropy: Entropy): string {
  const [byte = 0] = entropy.bytes(1);
  return "0123456789abcdefghjkmnpqrstvwxyz".charAt(byte % 32);
}

/** One run: its accounts side by side, and what has become of each order. */
class Run {
  readonly asked: AskedQuery[] = [];
  readonly failures: { accountId: AccountId; cause: unknown }[] = [];
  paid = 0;
  readonly #ports: Ports;
  readonly #waiting: Map<AccountId, DueQuery[]>;
  readonly #active = new Map<AccountId, number>();
  readonly #untilMs: number;

  constructor(ports: Ports, waiting: Map<AccountId, DueQuery[]>, untilMs: number) {
    this.#ports = ports;
    this.#waiting = waiting;
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
    const question = { orderId, money: { amountMinor, currency }, references };
    const status = await askAbout(this.#ports, account, question);
    this.#take(query, status, account);
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
      case "unavailable":
        if (status.reason === "breaker_open") {
          // Nobody was asked: the order is due as it was, and so are the account's others.
          this.#later(query, (status.retryAfterSeconds ?? 0) * 1_000);
          return this.#leave(id, (status.retryAfterSeconds ?? 0) * 1_000);
        }
        return this.#again(query, "unavailable");
      default:
        return status satisfies never;
    }
  }

  #leave(accountId: AccountId, forMs: number): void {
    for (const query of this.#waiting.get(accountId) ?? []) this.#later(query, forMs);
    this.#waiting.delete(accountId);
  }

  #later({ orderId, failures }: DueQuery, forMs: number): void {
    this.asked.push({ orderId, failures, dueAtMs: this.#ports.clock.nowMs() + forMs });
  }

  #again(query: DueQuery, answer: QueryAnswer): void {
    const failures = answer === "unavailable" ? query.failures + 1 : 0;
    const nowMs = this.#ports.clock.nowMs();
    const dueAtMs = nextQueryMs(query, answer, { nowMs, failures });
    this.asked.push({ orderId: query.orderId, failures, dueAtMs });
  }

  #done({ orderId }: DueQuery): void {
    this.asked.push({ orderId, failures: 0, dueAtMs: null });
  }
}
