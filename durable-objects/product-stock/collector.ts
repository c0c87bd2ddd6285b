import { patiently, type Patience } from "../../src/domain/overload/patience.ts";
import { RESERVE_BATCH_MAX, type ReserveOutcome, type ReserveRequest } from "./contract.ts";
import {
  SPARE_MAX,
  type CollectOutcome,
  type ShardRpc,
  type Spare,
  type SpareQuery,
  type Transfer,
} from "./shard-contract.ts";
import { freeIn, isWhole, lenders, provenFree, stuck, type View } from "./shard-view.ts";

/** Looks before an order is told "busy": keys that move among so many buyers are being sold. */
const ROUNDS_MAX = 20;
/** What a look counts for to which some shard said nothing: that may have cost all of our patience. */
const UNANSWERED_ROUNDS = 5;
/**
 * Between a look that brought nothing and the next, for each shard: what is on its way has come by
 * then, and no shard is asked more than 200 times a second, however many look.
 */
const PAUSE_MS_PER_SHARD = 5;
/** Orders that may wait here at once, each an open call. */
const WAITING_MAX = 2_000;
/** Shards asked at once: the platform lets an object have six connections open. */
const ASKED_AT_ONCE = 6;

/** What a shard needs of itself, the others and the clock to look for keys. */
export interface CollectorDeps {
  /** Its own number; null as long as no terms have come. */
  readonly own: () => number | null;
  /** The others, in the order in which they are to be asked; none where the product has one shard. */
  readonly others: () => readonly number[];
  readonly shard: (number: number) => ShardRpc;
  readonly spare: (query: SpareQuery) => Promise<Spare>;
  /** Takes keys in, if any came, and reserves, in one transaction: what came for an order is its. */
  readonly land: (
    transfer: Transfer | null,
    requests: readonly ReserveRequest[],
  ) => Promise<readonly ReserveOutcome[]>;
  /** What orders here are owed, the one that waits longest first. */
  readonly owed: () => readonly Want[];
  readonly pause: (ms: number) => Promise<void>;
  /** With a shard that neither answers nor fails: those who wait here are not to wait for it. */
  readonly patience: Patience;
  /** A shard did not answer: its keys are not found until it does. */
  readonly unanswered: (number: number, error: unknown) => void;
}

interface Want {
  readonly variantId: string | null;
  readonly quantity: number;
}

interface Waiting {
  readonly request: ReserveRequest;
  readonly answer: (outcome: CollectOutcome) => void;
  readonly fail: (error: unknown) => void;
  rounds: number;
}

type Caller = ReturnType<typeof Promise.withResolvers<void>>;

/**
 * Looks for keys in the other shards, for orders that find their own empty. One look at a time
 * serves all who wait, so that a crowd in front of an empty shop costs the shards a few calls and
 * not a few each. What it remembers is lost with the object: the callers ask again.
 *
 * Why no two shards pull the last keys to and fro for ever: keys that come for an order are its in
 * the transaction in which they come, and of two shards that could both serve someone only the one
 * with the higher number lends. Should it go on all the same, orders are told "busy" after
 * ROUNDS_MAX looks.
 */
export class Collector {
  readonly #deps: CollectorDeps;
  #waiting: Waiting[] = [];
  #owedCallers: Caller[] = [];
  /** The last look by variant, as long as somebody waits. */
  readonly #views = new Map<string | null, View>();
  /** The variant that is being looked for and can be had. */
  #reachesFor: string | null | undefined;
  #running = false;

  constructor(deps: CollectorDeps) {
    this.#deps = deps;
  }

