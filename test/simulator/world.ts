import type { MailDue } from "../../src/flows/mail/mail-due.ts";
import type { Mail, Vault } from "../../src/flows/ports.ts";
import type { OrderChanged } from "../../src/queues/messages.ts";
import type { Book } from "./book.ts";
import {
  deliveryEmailsConsumer,
  orderEventsConsumer,
  runArchive,
  runSchedule,
} from "./consumers.ts";
import type { Edge } from "./edge.ts";
import { Isolate } from "./isolate.ts";
import { MoneyWorld } from "./money/money-world.ts";
import { runMoneySchedule } from "./money/schedule.ts";
import { CALM, Network, type Weather } from "./network.ts";
import type { PlantedFault } from "./planted-fault.ts";
import { simulatedVault } from "./platform-crypto.ts";
import { Queue } from "./queue.ts";
import type { Random } from "./random.ts";
import { PRODUCTS, Shop, stockOf } from "./shop.ts";
import { shardWire } from "./stock-wire.ts";
import { StockObject, type Witness } from "./stock-object.ts";
import { Timeline } from "./timeline.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const ARCHIVE_EVERY_MS = 4_000;
/** Of the Worker. */
export const ISOLATES = 3;

const STORM: Weather = {
  lostBefore: 0.03,
  lostAfter: 0.03,
  doubled: 0.03,
  dies: 0.005,
  delayMsMax: 20,
};

/** What a world is about: selling, or what becomes of money, at the gateways too. */
export type Scene = "sale" | "money";

interface Setting {
  readonly scene: Scene;
  readonly book: Book;
  readonly witness: Witness;
  readonly fault: PlantedFault;
}

/** Everything that is not under test, in the hands of a seed. */
export class World {
  readonly random: Random;
  readonly timeline = new Timeline();
  readonly network: Network;
  readonly book: Book;
  readonly fault: PlantedFault;
  readonly vault: Vault;
  readonly shop: Shop;
  /** Null in a world of sales, where nobody watches the gateways' side. */
  readonly money: MoneyWorld | null;
  /** What the mail provider took, by the mail's id. */
  readonly outbox = new Map<Mail["id"], Mail>();
  readonly orderEvents: Queue<readonly OrderChanged[]>;
  readonly deliveryEmails: Queue<MailDue>;
  /** Anything has gone wrong so far, or may at any time. */
  isDisturbed: boolean;
  /** How far the Workers' clocks are off. */
  edgeSkewMs = 0;
  readonly #objects = new Map<number, StockObject>();
  readonly #isolates: readonly Isolate[];
  /** Messages, jobs and sendings so far: each has luck of its own. */
  #runs = 0;

  constructor(random: Random, { scene, book, witness, fault }: Setting) {
    this.random = random;
    this.book = book;
    this.fault = fault;
    this.shop = new Shop(random.fork("shop"), this.timeline.nowMs);
    // Some worlds are calm: what needs no mishap must not hide behind one.
    const isCalm = random.fork("calm").chance(scene === "sale" ? 0.15 : 0.4);
    this.isDisturbed = !isCalm;
    this.network = new Network(this.timeline, isCalm ? CALM : STORM);
    this.money = scene === "sale" ? null : new MoneyWorld(this, isCalm);
    if (this.money !== null && fault.statement) this.money.d1.reword = fault.statement;
    if (this.money !== null) holdLonger(this.shop, random.fork("holds"));
    this.vault = fault.vault?.(simulatedVault()) ?? simulatedVault();
    fault.book?.(book);
    this.orderEvents = new Queue("order-events", this, orderEventsConsumer(this));
    this.deliveryEmails = new Queue("delivery-emails", this, deliveryEmailsConsumer(this));
    for (const product of PRODUCTS) {
      const { terms } = this.shop.listing(product).product;
      for (let shard = 0; shard < (terms.shards ?? 1); shard++)
        this.#addObject(stockOf(terms, shard), (terms.shards ?? 1) > 1, witness);
    }
    this.#isolates = Array.from({ length: ISOLATES }, () => new Isolate(this));
    if (this.network.weather === STORM) this.#storm();
    this.#minute();
    const archive = random.fork("archive");
    // What nobody paid may leave after a week, what was bought after a month.
    if (archive.chance(0.5)) this.#archive(archive.pick([7, 30, 31]) * DAY_MS - 3_000);
  }

  get objects(): StockObject[] {
    return [...this.#objects.values()];
  }

  /** Of objects and of isolates. */
  get deaths(): number {
    return [...this.objects, ...this.#isolates].reduce((sum, { deaths }) => sum + deaths, 0);
  }

  object(number: number): StockObject {
    const object = this.#objects.get(number);
    if (object === undefined) throw new Error(`there is no object ${number}`);
    return object;
  }

  isolate(which: number): Isolate {
    const isolate = this.#isolates[which];
    if (isolate === undefined) throw new Error(`there is no isolate ${which}`);
    return isolate;
  }

  runWith<T>(random: Random, work: (edge: Edge) => Promise<T>): Promise<T> {
    return this.isolate(random.int(0, ISOLATES - 1)).run(random, work);
  }

  /** A message, a job: somewhere, with luck of its own. */
  run<T>(work: (edge: Edge) => Promise<T>): Promise<T> {
    return this.runWith(this.random.fork(`run-${this.#runs++}`), work);
  }

  /** From now on nothing goes wrong any more; what went wrong is still to be made good. */
  heal(): void {
    this.network.weather = CALM;
    this.network.down.clear();
    this.edgeSkewMs = 0;
    for (const queue of [this.orderEvents, this.deliveryEmails])
      queue.weather = { doubled: 0, delayMsMax: 100 };
    for (const object of this.objects) object.heal();
    this.money?.heal();
  }

  close(): void {
    for (const object of this.objects) object.close();
    this.money?.close();
  }

  #addObject(number: number, isShard: boolean, witness: Witness): void {
    const object: StockObject = new StockObject(number, {
      timeline: this.timeline,
      random: this.random.fork(`object-${number}`),
      witness,
      fault: this.fault,
      isShard,
      send: (orders) => this.run(() => this.orderEvents.send([orders])),
      sibling: (other) =>
        shardWire((work) =>
          this.run(() =>
            this.network.call(`product-${other}`, () => this.object(other).call(work)),
          ),
        ),
    });
    this.#objects.set(number, object);
  }

  #storm(): void {
    for (const queue of [this.orderEvents, this.deliveryEmails])
      queue.weather = { doubled: 0.05, delayMsMax: 3_000 };
    for (const object of this.objects) object.alarmsLateMsMax = 20_000;
  }

  #minute(): void {
    this.timeline.at(this.timeline.nowMs + MINUTE_MS, () => {
      if (!this.network.down.has("d1")) {
        runSchedule(this);
        if (this.money !== null) runMoneySchedule(this, this.money);
      }
      this.#minute();
    });
  }

  #archive(aheadMs: number): void {
    this.timeline.at(this.timeline.nowMs + ARCHIVE_EVERY_MS, () => {
      void runArchive(this, aheadMs);
      this.#archive(aheadMs);
    });
  }
}

/** As shops do, so that a gateway is asked about an order more than once before it lapses. */
function holdLonger(shop: Shop, random: Random): void {
  for (const product of PRODUCTS)
    shop.edit(product, { holdSeconds: random.pick([30, 300, 900, 900]) });
}
