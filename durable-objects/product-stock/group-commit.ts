export interface GroupCommitDeps {
  readonly transaction: <T>(work: () => T) => T;
  /** Runs the flush in a turn of its own, so that every caller of this turn is in it. */
  readonly schedule: (flush: () => void) => void;
  /** After each flush, before anyone hears its answer. */
  readonly afterCommit: () => void;
}

interface Parked {
  /** Does the work and remembers its outcome. Throws what the work throws. */
  readonly run: () => void;
  readonly fail: (error: unknown) => void;
  /** Tells the caller the outcome of the last run. */
  readonly answer: () => void;
}

/**
 * Many callers, one commit. Calls park here; one turn runs all of them in one transaction and then
 * answers each. Should it fail, nothing of it is kept, and each call is run again in a transaction
 * of its own: one that throws then fails its own caller and nobody else's.
 */
export class GroupCommit {
  readonly #deps: GroupCommitDeps;
  #parked: Parked[] = [];

  constructor(deps: GroupCommitDeps) {
    this.#deps = deps;
  }

  /** `work` may run twice, the first time undone: it must leave nothing behind but rows. */
  run<T>(work: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let settle: (() => void) | null = null;
    this.#parked.push({
      run: () => {
        const value = work();
        settle = () => resolve(value);
      },
      fail: (error) => {
        settle = () => reject(error instanceof Error ? error : new Error(String(error)));
      },
      answer: () => settle?.(),
    });
    if (this.#parked.length === 1) this.#deps.schedule(() => this.#flush());
    return promise;
  }

  #flush(): void {
    const parked = this.#parked;
    this.#parked = [];
    try {
      this.#deps.transaction(() => {
        for (const item of parked) item.run();
      });
    } catch {
      // Not ignored: what fails again, fails with its own error.
      for (const item of parked) this.#runAlone(item);
    }
    try {
      this.#deps.afterCommit();
    } finally {
      // What was committed is true, whatever came of telling others.
      for (const item of parked) item.answer();
    }
  }

  #runAlone(item: Parked): void {
    try {
      this.#deps.transaction(() => item.run());
    } catch (error) {
      item.fail(error);
    }
  }
}
