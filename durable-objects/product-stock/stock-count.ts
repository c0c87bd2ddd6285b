import { dropOf } from "../../src/domain/product/terms.ts";
import { countStock, stockVersion } from "./books.ts";
import type { StockLevel } from "./contract.ts";
import type { Ledger } from "./ledger.ts";
import { heldOf, leftOf } from "./tickets.ts";

/**
 * Counting takes about a millisecond for each 10,000 keys. Whoever only glances is shown a count that
 * may be twenty times as old as it took to make: a sale of a million keys changes it with each
 * commit, and counting for every page would leave the object little time to sell.
 */
const GLANCE_MS_PER_KEY = 20 / 10_000;

/** Keys counted from their rows, once for each version of the stock. */
export class StockCount {
  readonly #ledger: Ledger;
  #last: StockLevel | null = null;
  #glanceUntilMs = 0;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** What was counted last, and may be shown to those who glance. */
  get last(): StockLevel | null {
    return this.#last;
  }

  /** It is not what the rows say: whoever asks next has them counted. */
  forget(): void {
    this.#last = null;
  }

  /** As the rows are now. */
  count(): StockLevel {
    if (this.#last?.version !== stockVersion(this.#ledger)) this.#last = countStock(this.#ledger);
    return this.#last;
  }

  /** As the rows are, or were a moment ago: for a page, which a moment later is old anyway. */
  glance(nowMs: number): StockLevel {
    const level = this.#glance(nowMs);
    const { terms } = this.#ledger;
    const drop = terms === null ? null : dropOf(terms, nowMs);
    // Not a matter of the stock's version: a drop may come and go while no key moves.
    if (drop === null) return level;
    const left = leftOf(this.#ledger, drop);
    const held = left === 0 ? heldOf(this.#ledger, drop) : 0;
    const halted = terms?.status !== "active";
    return { ...level, drop: { id: drop.id, left, held, halted } };
  }

  #glance(nowMs: number): StockLevel {
    if (this.#last !== null && nowMs < this.#glanceUntilMs) return this.#last;
    const level = this.count();
    const keys = level.free + level.held + level.sold + level.void;
    this.#glanceUntilMs = nowMs + keys * GLANCE_MS_PER_KEY;
    return level;
  }
}
