import type {
  OrderSnapshot,
  ReserveOutcome,
  ReserveRequest,
} from "../../durable-objects/product-stock/contract.ts";
import type {
  PaymentRecord,
  PaymentReport,
} from "../../durable-objects/product-stock/payment-contract.ts";
import type {
  CollectOutcome,
  ShardRpc,
} from "../../durable-objects/product-stock/shard-contract.ts";
import type { DeadlineMs } from "../../durable-objects/shared/alarms.ts";
import type { Sql } from "../../durable-objects/shared/sql.ts";
import type { OrderId } from "../../src/domain/ids.ts";
import type { OrderChanged } from "../../src/queues/messages.ts";

import { Disk } from "./disk.ts";
import { Instance } from "./instance.ts";
import type { PlantedFault } from "./planted-fault.ts";
import type { Random } from "./random.ts";
import { Gone } from "./stock-sql.ts";
import type { Timeline } from "./timeline.ts";

/** Where an instance dies the next time that it comes there. */
export const DEATH_PLACES = ["now", "before_commit", "after_commit", "in_outbox"] as const;
export type DeathPlace = (typeof DEATH_PLACES)[number];

/** Who watches: asked inside the object's transaction, told after each commit. Throws what is wrong. */
export interface Witness {
  reserve(object: StockObject, request: ReserveRequest, outcome: ReserveOutcome): void;
  payment(object: StockObject, report: PaymentReport, pay: () => PaymentRecord): PaymentRecord;
  /** An import was committed, and its answer says that so many keys are free now. */
  imported(object: StockObject, available: number): void;
  /** The instance says this of an order, in the turn in which it was read. */
  said(object: StockObject, order: OrderSnapshot): void;
  committed(object: StockObject, moves: Moves): void;
  /** A shard looks for keys elsewhere, from now until its outcome is told. */
  collecting(object: StockObject, request: ReserveRequest): (outcome: CollectOutcome) => void;
  /** An object refuses with values: what it throws while it lives is a bug. */
  threw(object: StockObject, error: unknown): void;
}

/** Orders that a commit has changed, and those that came back from the archive or left for it. */
export interface Moves {
  readonly changed: readonly OrderId[];
  readonly restored: readonly OrderId[];
  readonly pruned: readonly OrderId[];
}

interface Surroundings {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly witness: Witness;
  readonly fault: PlantedFault;
  /** Hands a message to the queue of order events; throws where it does not take it. */
  readonly send: (orders: readonly OrderChanged[]) => Promise<void>;
  /** Whether its product has others. */
  readonly isShard: boolean;
  /** Another shard of the product, over the wire. */
  readonly sibling: (number: number) => ShardRpc;
}

/** The platform around one object: its disk, its clock, its alarm, and the deaths of its instances. */
export class StockObject {
  readonly number: number;
  /** One of several objects of its product. */
  readonly isShard: boolean;
  readonly disk = Disk.blank();
  /** The disk as the store sees it: with what a planted fault does to it. */
  readonly storage: Sql;
  readonly timeline: Timeline;
  readonly witness: Witness;
  readonly fault: PlantedFault;
  /** How far this object's clock is off. */
  skewMs = 0;
  deaths = 0;
  alarmsLateMsMax = 0;
  readonly #around: Surroundings;
  #instance: Instance;
  #diesAt: DeathPlace | null = null;
  #alarmAtMs: DeadlineMs = null;
  #isClosed = false;

  constructor(number: number, around: Surroundings) {
    this.number = number;
    this.#around = around;
    this.isShard = around.isShard;
    this.timeline = around.timeline;
    this.witness = around.witness;
    this.fault = around.fault;
    this.storage = around.fault.sql?.(this.disk.sql) ?? this.disk.sql;
    this.#instance = new Instance(this);
  }

  nowMs(): number {
    return this.timeline.nowMs + this.skewMs;
  }

  /** An answer is heard only of an instance that still lives when it is given. */
  async call<T>(work: (instance: Instance) => Promise<T>): Promise<T> {
    const instance = this.#instance;
    let answer: T;
    try {
      answer = await work(instance);
    } catch (error) {
      if (!(error instanceof Gone)) this.witness.threw(this, error);
      this.#live();
      throw error;
    }
    this.#live();
    if (!instance.sql.alive && this.fault.answersEarly === undefined) throw new Gone("it died");
    return answer;
  }

  async send(orders: readonly OrderChanged[]): Promise<void> {
    const sooner = this.#around.random.chance(0.5);
    if (this.#diesAt === "in_outbox" && sooner) this.#die();
    if (!this.#instance.sql.alive) throw new Gone("it died before it sent");
    await this.#around.send(orders);
    if (this.#diesAt === "in_outbox") this.#die();
  }

  sibling(number: number): ShardRpc {
    return this.#around.sibling(number);
  }

  committed(moves: Moves): void {
    this.witness.committed(this, moves);
    if (this.#diesAt === "after_commit") this.#die();
  }

  setAlarm(atMs: number): void {
    this.#alarmAtMs = atMs;
    const lateMs = this.#around.random.int(0, this.alarmsLateMsMax);
    this.timeline.at(atMs - this.skewMs + lateMs, () => this.#ring(atMs));
  }

  die(place: DeathPlace): void {
    if (place === "now") this.#die();
    else this.#diesAt = place;
    this.#instance.sql.diesBeforeCommit = place === "before_commit";
  }

  /** Another machine's clock, and an alarm that is no later than that. */
  setSkew(skewMs: number): void {
    this.skewMs = skewMs;
    if (this.#alarmAtMs !== null) this.setAlarm(this.#alarmAtMs);
  }

  heal(): void {
    this.#diesAt = null;
    this.#instance.sql.diesBeforeCommit = false;
    this.alarmsLateMsMax = 0;
    this.setSkew(0);
  }

  /** Nothing is left that a clock would have to see to. */
  isAtRest(): boolean {
    return this.#alarmAtMs === null || this.#instance.isIdle();
  }

  close(): void {
    this.#isClosed = true;
    this.#instance.sql.alive = false;
    this.disk.giveBack();
  }

  /** Of alarms that were set, the last one rings. */
  #ring(atMs: number): void {
    if (this.#alarmAtMs !== atMs) return;
    this.#alarmAtMs = null;
    this.#live();
    this.#instance.alarm().catch((error: unknown) => {
      if (this.#isClosed) return;
      if (!(error instanceof Gone)) this.witness.threw(this, error);
      // The platform keeps an alarm that failed, and rings again.
      this.#live();
      this.setAlarm(this.nowMs() + 2_000);
    });
  }

  /** The platform wakes an object that died. */
  #live(): void {
    if (!this.#instance.sql.alive) this.#die();
  }

  #die(): void {
    this.#instance.sql.alive = false;
    this.#diesAt = null;
    this.deaths++;
    this.#instance = new Instance(this);
  }
}
