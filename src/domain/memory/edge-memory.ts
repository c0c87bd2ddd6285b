import { Lru } from "./lru.ts";
import type { SharedMemory } from "./shared-memory.ts";
import type { Turns } from "../overload/turns.ts";
import { Unavailable } from "../overload/unavailable.ts";

export interface EdgeMemoryOptions<Value> {
  readonly turns: Turns;
  /** What is down, in the words of Unavailable; the beginning of its names in the shared memory. */
  readonly name: string;
  /** So long a value is given as it is, counted from when it came to this isolate. */
  readonly freshMs: number;
  /** So long it is given while one request reads anew behind its own answer; at least `freshMs`. */
  readonly staleMs: number;
  readonly entriesMax: number;
  /** Nulls ("there is no such thing") have a room of their own: invented keys push out nothing real. */
  readonly absentMax?: number;
  /** The most that the values weigh together, in characters of JSON. Not given: they are small. */
  readonly weightMax?: number;
  /** The data centre's memory; without it each isolate reads the source itself. */
  readonly shared?: SharedMemory | null;
  /** So old a value of the data centre may be, counted from when it was read. Not given: `freshMs`. */
  readonly sharedMs?: number;
  /** Grows with the value: what the isolate knows is never replaced by what has a lower one. */
  readonly order?: (value: Value) => number;
}

interface Entry<Value> {
  readonly value: Value;
  readonly version: number;
  readonly freshUntilMs: number;
  readonly staleUntilMs: number;
  /** The source has failed since: it is given although it may be of another version. */
  readonly isLastKnown: boolean;
}

/** A reading that is under way. Plain data: others look at it, none of them waits for its promise. */
interface Flight<Value> {
  readonly version: number;
  readonly startedAtMs: number;
  outcome: { readonly value: Value } | { readonly error: unknown } | null;
}

/** How long the one that reads waits itself, where it has what was last known to go on with. */
const PATIENCE_MS = 500;
/** A reading that is under way for longer was lost with its request, or might as well be. */
const FLIGHT_MS = 3_000;
const PAUSE_MS_MAX = 32;
/** Two machines of a data centre agree about the time at least so far. */
const SKEW_MS = 1_000;
const ABSENT_MAX = 1_000;

/**
 * An isolate's memory (L1) in front of the data centre's (L2) in front of a source that costs
 * something: a database, an object. Bounded, least recently used out first.
 *
 * - Fresh: a look into a map. Stale: the old value at once, and one request reads anew behind its answer
 *   (stale-while-revalidate). Older, or of another version: one request reads and waits for it, others
 *   are given the old value meanwhile.
 * - One reading of a key at a time in each isolate. Who has nothing to go on with looks, on timers of
 *   its own, whether the reading has come: no request may await a promise of another on this platform
 *   (docs/decisions/0009).
 * - A source that is down or slow: what was last known, however old.
 *
 * So a value is at most `sharedMs + staleMs` old, and the time of one reading, while its source answers.
 * Values are shared between requests and must not be changed; where they go through the data centre
 * they are what JSON keeps of them.
 */
export class EdgeMemory<Value> {
  readonly #options: EdgeMemoryOptions<Value>;
  readonly #load: (key: string, version: number) => Promise<Value>;
  readonly #present: Lru<Entry<Value>>;
  readonly #absent: Lru<Entry<Value>>;
  readonly #flights = new Map<string, Flight<Value>>();
  #generation = 0;

