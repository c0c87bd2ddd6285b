import { createMessageBatch } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import type { AccountId, MerchantId, OrderId } from "../../../src/domain/ids.ts";
import type { PaymentAccount, PaymentStatus } from "../../../src/flows/payments/payment-ports.ts";
import type { GatewayQuestions } from "../../../src/flows/payments/query-ports.ts";
import type { Bindings } from "../../../src/platform/bindings.ts";
import { depsFor, type Deps } from "../../../src/platform/deps.ts";
import { consume } from "../../../src/queues/consume.ts";
import { askGateways } from "../../../src/scheduled/ask-gateways.ts";

export const MINUTE_MS = 60_000;
type Gateway = PaymentAccount["gateway"];
type Slice = Parameters<GatewayQuestions["send"]>[0][number];

/**
 * The schedule by a clock that is driven by hand, over the real objects, the real D1 and the real consumer; the
 * gateway's other side is the test's. What is waited for passes at once, and is seen on the clock.
 */
export class QuerySchedule {
  nowMs = Date.now();
  readonly real = depsFor(env as Bindings, {});
  readonly #merchantId: MerchantId;
  /** Slices on their way, by when they come. */
  #slices: (Slice & { readonly atMs: number })[] = [];
  readonly #waiters: { readonly atMs: number; readonly wake: () => void }[] = [];
  #passing = Promise.resolve();
  /** Every slice that was ever sent. */
  readonly sent: Slice[] = [];
  queueDown = false;

  constructor(merchantId: string) {
    this.#merchantId = merchantId as MerchantId;
  }

  account(gateway: Gateway, id: AccountId, queriesPerMinute: number | null = null): PaymentAccount {
    return { id, merchantId: this.#merchantId, gateway, queriesPerMinute };
  }

  /** Every account has this gateway, and may be asked so often. */
  depsWith(gateway: Gateway, perMinute: (id: AccountId) => number | null = () => null): Deps {
    return {
      ...this.real,
      clock: { nowMs: () => this.nowMs },
      pause: (ms) => this.#pause(ms),
      gatewayQuestions: {
        send: async (slices) => {
          if (this.queueDown) throw new Error("the queue takes nothing");
          this.sent.push(...slices);
          const coming = slices.map((slice) => ({
            ...slice,
            atMs: this.nowMs + slice.afterSeconds * 1_000,
          }));
          this.#slices = [...this.#slices, ...coming].toSorted((a, b) => a.atMs - b.atMs);
        },
      },
      paymentAccounts: {
        ...this.real.paymentAccounts,
        account: async (id) => this.account(gateway, id, perMinute(id)),
      },
    };
  }

  /** The next minute of the schedule, with all its slices. Answers how many payments the schedule itself found. */
  async minute(deps: Deps): Promise<number> {
    const beganAtMs = this.nowMs;
    const paid = await askGateways(deps, this.nowMs);
    await this.deliver(deps);
    this.nowMs = Math.max(this.nowMs, beganAtMs + MINUTE_MS);
    return paid;
  }

  /** Whoever waits the shortest goes on first, once what is under way has been let go on. */
  #pause(ms: number): Promise<void> {
    return new Promise((wake) => {
      this.#waiters.push({ atMs: Math.ceil(this.nowMs + ms), wake });
      this.#passing = this.#passing.then(othersHaveGoneOn).then(() => this.#wakeOne());
    });
  }

  #wakeOne(): void {
    this.#waiters.sort((a, b) => a.atMs - b.atMs);
    const first = this.#waiters.shift();
    this.nowMs = Math.max(this.nowMs, first?.atMs ?? 0);
    first?.wake();
  }

  async deliver(deps: Deps): Promise<void> {
    for (let slice = this.#slices.shift(); slice !== undefined; slice = this.#slices.shift()) {
      this.nowMs = Math.max(this.nowMs, slice.atMs);
      await deliverSlice(deps, slice.body);
    }
  }
}

/** What hangs on promises alone is through; a timer for each of thousands of pauses would take as long as they do. */
async function othersHaveGoneOn(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

/** As the queue would bring it, once. */
export async function deliverSlice(deps: Deps, body: unknown): Promise<void> {
  const message = { id: crypto.randomUUID(), timestamp: new Date(), attempts: 1, body };
  await consume(createMessageBatch("gateway-questions", [message]), deps);
}

/** A gateway that counts who is asked about, and when. */
export function countingGateway(
  clock: { readonly nowMs: number },
  answer: (orderId: OrderId) => PaymentStatus,
) {
  const asked: OrderId[] = [];
  const times = new Map<OrderId, number[]>();
  const gateway = {
    capabilities: { query: true, opensByCall: false },
    query: async ({ orderId }: { orderId: OrderId }) => {
      asked.push(orderId);
      times.set(orderId, [...(times.get(orderId) ?? []), clock.nowMs]);
      return answer(orderId);
    },
  } as unknown as Gateway;
  return { gateway, asked, times };
}

interface Crowd {
  readonly merchantId: string;
  readonly accountId: string;
  readonly count: number;
  readonly nowMs: number;
  /** How long each still has its keys. */
  readonly holdMs?: number;
  readonly lane?: number;
}

/** Orders of an account that are due, the longest first by their number. */
export async function crowd(given: Crowd): Promise<void> {
  const { merchantId, accountId, count, nowMs, holdMs = 10 * MINUTE_MS, lane = 1 } = given;
  const rows = Array.from({ length: count }, (_, n) => ({
    id: `ord_${accountId}_${n}`,
    due: nowMs - 10_000 + n,
  }));
  await env.DB.prepare(
    `INSERT INTO payment_queries SELECT value ->> 'id', ?1, ?2, 1000, 'CNY', ?3, ?4, value ->> 'due', 0, ?6
     FROM json_each(?5)`,
  )
    .bind(merchantId, accountId, nowMs - MINUTE_MS, nowMs + holdMs, JSON.stringify(rows), lane)
    .run();
}

export interface QueryRow {
  readonly failures: number;
  readonly due_at_ms: number;
  readonly lane: number;
}

export const queryRowOf = (id: string): Promise<QueryRow | null> =>
  env.DB.prepare("SELECT * FROM payment_queries WHERE order_id = ?").bind(id).first<QueryRow>();

export const silenced = () => vi.spyOn(console, "warn").mockReturnValue();
