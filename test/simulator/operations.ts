import type { DeathPlace } from "./stock-object.ts";
import type { ProductNumber } from "./shop.ts";

/**
 * What people, gateways, machines and bad luck do: a script of these and a seed are a whole run.
 * Orders are named by number. `atMs` counts from the beginning of the world.
 */
export type Operation = { readonly atMs: number } & (
  | Order
  | Pay
  | { readonly kind: "cancel"; readonly n: number; readonly by: "buyer" | "merchant" }
  | Import
  | { readonly kind: "fulfil"; readonly n: number; readonly act: number; readonly spare: number }
  | { readonly kind: "mark_paid"; readonly n: number }
  | { readonly kind: "review"; readonly n: number; readonly word: "approve" | "reject" }
  | { readonly kind: "look"; readonly n: number; readonly as: "buyer" | "stranger" }
  | { readonly kind: "edit"; readonly product: ProductNumber; readonly priceMinor: number }
  | ({ readonly kind: "kill"; readonly place: DeathPlace } & Target)
  | { readonly kind: "kill_isolate"; readonly which: number }
  | { readonly kind: "down"; readonly what: string; readonly forMs: number }
  | ({ readonly kind: "skew"; readonly byMs: number } & Target)
  | { readonly kind: "skew_edges"; readonly byMs: number }
  | { readonly kind: "announce"; readonly product: ProductNumber }
  | Refund
  | DeskRefund
  | Dispute
);

/** One of a product's objects. */
interface Target {
  readonly product: ProductNumber;
  readonly shard: number;
}

export interface Order {
  readonly kind: "order";
  readonly n: number;
  readonly product: ProductNumber;
  readonly buyer: number;
  /** With a mailbox that the shop doubts: a person must look before the keys leave. */
  readonly doubted: boolean;
  readonly quantity: number;
  readonly variant: "m" | "y" | null;
  /** Says what sum it saw. */
  readonly saysSum: boolean;
  /** What follows the answer: the same words again, or other words under the same key. */
  readonly afterwards: "nothing" | "same" | "other";
  /** How long after. */
  readonly afterwardsMs: number;
}

export interface Pay {
  readonly kind: "pay";
  readonly n: number;
  /** Its trade number is that of payment `trade` of the order `tradeOf`. */
  readonly tradeOf: number;
  readonly trade: number;
  readonly sum: "exact" | "cent_less" | "cent_more" | "double" | "currency";
  /** When each copy of the notice sets out, from the operation's time. */
  readonly noticesAfterMs: readonly number[];
  /** A notice that says "not paid" comes first. */
  readonly notPaidFirst: boolean;
  /** Through the other merchant's account. */
  readonly astray: boolean;
  /** Although the buyer never learned that there is an order. */
  readonly blind: boolean;
}

/** The merchant gives money of an order back. */
export interface Refund {
  readonly kind: "refund";
  readonly n: number;
  /** Names it: the same again is the same wish. */
  readonly act: number;
  readonly sum: "all" | "half";
  readonly keys: "void" | "keep";
}

/** A person gives money back at the gateway's own desk, without the shop. */
export interface DeskRefund {
  readonly kind: "desk_refund";
  readonly n: number;
  readonly sum: "all" | "half";
  /** When each copy of its notice sets out, from the operation's time; none comes where there is none. */
  readonly noticesAfterMs: readonly number[];
}

/** A buyer wants their money back of their bank, which takes it or not. */
export interface Dispute {
  readonly kind: "dispute";
  readonly n: number;
  /** Whether it is of half the sum; otherwise of all. */
  readonly half: boolean;
  readonly words: readonly {
    readonly state: "opened" | "won" | "lost";
    /** When the gateway says so, from the operation's time. */
    readonly saidAfterMs: number;
    /** When each copy of that notice sets out, from when it is said. */
    readonly noticesAfterMs: readonly number[];
  }[];
}

export interface Import {
  readonly kind: "import";
  readonly product: ProductNumber;
  readonly batch: number;
  /** Keys `first` to `first + count - 1`; batches overlap now and then. */
  readonly first: number;
  readonly count: number;
  readonly repeats: number;
  readonly livesMs: number | null;
}

/** How a script is printed: one operation a line, as JSON. */
export function scriptText(script: readonly Operation[]): string {
  return script.map((operation) => `    ${JSON.stringify(operation)}`).join("\n");
}