  constructor(
    options: EdgeMemoryOptions<Value>,
    load: (key: string, version: number) => Promise<Value>,
  ) {
    const { entriesMax, absentMax = ABSENT_MAX, weightMax } = options;
    this.#options = options;
    this.#load = load;
    this.#present = new Lru<Entry<Value>>(
      weightMax === undefined ? { entriesMax } : { entriesMax, weightMax, weigh: weightOf },
    );
    this.#absent = new Lru({ entriesMax: absentMax });
  }

  /** The value if it is here and fresh: no promise, for the hottest paths. */
  fresh(key: string, version = 0): Value | undefined {
    const entry = this.#find(key);
    if (entry === undefined || this.#options.turns.nowMs() >= entry.freshUntilMs) return undefined;
    return entry.version === version || entry.isLastKnown ? entry.value : undefined;
  }

  /**
   * The value of `key`. `version` (a catalogue's, say) tells which one: a value of another version is
   * given only where this one cannot be had now. Unavailable where nothing was known and the source
   * failed.
   */
  get(key: string, version = 0): Promise<Value> {
    const known = this.fresh(key, version);
    return known === undefined ? this.#look(key, version) : Promise.resolve(known);
  }

  /** Drops a key here and in the data centre, or all that is here: after a write through this isolate. */
  forget(key?: string, version = 0): void {
    this.#generation++;
    this.#flights.clear();
    if (key === undefined) {
      this.#present.clear();
      this.#absent.clear();
      return;
    }
    this.#present.delete(key);
    this.#absent.delete(key);
    const { shared, turns } = this.#options;
    if (shared) turns.keepAlive(shared.drop(this.#sharedName(key, version)));
  }

  async #look(key: string, version: number): Promise<Value> {
    const { turns, name } = this.#options;
    const flight = this.#flightOf(key);
    const last = this.#find(key);
    if (last !== undefined) {
      if (flight !== undefined) return last.value;
      const reading = this.#fly(key, version).catch(() => last.value);
      if (last.version === version && turns.nowMs() < last.staleUntilMs) return last.value;
      return Promise.race([reading, turns.wait(PATIENCE_MS).then(() => last.value)]);
    }
    try {
      const isSame = flight?.version === version;
      return await (isSame ? this.#landed(key, flight) : this.#fly(key, version));
    } catch (cause) {
      throw cause instanceof Unavailable ? cause : new Unavailable(name, 1, { cause });
    }
  }

  #find(key: string): Entry<Value> | undefined {
    return this.#present.get(key) ?? this.#absent.get(key);
  }

  #flightOf(key: string): Flight<Value> | undefined {
    const flight = this.#flights.get(key);
    return flight === undefined || this.#isLost(flight) ? undefined : flight;
  }

  #isLost({ startedAtMs }: Flight<Value>): boolean {
    return this.#options.turns.nowMs() - startedAtMs > FLIGHT_MS;
  }

  /** Begins a reading, which goes on without its request. What it brings is left here and in its flight. */
  #fly(key: string, version: number): Promise<Value> {
    const { turns } = this.#options;
    const flight: Flight<Value> = { version, startedAtMs: turns.nowMs(), outcome: null };
    this.#flights.set(key, flight);
    const reading = this.#bring(key, flight);
    turns.keepAlive(reading.catch(() => undefined));
    return reading;
  }

  async #bring(key: string, flight: Flight<Value>): Promise<Value> {
    const generation = this.#generation;
    try {
      const read = await this.#read(key, flight.version);
      // What was read before the memory was dropped may be what it was dropped for.
      const value = generation === this.#generation ? this.#keep(key, flight.version, read) : read;
      flight.outcome = { value };
      return value;
    } catch (error) {
      this.#goOnWithLast(key);
      flight.outcome = { error };
      throw error;
    } finally {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    }
  }

  async #read(key: string, version: number): Promise<Value> {
    const { shared, turns, sharedMs = this.#options.freshMs } = this.#options;
    if (!shared) return this.#load(key, version);
    const name = this.#sharedName(key, version);
    const known = fresherThan(sharedMs, turns.nowMs(), await shared.get(name));
    if (known !== null) return known.value as Value;
    const atMs = turns.nowMs();
    const value = await this.#load(key, version);
    // What does not exist is not worth a place there: anyone could fill it with invented names.
    if (value !== null) {
      const text = JSON.stringify({ atMs, value });
      turns.keepAlive(shared.put(name, text, Math.ceil(sharedMs / 1000)));
    }
    return value;
  }

  #sharedName(key: string, version: number): string {
    return `${this.#options.name}/${version}/${key}`;
  }

  #keep(key: string, version: number, read: Value): Value {
    const { turns, order, freshMs, staleMs } = this.#options;
    const known = this.#find(key)?.value ?? null;
    const isOlder = order && known !== null && read !== null && order(read) < order(known);
    const value = isOlder === true ? known : read;
    const nowMs = turns.nowMs();
    const until = { freshUntilMs: nowMs + freshMs, staleUntilMs: nowMs + staleMs };
    this.#absent.delete(key);
    this.#present.delete(key);
    this.#homeOf(value).set(key, { value, version, ...until, isLastKnown: false });
    return value;
  }

  /** The source has failed: what was last known stands a while, so that not everyone asks in vain. */
  #goOnWithLast(key: string): void {
    const last = this.#find(key);
    if (last === undefined) return;
    const freshUntilMs = this.#options.turns.nowMs() + this.#options.freshMs;
    const entry = { ...last, freshUntilMs, staleUntilMs: 0, isLastKnown: true };
    this.#homeOf(last.value).set(key, entry);
  }

  #homeOf(value: Value): Lru<Entry<Value>> {
    return value === null ? this.#absent : this.#present;
  }

  /* oxlint-disable no-await-in-loop -- each look comes after the one before it */
  /** What another request's reading has brought. One that is lost is begun again. */
  async #landed(key: string, flight: Flight<Value>): Promise<Value> {
    let pauseMs = 1;
    while (flight.outcome === null) {
      if (this.#isLost(flight)) return this.get(key, flight.version);
      await this.#options.turns.wait(pauseMs);
      pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX);
    }
    if ("error" in flight.outcome) throw flight.outcome.error;
    return flight.outcome.value;
  }
  /* oxlint-enable no-await-in-loop */
}

function weightOf({ value }: { readonly value: unknown }): number {
  return JSON.stringify(value).length;
}

/** What the data centre keeps, where it is whole and young enough. */
function fresherThan(ageMs: number, nowMs: number, text: string | null): { value: unknown } | null {
  if (text === null) return null;
  try {
    // Written by this file, in an isolate of the same deployment.
    const { atMs, value } = JSON.parse(text) as { atMs: number; value: unknown };
    const age = nowMs - atMs;
    return age < ageMs && age > -SKEW_MS ? { value } : null;
  } catch {
    return null;
  }
}