  collect(request: ReserveRequest): Promise<CollectOutcome> {
    if (this.#waiting.length >= WAITING_MAX) return Promise.resolve({ kind: "busy" });
    const { promise, resolve, reject } = Promise.withResolvers<CollectOutcome>();
    this.#waiting.push({ request, answer: resolve, fail: reject, rounds: 0 });
    this.#start();
    return promise;
  }

  /** One look for what is owed here. */
  collectOwed(): Promise<void> {
    const caller = Promise.withResolvers<void>();
    this.#owedCallers.push(caller);
    this.#start();
    return caller.promise;
  }

  /** Whether this shard keeps what it has, as far as that one is concerned. */
  keepsFrom(other: number, variantId: string | null): boolean {
    const own = this.#deps.own();
    return this.#reachesFor === variantId && own !== null && own < other;
  }

  #start(): void {
    if (this.#running) return;
    this.#running = true;
    // In a turn of its own: whoever comes in this one is in the first round.
    void Promise.resolve().then(() => this.#run());
  }

  /* oxlint-disable no-await-in-loop -- one look at a time is the point */
  /** Does not throw: each round tells those who asked for it. */
  async #run(): Promise<void> {
    while (this.#waiting.length > 0 || this.#owedCallers.length > 0) {
      if (this.#owedCallers.length > 0) await this.#owedRound();
      const [first] = this.#waiting;
      if (first !== undefined) await this.#buyersRound(first.request.variantId);
    }
    this.#running = false;
    this.#views.clear();
  }

  async #buyersRound(variantId: string | null): Promise<void> {
    try {
      const asking = await this.#land(null, variantId);
      if (asking.length === 0) return;
      const { moved, view } = await this.#round(variantId, asking);
      for (const waiting of asking) {
        waiting.rounds += isWhole(view) ? 1 : UNANSWERED_ROUNDS;
        if (waiting.rounds >= ROUNDS_MAX) this.#answer(waiting, { kind: "busy" });
      }
      if (!moved && this.#of(variantId).length > 0) {
        await this.#deps.pause(PAUSE_MS_PER_SHARD * (this.#deps.others().length + 1));
      }
    } catch (error) {
      for (const waiting of this.#of(variantId)) this.#leave(waiting).fail(error);
    } finally {
      this.#reachesFor = undefined;
    }
  }

  async #owedRound(): Promise<void> {
    const callers = this.#owedCallers;
    this.#owedCallers = [];
    try {
      const wants = Map.groupBy(this.#deps.owed(), (want) => want.variantId);
      for (const [variantId, theirs] of wants) {
        await this.#fetch(await this.#look(variantId, theirs), variantId, theirs);
      }
      for (const caller of callers) caller.resolve();
    } catch (error) {
      for (const caller of callers) caller.reject(error);
    } finally {
      this.#reachesFor = undefined;
    }
  }

  /** One look, and what follows from it. Answers whether keys came. */
  async #round(
    variantId: string | null,
    asking: readonly Waiting[],
  ): Promise<{ moved: boolean; view: View }> {
    const wants = asking.map(({ request }) => request);
    const before = this.#views.get(variantId);
    const view = await this.#look(variantId, wants);
    this.#views.set(variantId, view);
    if (before !== undefined) {
      this.#sayWhatIsProven(asking, before, view);
      for (const number of stuck(before, view)) {
        await this.#ask(number, (shard) => shard.finishTransfers());
      }
    }
    return { moved: await this.#fetch(view, variantId, wants), view };
  }

  async #look(variantId: string | null, wants: readonly Want[]): Promise<View> {
    const query = { variantId, quantity: total(wants, SPARE_MAX) };
    const own = await this.#deps.spare(query);
    const shards = new Map<number, Spare | null>([[this.#deps.own() ?? 0, own]]);
    const others = this.#deps.others();
    for (let at = 0; at < others.length; at += ASKED_AT_ONCE) {
      const asked = others.slice(at, at + ASKED_AT_ONCE);
      const answers = await Promise.all(
        asked.map((number) => this.#ask(number, (shard) => shard.spare(query))),
      );
      for (const [place, number] of asked.entries()) shards.set(number, answers[place] ?? null);
    }
    return { shards, counted: query.quantity };
  }

  /** "Sold out" for those who want more than there can have been. */
  #sayWhatIsProven(asking: readonly Waiting[], before: View, view: View): void {
    const free = provenFree(before, view);
    if (free === null) return;
    for (const waiting of asking) {
      const { quantity } = waiting.request;
      if (quantity > free && quantity <= before.counted) {
        this.#answer(waiting, { kind: "sold_out", available: freeIn(view) });
      }
    }
  }

  /** Brings here what the wants that can be served need, as far as the others lend it. */
  async #fetch(view: View, variantId: string | null, wants: readonly Want[]): Promise<boolean> {
    const own = this.#deps.own();
    const free = freeIn(view);
    const possible = wants.filter((want) => want.quantity <= free);
    if (own === null || possible.length === 0) return false;
    this.#reachesFor = variantId;
    let missing = total(possible, free) - (view.shards.get(own)?.free ?? 0);
    let moved = false;
    for (const number of lenders(view, own)) {
      if (missing <= 0) break;
      const wanted = { to: own, variantId, quantity: Math.min(missing, SPARE_MAX) };
      const transfer = await this.#ask(number, (shard) => shard.lend(wanted));
      if (transfer === null) continue;
      await this.#land(transfer, variantId);
      await this.#ask(number, (shard) => shard.settle(transfer.number));
      missing -= transfer.keys.length;
      moved = true;
    }
    return moved;
  }

  /** Takes keys in and answers everyone who has an answer now; the rest found too few. */
  async #land(transfer: Transfer | null, variantId: string | null): Promise<Waiting[]> {
    const waiting = this.#of(variantId);
    const requests = waiting.map(({ request }) => request);
    const outcomes = await this.#deps.land(transfer, requests);
    const alone = this.#deps.others().length === 0;
    return waiting.filter((asked, place) => {
      const outcome = outcomes[place];
      if (outcome === undefined) throw new Error("land answered too few");
      const wantsMore = outcome.kind === "sold_out" && !alone;
      if (!wantsMore) this.#answer(asked, outcome);
      return wantsMore;
    });
  }
  /* oxlint-enable no-await-in-loop */

  /** Those who wait for this variant, as many as one transaction serves. */
  #of(variantId: string | null): Waiting[] {
    return this.#waiting
      .filter(({ request }) => request.variantId === variantId)
      .slice(0, RESERVE_BATCH_MAX);
  }

  #answer(waiting: Waiting, outcome: CollectOutcome): void {
    this.#leave(waiting).answer(outcome);
  }

  #leave(waiting: Waiting): Waiting {
    this.#waiting = this.#waiting.filter((other) => other !== waiting);
    return waiting;
  }

  /** Another shard's answer; null where there is none, which proves nothing and costs a look. */
  async #ask<T>(number: number, call: (shard: ShardRpc) => Promise<T>): Promise<T | null> {
    try {
      return await patiently<T | null>(call(this.#deps.shard(number)), null, this.#deps.patience);
    } catch (error) {
      this.#deps.unanswered(number, error);
      return null;
    }
  }
}

function total(wants: readonly Want[], most: number): number {
  let quantity = 0;
  for (const want of wants) quantity += want.quantity;
  return Math.min(quantity, most);
}
