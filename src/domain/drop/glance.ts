import type { DropId } from "../ids.ts";

/** Keys of the product by state, and the drop's own count of what it has sold. */
export interface StockGlance {
  readonly free: number;
  readonly held: number;
  readonly sold: number;
  /** Null where the stock object has not heard of the drop yet: then nobody has bought in it. */
  readonly drop: {
    readonly left: number;
    /** Where nothing is left: keys that may come back. */
    readonly held: number;
    /** Nobody can order: nobody is let in, and nothing is learnt from it. */
    readonly halted: boolean;
  } | null;
}

/** What a stock object shows to those who glance, as far as it matters here. */
interface Level extends Omit<StockGlance, "drop"> {
  readonly drop?: {
    readonly id: DropId;
    readonly left: number;
    readonly held?: number;
    readonly halted?: boolean;
  };
}

/** What the shards of a product show of a drop of that many keys, together. */
export function glanceOf(
  levels: readonly Level[],
  { dropId, quantity }: { readonly dropId: DropId; readonly quantity: number },
): StockGlance {
  const sum = (of: "free" | "held" | "sold") =>
    levels.reduce((total, level) => total + level[of], 0);
  const known = levels.flatMap(({ drop }) => (drop?.id === dropId ? [drop] : []));
  const taken = known.reduce((total, { left }) => total + quantity - left, 0);
  const drop = {
    left: Math.max(0, quantity - taken),
    held: known.reduce((total, { held = 0 }) => total + held, 0),
    halted: known.some(({ halted = false }) => halted),
  };
  return {
    free: sum("free"),
    held: sum("held"),
    sold: sum("sold"),
    drop: known.length === 0 ? null : drop,
  };
}
