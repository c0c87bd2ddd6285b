import type { ConcurrencyLimit } from "../domain/overload/concurrency-limit.ts";
import { Unavailable } from "../domain/overload/unavailable.ts";
import type { Turns } from "./turns.ts";

export interface CoalescerOptions<Item, Answer> {
  readonly turns: Turns;
  /** One call for all of them; `answers[i]` is for `items[i]`. May be repeated with the same items. */
  readonly send: (items: readonly Item[]) => Promise<readonly Answer[]>;
  /** Items of one call. */
  readonly batchMax: number;
  /**
   * Items that may wait for a call; one more is refused as Unavailable. A limit counts those that are on
   * the way too, and learns from each call how many there should be.
   */
  readonly waitingMax: number | ConcurrencyLimit;
  /**
   * A call that has not come back after so long is left to itself, and everyone asks alone: for as
   * long again, and then as Unavailable.
   */
  readonly patienceMs: number;
  /** Whose turn has not come after so long is refused as Unavailable: nothing of theirs was sent. */
  readonly turnMs: number;
  /** The name of what is asked, in the words of Unavailable. */
  readonly dependency: string;
}

/** One item on its way. Plain data: it is all that two requests ever share. */
interface Ticket<Item, Answer> {
  readonly item: Item;
  readonly joinedAtMs: number;
  /** When its request looked last: one that was ended looks no more. */
  lookedAtMs: number;
  flight: Flight | null;
  outcome: Outcome<Answer> | null;
}

type Outcome<Answer> =
  | { readonly ok: true; readonly answer: Answer }
  /** `shared`: it may be another item's fault. */
  | { readonly ok: false; readonly error: unknown; readonly shared: boolean };

interface Flight {
  readonly startedAtMs: number;
  readonly items: number;
}

/** A first guess of how long a call takes; what was measured replaces it. */
const TYPICAL_MS = 5;
/** What the last call weighs in the guess for the next (EWMA). */
const LAST_WEIGHT = 0.25;
const PAUSE_MS_MAX = 50;

/**
 * Makes many requests of one isolate share one call: while a call is under way, those who come later
 * wait, and go together in the next. Nobody waits when nothing is under way, so an idle shop pays no
 * latency for it.
 *
 * What makes it safe on this platform, where a request may not touch another's I/O and is ended when
 * it waits for nothing of its own:
 * - A waiter awaits only a timer of its own, or a call that it made itself. What another's call
 *   brought is left in the waiter's ticket as plain data; the next look finds it.
 * - Nobody is responsible for another: whoever looks first and finds the line free takes all that
 *   wait. The call is kept alive past its maker's answer and past their client's disconnect.
 * - A call that vanished with its maker, or that takes longer than `patienceMs`, is made again by
 *   each of its waiters alone, and not waited for longer: no request is left without an answer.
 * - A request that was ended while it waited in line looks no more: what it asked for is not sent,
 *   and its place is another's. Nobody would be there to pay what would be held for it.
 * - A call that fails for a reason of ours (not Unavailable) may have failed for one of its items:
 *   each is asked alone, and only whose item it was fails.
 * Asking again is safe because every item names its own act (an order id, a trade number).
 */
export class Coalescer<Item, Answer> {
  readonly #options: CoalescerOptions<Item, Answer>;
  #waiting: Ticket<Item, Answer>[] = [];
  #flight: Flight | null = null;
  #typicalMs = TYPICAL_MS;

  constructor(options: CoalescerOptions<Item, Answer>) {
    this.#options = options;
  }

  /** Each item for itself; the answers in the items' order. */
  askAll(items: readonly Item[]): Promise<Answer[]> {
    return Promise.all(items.map((item) => this.ask(item)));
  }

