export interface GroupCommitDeps {
  readonly transaction: <T>(work: () => T) => T;
  /** Runs the flush in a turn of its own, so that every caller of this turn is in it. */
  readonly schedule: (flush: () => void) => void;
  /** After each flush, before anyone hears its answer. Must not throw. */
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
 * Many callers, one commit. Calls park here; one turn runs all of them in one transaction, each in
 * a part of its own, and then answers each. A call that throws undoes its own part and fails its
 * own caller. Should the commit as a whole fail, each is run again in a transaction of its own.
 */
export class GroupCommit {
  readonly #deps: GroupCommitDeps;
  #parked: Parked[] = [];

  constructor(deps: GroupCommitDeps) {
    this.#deps = deps;
  }

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
        for (const item of parked) this.#runOne(item);
      });
    } catch {
      // Nothing of the group was kept. What fails again now fails with its own error.
      for (const item of parked) this.#runOne(item);
    }
    this.#deps.afterCommit();
    for (const item of parked) item.answer();
  }

  #runOne(item: Parked): void {
    try {
      this.#deps.transaction(() => item.run());
    } catch (error) {
      item.fail(error);
    }
  }
}
