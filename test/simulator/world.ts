import type { DeliveryId } from "../../src/domain/ids.ts";
import type { MailDue } from "../../src/flows/mail-due.ts";
import type { Mail, Vault } from "../../src/flows/ports.ts";
import type { OrderChanged } from "../../src/queues/messages.ts";
import { Book } from "./book.ts";
import { deliveryEmailsConsumer, orderEventsConsumer, runSchedule } from "./consumers.ts";
import { CALM, Network, Process, type Weather } from "./network.ts";
import type { PlantedFault } from "./planted-fault.ts";
import { simulatedVault } from "./platform-crypto.ts";
import { Queue } from "./queue.ts";
import type { Random } from "./random.ts";
import { PRODUCTS, Shop } from "./shop.ts";
import { StockObject, type Witness } from "./stock-object.ts";
import { Timeline } from "./timeline.ts";

const MINUTE_MS = 60_000;

const STORM: Weather = {
  lostBefore: 0.03,
  lostAfter: 0.03,
  doubled: 0.03,
  dies: 0.005,
  delayMsMax: 20,
};

/** Everything that is not under test, in the hands of a seed. */
export class World {
  readonly random: Random;
  readonly timeline = new Timeline();
  readonly network: Network;
  readonly book = new Book();
  readonly vault: Vault;
  readonly shop: Shop;
  /** What the mail provider took, by the mail's id. */
  readonly outbox = new Map<DeliveryId, Mail>();
  readonly orderEvents: Queue<readonly OrderChanged[]>;
  readonly deliveryEmails: Queue<MailDue>;
  /** How far the Workers' clocks are off. */
  edgeSkewMs = 0;
  readonly #objects = new Map<number, StockObject>();
  #processes = 0;

  constructor(random: Random, witness: Witness, fault: PlantedFault) {
    this.random = random;
    this.shop = new Shop(random.fork("shop"), this.timeline.nowMs);
    // Some worlds are calm: what needs no mishap must not hide behind one.
    this.network = new Network(this.timeline, random.fork("calm").chance(0.15) ? CALM : STORM);
    this.vault = fault.vault?.(simulatedVault()) ?? simulatedVault();
    fault.book?.(this.book);
    this.orderEvents = new Queue("order-events", this, orderEventsConsumer(this));
    this.deliveryEmails = new Queue("delivery-emails", this, deliveryEmailsConsumer(this));
    for (const number of PRODUCTS) {
      const object: StockObject = new StockObject(number, {
        timeline: this.timeline,
        random: random.fork(`object-${number}`),
        witness,
        fault,
        send: (orders) => this.orderEvents.send(this.process(), [orders]),
      });
      this.#objects.set(number, object);
    }
    if (this.network.weather === STORM) this.#storm();
    this.#minute();
  }

  get objects(): StockObject[] {
    return [...this.#objects.values()];
  }

  object(number: number): StockObject {
    const object = this.#objects.get(number);
    if (object === undefined) throw new Error(`there is no object ${number}`);
    return object;
  }

  process(name: string = `p${this.#processes++}`): Process {
    return new Process(this.random.fork(name));
  }

  /** From now on nothing goes wrong any more; what went wrong is still to be made good. */
  heal(): void {
    this.network.weather = CALM;
    this.network.down.clear();
    this.edgeSkewMs = 0;
    for (const queue of [this.orderEvents, this.deliveryEmails])
      queue.weather = { doubled: 0, delayMsMax: 100 };
    for (const object of this.objects) object.heal();
  }

  close(): void {
    for (const object of this.objects) object.close();
  }

  #storm(): void {
    for (const queue of [this.orderEvents, this.deliveryEmails])
      queue.weather = { doubled: 0.05, delayMsMax: 3_000 };
    for (const object of this.objects) object.alarmsLateMsMax = 20_000;
  }

  #minute(): void {
    this.timeline.at(this.timeline.nowMs + MINUTE_MS, () => {
      if (!this.network.down.has("d1")) runSchedule(this);
      this.#minute();
    });
  }
}
