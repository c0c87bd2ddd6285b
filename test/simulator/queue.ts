import type { Network } from "./network.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

/** As wrangler.toml has it: after so many tries a message goes to the dead letters. */
const ATTEMPTS_MAX = 10;
const BATCH_MAX = 20;

export interface Message<Body> {
  readonly body: Body;
  attempts: number;
}

/** Null: done. Otherwise the seconds until it comes again. */
type Verdict = number | null;

export interface Consumer<Body> {
  /** One verdict for each message, in their order; a consumer that dies gives none. */
  take(messages: readonly Message<Body>[]): Promise<readonly Verdict[]>;
  dead(message: Message<Body>): void;
}

/** What a queue may do to a message besides delivering it. */
export interface QueueWeather {
  readonly doubled: number;
  readonly delayMsMax: number;
}

/** At least once, in any order, when it pleases. */
export class Queue<Body> {
  weather: QueueWeather = { doubled: 0, delayMsMax: 100 };
  /** Messages that are neither done nor dead. */
  waiting = 0;
  deaths = 0;
  readonly #name: string;
  readonly #network: Network;
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #consumer: Consumer<Body>;
  readonly #arrived: Message<Body>[] = [];

  constructor(
    name: string,
    world: { network: Network; timeline: Timeline; random: Random },
    consumer: Consumer<Body>,
  ) {
    this.#name = name;
    this.#network = world.network;
    this.#timeline = world.timeline;
    this.#random = world.random.fork(name);
    this.#consumer = consumer;
  }

  send(bodies: readonly Body[]): Promise<void> {
    return this.#network.call(this.#name, () => {
      for (const body of bodies) this.add(body);
    });
  }

  add(body: Body): void {
    const copies = this.#random.chance(this.weather.doubled) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      this.waiting++;
      this.#arriveIn({ body, attempts: 0 }, this.#random.int(0, this.weather.delayMsMax));
    }
  }

  #arriveIn(message: Message<Body>, ms: number): void {
    this.#timeline.at(this.#timeline.nowMs + ms, () => {
      this.#arrived.push(message);
      // The rest of this moment's messages share the batch.
      if (this.#arrived.length === 1)
        this.#timeline.at(this.#timeline.nowMs, () => this.#deliver());
    });
  }

  #deliver(): void {
    while (this.#arrived.length > 0) void this.#hand(this.#arrived.splice(0, BATCH_MAX));
  }

  async #hand(batch: readonly Message<Body>[]): Promise<void> {
    for (const message of batch) message.attempts++;
    let verdicts: readonly Verdict[];
    try {
      verdicts = await this.#consumer.take(batch);
    } catch {
      // The consumer died: the platform hands its messages out again.
      verdicts = batch.map(() => 5);
    }
    for (const [place, message] of batch.entries()) this.#judge(message, verdicts[place] ?? null);
  }

  #judge(message: Message<Body>, delaySeconds: Verdict): void {
    if (delaySeconds !== null && message.attempts < ATTEMPTS_MAX) {
      this.#arriveIn(message, delaySeconds * 1000);
      return;
    }
    this.waiting--;
    if (delaySeconds === null) return;
    this.deaths++;
    this.#consumer.dead(message);
  }
}
