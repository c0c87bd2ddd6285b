/** A free key, as far as handing it out needs to know it. */
export type FreeRow = { row: number; expires_at_ms: number | null };

/**
 * Free keys that one transaction has looked up and not handed out yet, by pool: a list of buyers is
 * served from one look. What is here is free in the table too, because keys leave the pool only by
 * being handed out from here or with a `forget`; where that failed, the guard of the UPDATE that
 * takes a key undoes the transaction. Too few here says nothing: the table is asked again.
 */
export class FreeKeys {
  readonly #byPool = new Map<string, FreeRow[]>();
  /** Buyers of the list that runs who may still want a key: how far a look goes ahead. */
  ahead = 0;

  /** The first `quantity` of the pool, now handed out; null where there are not so many here. */
  take(pool: string, quantity: number): FreeRow[] | null {
    const known = this.#byPool.get(pool) ?? [];
    return known.length < quantity ? null : known.splice(0, quantity);
  }

  /** All that a look at the table has found. */
  found(pool: string, rows: FreeRow[]): void {
    this.#byPool.set(pool, rows);
  }

  /** Keys have left or joined the pool by another way. */
  forget(): void {
    this.#byPool.clear();
  }
}
