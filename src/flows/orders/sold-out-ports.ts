import type { OrderId } from "../../domain/ids.ts";
import type { Terms } from "../../domain/product/terms.ts";

/** What the edge remembers of products that are sold out, for about a second (docs/decisions/0036). */
export interface SoldOut {
  /** An object has refused an order by these terms for lack of keys: the next may be told without it. */
  note(terms: Terms): void;
  /**
   * An order goes to its object: whether it is known there is the object's to say from now on, whatever
   * was heard before.
   */
  sends(id: OrderId): void;
  /** Null where the object has to be asked. */
  shortage(terms: Terms, wanted: Wanted): Promise<Shortage | null> | null;
}

export interface Wanted {
  readonly variantId: string | null;
  readonly quantity: number;
}

/** Fewer keys than are wanted. */
export interface Shortage {
  readonly available: number;
  /** Whether there may be an order of that id: then the object answers it. */
  mayKnow(id: OrderId): boolean;
}
