import { Unavailable } from "../domain/unavailable.ts";

/**
 * Many buyers, one call. While one call to a product's object is under way, the buyers of this
 * isolate who come meanwhile wait, and go together in the next. Alone, a buyer waits for nobody.
 *
 * What makes it safe on this platform, where one request may not wait on another's I/O:
 * - only plain data is shared between requests, errors included;
 * - everyone who waits has I/O of their own pending (`wait`), or the runtime would end them;
 * - each call is made by one of the buyers it carries, kept alive when that buyer leaves
 *   (`keepAlive`), and whoever leads names the next to lead;
 * - a leader who vanishes all the same is noticed by those who wait, and one of them takes over.
 * Whoever gives up waiting may have been carried: their request names its own key, so they ask again.
 */
export interface CoalescerDeps<Request, Outcome> {
  /** One call for all of them; outcome i answers request i. */
  readonly send: (requests: Request[]) => Promise<Outcome[]>;
  readonly wait: (ms: number) => Promise<unknown>;
  readonly keepAlive: (work: Promise<unknown>) => void;
  readonly nowMs: () => number;
}

/** The most that one call carries. */
const CARRY_MAX = 100;
/** The most that wait; beyond it the honest answer is "busy", at once. */
const WAITING_MAX = 2_000;
/** How long anyone waits for an answer. */
const WAIT_MS_MAX = 5_000;
/** How often who waits looks after the leader; and how long a leader may be silent. */
const LOOK_MS = 250;
const SILENCE_MS_MAX = 2_000;

type Answer<Outcome> =
  | { readonly kind: "outcome"; readonly outcome: Outcome }
  /** The one who waited is to make the next call, for everyone who waits. */
  | { readonly kind: "lead" }
  | { readonly kind: "failed"; readonly failure: Failure };

/** An error as plain data: each caller throws one of their own. */
interface Failure {
  readonly message: string;
  readonly unavailable: { readonly dependency: string; readonly retryAfterSeconds: number } | null;
}

interface Waiter<Request, Outcome> {
  readonly request: Request;
  answer: (answer: Answer<Outcome>) => void;
}

export class Coalescer<Request, Outcome> {
  readonly #deps: CoalescerDeps<Request, Outcome>;
  #waiting: Waiter<Request, Outcome>[] = [];
  /** Who leads, by number, and since when; null while nobody does. */
  #leader: { readonly term: number; readonly sinceMs: number } | null = null;
  #terms = 0;

  constructor(deps: CoalescerDeps<Request, Outcome>) {
    this.#deps = deps;
  }

  async submit(request: Request): Promise<Outcome> {
    if (this.#leader === null) return this.#lead(request);
    if (this.#waiting.length >= WAITING_MAX) throw errorOf(TOO_MANY);
    return this.#follow(request);
  }

  async #follow(request: Request): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Answer<Outcome>>();
    const waiter: Waiter<Request, Outcome> = { request, answer: resolve };
    this.#waiting.push(waiter);
    const sinceMs = this.#deps.nowMs();
    for (;;) {
      const look = this.#deps.wait(LOOK_MS).then(() => null);
      // oxlint-disable-next-line no-await-in-loop -- each look is at how things stand by then
      const answer = await Promise.race([promise, look]);
      if (answer?.kind === "outcome") return answer.outcome;
      if (answer?.kind === "failed") throw errorOf(answer.failure);
      if (answer?.kind === "lead") return this.#lead(request);

      const waitedMs = this.#deps.nowMs() - sinceMs;
      if (this.#leaderIsSilent() && this.#leave(waiter)) return this.#lead(request);
      if (waitedMs > WAIT_MS_MAX && this.#leave(waiter)) break;
      // Taken along by a call that does not come back.
      if (waitedMs > WAIT_MS_MAX + SILENCE_MS_MAX) break;
    }
    throw errorOf(TOO_LATE.failure);
  }

  #leaderIsSilent(): boolean {
    return this.#leader === null || this.#deps.nowMs() - this.#leader.sinceMs > SILENCE_MS_MAX;
  }

  /** False where the waiter has been taken along, or named to lead, already. */
  #leave(waiter: Waiter<Request, Outcome>): boolean {
    const place = this.#waiting.indexOf(waiter);
    if (place >= 0) this.#waiting.splice(place, 1);
    return place >= 0;
  }

  async #lead(request: Request): Promise<Outcome> {
    const term = this.#begin();
    const carried = this.#waiting.splice(0, CARRY_MAX - 1);
    const call = this.#call(request, carried).finally(() => this.#handOver(term));
    // The others' answers hang on this call: it goes on though this buyer hang up.
    this.#deps.keepAlive(call);
    const answer = await Promise.race([call, this.#deps.wait(WAIT_MS_MAX).then(() => TOO_LATE)]);
    if (answer.kind === "failed") throw errorOf(answer.failure);
    return answer.outcome;
  }

  #begin(): number {
    this.#terms++;
    this.#leader = { term: this.#terms, sinceMs: this.#deps.nowMs() };
    return this.#terms;
  }

  /** The next in line leads. A leader who was thought silent and comes back late names nobody. */
  #handOver(term: number): void {
    if (this.#leader?.term !== term) return;
    const next = this.#waiting.shift();
    if (next === undefined) this.#leader = null;
    else this.#begin();
    next?.answer({ kind: "lead" });
  }

  /** Never throws: what went wrong is everyone's answer. */
  async #call(
    request: Request,
    carried: readonly Waiter<Request, Outcome>[],
  ): Promise<Exclude<Answer<Outcome>, { kind: "lead" }>> {
    const requests = [request, ...carried.map((waiter) => waiter.request)];
    const answers = await this.#answersTo(requests);
    for (const [place, waiter] of carried.entries()) waiter.answer(answers[place + 1] ?? NO_ANSWER);
    return answers[0] ?? NO_ANSWER;
  }

  async #answersTo(requests: Request[]): Promise<Exclude<Answer<Outcome>, { kind: "lead" }>[]> {
    try {
      const outcomes = await this.#deps.send(requests);
      return outcomes.map((outcome) => ({ kind: "outcome", outcome }));
    } catch (error) {
      const failure = failureOf(error);
      // An object that cannot answer is not asked a hundred times more; and alone is alone.
      if (failure.unavailable !== null || requests.length === 1) {
        return requests.map(() => ({ kind: "failed", failure }));
      }
      // One of them is a bug of ours. Each for itself, so that it fails no one but its own caller.
      const alone = await Promise.all(requests.map((each) => this.#answersTo([each])));
      return alone.flat();
    }
  }
}

const TOO_MANY: Failure = {
  message: "too many wait",
  unavailable: { dependency: "stock", retryAfterSeconds: 1 },
};

const TOO_LATE = {
  kind: "failed",
  failure: { message: "no answer in time", unavailable: TOO_MANY.unavailable },
} as const;

const NO_ANSWER = {
  kind: "failed",
  failure: { message: "the call answered for fewer than it carried", unavailable: null },
} as const;

function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof Unavailable)) return { message, unavailable: null };
  const { dependency, retryAfterSeconds } = error;
  return { message, unavailable: { dependency, retryAfterSeconds } };
}

function errorOf({ message, unavailable }: Failure): Error {
  if (unavailable === null) return new Error(message);
  return new Unavailable(unavailable.dependency, unavailable.retryAfterSeconds);
}