  /** Throws what the call threw, and Unavailable where too many wait or the line does not move. */
  async ask(item: Item): Promise<Answer> {
    const { turns, patienceMs, turnMs } = this.#options;
    if (this.isFull()) throw this.#overloaded();
    const joinedAtMs = turns.nowMs();
    const ticket: Ticket<Item, Answer> = {
      item,
      joinedAtMs,
      lookedAtMs: joinedAtMs,
      flight: null,
      outcome: null,
    };
    this.#waiting.push(ticket);
    /* oxlint-disable no-await-in-loop -- each look comes after the one before it */
    while (ticket.outcome === null) {
      ticket.lookedAtMs = turns.nowMs();
      this.#giveUpLost();
      if (ticket.flight !== null && ticket.flight !== this.#flight) return this.#alone(item);
      // A call that does not come back must not keep the one who made it either.
      if (this.#flight === null) await Promise.race([this.#fly(), turns.wait(patienceMs + 1)]);
      else if (ticket.flight === null && this.#isPast(joinedAtMs, turnMs))
        throw this.#leave(ticket);
      else await turns.wait(this.#pauseMs(ticket, this.#flight));
    }
    /* oxlint-enable no-await-in-loop */
    if (ticket.outcome.ok) return ticket.outcome.answer;
    if (ticket.outcome.shared) return this.#alone(item);
    throw ticket.outcome.error;
  }

  /** Whether one more would be refused now. */
  isFull(): boolean {
    if (!this.#isFull()) return false;
    this.#forgetEnded();
    return this.#isFull();
  }

  #isFull(): boolean {
    const { waitingMax } = this.#options;
    return typeof waitingMax === "number"
      ? this.#waiting.length >= waitingMax
      : this.underWay >= waitingMax.value;
  }

  /** Items that wait or are on the way. */
  get underWay(): number {
    return this.#waiting.length + (this.#flight?.items ?? 0);
  }

  #fly(): Promise<void> {
    this.#forgetEnded();
    const tickets = this.#waiting.slice(0, this.#options.batchMax);
    this.#waiting = this.#waiting.slice(tickets.length);
    const flight: Flight = {
      startedAtMs: this.#options.turns.nowMs(),
      items: tickets.length,
    };
    this.#flight = flight;
    for (const ticket of tickets) ticket.flight = flight;
    const call = this.#call(flight, tickets);
    this.#options.turns.keepAlive(call);
    return call;
  }

  /** Never rejects: what comes of it is in the tickets. */
  async #call(flight: Flight, tickets: readonly Ticket<Item, Answer>[]): Promise<void> {
    let failed = false;
    try {
      const answers = await this.#options.send(tickets.map((ticket) => ticket.item));
      if (answers.length !== tickets.length) throw new Error("coalescer: answers are missing");
      for (const [place, answer] of answers.entries()) settle(tickets[place], { ok: true, answer });
    } catch (error) {
      failed = error instanceof Unavailable;
      const shared = tickets.length > 1 && !(error instanceof Unavailable);
      for (const ticket of tickets) settle(ticket, { ok: false, error, shared });
    }
    const tookMs = this.#options.turns.nowMs() - flight.startedAtMs;
    this.#typicalMs += LAST_WEIGHT * (tookMs - this.#typicalMs);
    this.#learn(tickets, failed);
    if (this.#flight === flight) this.#flight = null;
  }

  #learn([first]: readonly Ticket<Item, Answer>[], failed: boolean): void {
    const { waitingMax, turns } = this.#options;
    if (typeof waitingMax === "number" || first === undefined) return;
    const latencyMs = turns.nowMs() - first.joinedAtMs;
    waitingMax.observe({ latencyMs, underWay: this.underWay, failed });
  }

  async #alone(item: Item): Promise<Answer> {
    const { turns, send, patienceMs } = this.#options;
    const answers = await Promise.race([send([item]), turns.wait(patienceMs).then(() => null)]);
    if (answers === null) throw this.#overloaded();
    const [answer] = answers;
    if (answer === undefined) throw new Error("coalescer: the answer is missing");
    return answer;
  }

  /** A call whose maker's request was ended never comes back: the line must not wait for it. */
  #giveUpLost(): void {
    if (this.#flight !== null && this.#isPast(this.#flight.startedAtMs, this.#options.patienceMs))
      this.#flight = null;
  }

  /**
   * Those who live look many times in a second, or after `patienceMs` where they wait for a call of
   * theirs. Should one of them only have been kept from it, they are told to come back.
   */
  #forgetEnded(): void {
    const beforeMs = this.#options.turns.nowMs() - 2 * this.#options.patienceMs;
    const hasEnded = (ticket: Ticket<Item, Answer>) => ticket.lookedAtMs < beforeMs;
    if (!this.#waiting.some(hasEnded)) return;
    for (const ticket of this.#waiting.filter(hasEnded)) {
      settle(ticket, { ok: false, error: this.#overloaded(), shared: false });
    }
    this.#waiting = this.#waiting.filter((ticket) => ticket.outcome === null);
  }

  #isPast(sinceMs: number, ms: number): boolean {
    return this.#options.turns.nowMs() - sinceMs > ms;
  }

  /**
   * Until the answer is likely to be there, and then a little at a time, the less often the later
   * it is: a look costs a timer. The first in the line looks as soon as the line should be free, to
   * make the call for all.
   */
  #pauseMs(ticket: Ticket<Item, Answer>, { startedAtMs }: Flight): number {
    const calls = ticket.flight !== null || this.#waiting[0] === ticket ? 1 : 2;
    const leftMs = startedAtMs + calls * this.#typicalMs - this.#options.turns.nowMs();
    const pauseMs = leftMs > 0 ? leftMs : Math.max(this.#typicalMs, -leftMs) / 4;
    return Math.min(PAUSE_MS_MAX, Math.max(1, Math.ceil(pauseMs)));
  }

  /** The line is longer than it moves: nothing of this item was sent. */
  #leave(ticket: Ticket<Item, Answer>): Unavailable {
    this.#waiting = this.#waiting.filter((other) => other !== ticket);
    return this.#overloaded();
  }

  #overloaded(): Unavailable {
    return new Unavailable(this.#options.dependency, 1);
  }
}

function settle<Item, Answer>(
  ticket: Ticket<Item, Answer> | undefined,
  outcome: Outcome<Answer>,
): void {
  if (ticket !== undefined) ticket.outcome = outcome;
}
