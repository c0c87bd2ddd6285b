import { patiently } from "../../src/domain/overload/patience.ts";
import { siblings } from "../../src/domain/product/shards.ts";
import { earliest, type DeadlineMs } from "../shared/alarms.ts";
import { Collector } from "./collector.ts";
import type { ReserveRequest } from "./contract.ts";
import type { PaymentRecord } from "./payment-contract.ts";
import type {
  CollectOutcome,
  LendRequest,
  ShardRpc,
  Spare,
  SpareQuery,
  Transfer,
} from "./shard-contract.ts";
import { checkReserve } from "./door.ts";
import type { ProductStockStore } from "./store.ts";

/** A shard that has not answered by then is taken for one that does not. */
const ANSWER_MS = 2_000;
/** Between two looks for what is owed: a quarter of the time that it has been owed, in these bounds. */
const OWED_LOOK_MIN_MS = 15_000;
const OWED_LOOK_MAX_MS = 600_000;
const OWED_LOOK_SHARE = 4;

export interface ShardDeps {
  readonly store: ProductStockStore;
  /** Runs it with what else is to be committed in this turn. */
  readonly commit: <T>(work: () => T) => Promise<T>;
  /** Another shard of the product. */
  readonly shard: (number: number) => ShardRpc;
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
  /** Another shard did not answer: somebody should know, nobody has to do anything. */
  readonly failed: (number: number, error: unknown) => void;
}

/**
 * A stock object as one of the shards of its product: what it asks of the others, what they ask of
 * it, and what it brings to its end when the one who began it has died. Of a product of one shard it
 * does nothing.
 */
export class Shard {
  readonly #deps: ShardDeps;
  readonly #collector: Collector;
  /** When this instance last looked for what is owed; null: not yet, so it is time. */
  #lookedAtMs: number | null = null;

  constructor(deps: ShardDeps) {
    this.#deps = deps;
    const { store, commit } = deps;
    this.#collector = new Collector({
      own: () => store.terms?.productNumber ?? null,
      others: () => this.#others(),
      shard: deps.shard,
      spare: (query) => this.spare(query),
      land: (transfer, requests) =>
        commit(() => {
          if (transfer !== null) store.receive(transfer, deps.now());
          return store.reserve(requests, deps.now());
        }),
      owed: () => store.owedWants(),
      pause: deps.pause,
      patience: () => this.#patience(),
      unanswered: deps.failed,
    });
  }

  async collect(request: ReserveRequest): Promise<CollectOutcome> {
    // Here and not among the others: they would fail with it.
    checkReserve([request]);
    return this.#collector.collect(request);
  }

  async collectOwed(): Promise<void> {
    if (this.#others().length === 0 || this.#deps.store.owedSinceMs() === null) return;
    this.#lookedAtMs = this.#deps.now();
    await this.#collector.collectOwed();
  }

  /** Paid, and no key here: the gateway has its answer, and the other shards are asked. */
  async collectAfter(payments: readonly Pick<PaymentRecord, "verdict">[]): Promise<void> {
    if (payments.some(({ verdict }) => verdict === "unfilled")) await this.collectOwed();
  }

  spare(query: SpareQuery): Promise<Spare> {
    return this.#deps.commit(() => this.#deps.store.spare(query, this.#deps.now()));
  }

  async lend(request: LendRequest): Promise<Transfer | null> {
    if (this.#collector.keepsFrom(request.to, request.variantId)) return null;
    return this.#deps.commit(() => this.#deps.store.lend(request, this.#deps.now()));
  }

  async receive(transfer: Transfer): Promise<void> {
    await this.#deps.commit(() => this.#deps.store.receive(transfer, this.#deps.now()));
  }

  finishTransfers(): Promise<void> {
    return this.#finish(Number.MAX_SAFE_INTEGER);
  }

  /** When there is something to look after by the clock. */
  dueAtMs(): DeadlineMs {
    if (this.#others().length === 0) return null;
    return earliest([this.#deps.store.transfersDueAtMs(), this.#owedDueAtMs()]);
  }

  /** What is due by the clock: transfers that nobody settled, and a look for what is owed. */
  async lookAfter(): Promise<void> {
    const nowMs = this.#deps.now();
    if (this.#others().length === 0) return;
    await this.#finish(nowMs);
    const owedDueAtMs = this.#owedDueAtMs();
    if (owedDueAtMs !== null && owedDueAtMs <= nowMs) await this.collectOwed();
  }

  #others(): readonly number[] {
    const { terms } = this.#deps.store;
    return terms === null ? [] : siblings(terms);
  }

  /** Whoever takes a transfer in twice takes it in once, so each may be sent as often as it needs. */
  async #finish(dueByMs: number): Promise<void> {
    const { store, shard, now, failed } = this.#deps;
    const open = store.claimTransfers({ dueByMs, nowMs: now() });
    await Promise.all(
      open.map(async ({ to, transfer }) => {
        try {
          const receiving = shard(to).receive(transfer);
          const arrived = await patiently(
            receiving.then(() => true),
            false,
            () => this.#patience(),
          );
          if (arrived) store.settle(transfer.number);
        } catch (error) {
          failed(to, error);
        }
      }),
    );
  }

  #patience(): Promise<void> {
    return this.#deps.pause(ANSWER_MS);
  }

  /** The older a debt, the less often: a shop that never restocks shall not be asked each minute. */
  #owedDueAtMs(): DeadlineMs {
    const sinceMs = this.#deps.store.owedSinceMs();
    if (sinceMs === null) return null;
    const nowMs = this.#deps.now();
    if (this.#lookedAtMs === null) return nowMs;
    const waitMs = (nowMs - sinceMs) / OWED_LOOK_SHARE;
    return this.#lookedAtMs + Math.min(OWED_LOOK_MAX_MS, Math.max(OWED_LOOK_MIN_MS, waitMs));
  }
}
