import { DatabaseSync } from "node:sqlite";
import type { ReserveRequest } from "../../durable-objects/product-stock/contract.ts";
import type {
  CollectOutcome,
  ShardRpc,
} from "../../durable-objects/product-stock/shard-contract.ts";
import { Shard } from "../../durable-objects/product-stock/shard.ts";
import { ProductStockStore } from "../../durable-objects/product-stock/store.ts";
import { stockNumber } from "../../src/domain/product/shards.ts";
import type { Terms } from "../../src/domain/product/terms.ts";
import { sqliteSql } from "../support/node/sqlite-sql.ts";
import { batch, key, NOW_MS, order, request, terms } from "./fixtures.ts";

const PRODUCT = 7;
/** A pause as long as this is the end of somebody's patience. */
const PATIENCE_MS = 1_000;

export class Gone extends Error {
  constructor() {
    super("the object is gone");
  }
}

/** One life of a shard's object over its database. What was asked of it gets no answer once it died. */
class Life {
  readonly store: ProductStockStore;
  readonly shard: Shard;
  alive = true;

  constructor(world: ShardWorld, database: DatabaseSync) {
    this.store = new ProductStockStore(sqliteSql(database));
    this.shard = new Shard({
      store: this.store,
      commit: async (work) => {
        await world.step("commit");
        this.#mustLive();
        return this.store.transaction(work);
      },
      shard: (number) => world.rpc(number),
      now: () => world.nowMs,
      pause: (ms) => world.pause(ms),
      failed: () => {},
    });
  }

  #mustLive(): void {
    if (!this.alive) throw new Gone();
  }
}

/**
 * The shards of one product, each the real store and the real `Shard`, with a wire between them on
 * which every call takes its turn twice: on its way and on its way back. `step` says when a turn
 * comes, so a test decides the order of everything and who dies in between.
 */
export class ShardWorld {
  readonly databases: DatabaseSync[];
  readonly #lives: Life[];
  readonly step: (label: string) => Promise<void>;
  nowMs = NOW_MS;
  /** Shards that answer nothing any more: those who ask run out of patience. */
  readonly silent = new Set<number>();

  constructor(
    keyCounts: readonly number[],
    step: (label: string) => Promise<void> = () => Promise.resolve(),
    changes: Partial<Terms> = {},
  ) {
    this.step = step;
    this.databases = keyCounts.map(() => new DatabaseSync(":memory:"));
    this.#lives = this.databases.map((database) => new Life(this, database));
    for (const [shard, count] of keyCounts.entries()) {
      const { store } = this.life(shard);
      store.configure(
        terms({ productNumber: stockNumber(PRODUCT, shard), shards: keyCounts.length, ...changes }),
      );
      const stocked = Array.from({ length: count }, (_, place) => key(`${shard}-${place}`));
      if (count > 0) store.importKeys(batch("first", stocked), NOW_MS);
    }
  }

  life(shard: number): Life {
    const life = this.#lives[shard];
    if (life === undefined) throw new Error(`there is no shard ${shard}`);
    return life;
  }

  /** The object dies, with all it had in memory, and wakes over the same database. */
  kill(shard: number): void {
    const database = this.databases[shard];
    if (database === undefined) throw new Error(`there is no shard ${shard}`);
    this.life(shard).alive = false;
    this.#lives[shard] = new Life(this, database);
  }

  /** Short pauses take their turn; nobody's patience ends as long as everyone answers. */
  pause(ms: number): Promise<void> {
    const endless = ms >= PATIENCE_MS && this.silent.size === 0;
    return endless ? new Promise(() => {}) : this.step("pause");
  }

  rpc(number: number): ShardRpc {
    const shard = (number - PRODUCT) / 2 ** 24;
    const call = async <T>(work: (life: Life) => T | Promise<T>): Promise<T> => {
      await this.step("call");
      if (this.silent.has(shard)) return new Promise(() => {});
      const life = this.life(shard);
      const answer = await work(life);
      await this.step("answer");
      if (!life.alive) throw new Gone();
      return structuredClone(answer);
    };
    return {
      spare: (query) => call((life) => life.shard.spare(query)),
      lend: (wanted) => call((life) => life.shard.lend(wanted)),
      receive: (transfer) => call((life) => life.shard.receive(transfer)),
      settle: (transfer) => call((life) => life.store.settle(transfer)),
      finishTransfers: () => call((life) => life.shard.finishTransfers()),
    };
  }

  /** A buyer's order as the edge has it placed: in its home, and if that is empty, with a look around. */
  async order(
    n: number,
    home: number,
    changes: Partial<ReserveRequest> = {},
  ): Promise<CollectOutcome> {
    const asked = request(n, { orderId: this.orderId(n, home), ...changes });
    await this.step("order");
    const life = this.life(home);
    const [outcome] = life.store.reserve([asked], this.nowMs);
    if (outcome === undefined) throw new Error("no outcome");
    if (outcome.kind !== "sold_out") return outcome;
    const collected = await life.shard.collect(asked);
    await this.step("answer");
    if (!life.alive) throw new Gone();
    return collected;
  }

  number(shard: number): number {
    return stockNumber(PRODUCT, shard);
  }

  orderId(n: number, home: number) {
    return order(n, this.number(home));
  }

  /** An hour later every hold that was not paid has lapsed. */
  lapse(): void {
    this.nowMs += 3600_000;
    for (const shard of this.databases.keys()) this.life(shard).store.tick(this.nowMs);
  }

  /** All that alarms would do, later, with nobody dying any more. */
  async rest(): Promise<void> {
    for (let hours = 0; hours < 3; hours++) {
      this.nowMs += 3600_000;
      await Promise.all(this.databases.map((_, shard) => this.life(shard).shard.lookAfter()));
    }
  }

  /** Each key that is in the books of a shard: which shard, which state. Of rows, not of answers. */
  keys(): { fingerprint: string; shard: number; state: string }[] {
    return this.databases.flatMap((database, shard) =>
      database
        .prepare("SELECT fingerprint, state FROM keys WHERE transfer IS NULL")
        .all()
        .map((row) => ({
          fingerprint: String(row["fingerprint"]),
          shard,
          state: String(row["state"]),
        })),
    );
  }

  /** Keys in transfers that nobody has settled. */
  moving(): string[] {
    return this.databases.flatMap((database) =>
      database
        .prepare("SELECT fingerprint FROM keys WHERE transfer IN (SELECT number FROM transfers)")
        .all()
        .map((row) => String(row["fingerprint"])),
    );
  }
}
