import type { ReserveRequest } from "../../durable-objects/product-stock/contract.ts";
import type { Rows } from "./rows.ts";
import type { StockObject } from "./stock-object.ts";

/** One shard of a product, as the auditor sees it. */
export interface Seen {
  readonly object: StockObject;
  readonly rows: Rows;
}

/** A look for keys that is under way in some shard. */
export interface Look {
  readonly product: number;
  readonly request: ReserveRequest;
  /** At some moment of it there was less than it wants, in all shards and on the way. */
  wasShort: boolean;
}

/**
 * Keys that orders of a variant could have from all shards together, those on their way among them.
 * Keys that will expire are left out: how many there are depends on whose clock is asked.
 */
export function freeTogether(shards: readonly Seen[], variant: string | null): number {
  let free = 0;
  for (const { object, rows } of shards) {
    free += rows.lastingFree(variant);
    for (const { number, to_number: to, keys } of rows.transfers(variant)) {
      const there = shards.find((shard) => shard.object.number === to);
      if (there?.rows.hasReceived(object.number, number) !== true) free += keys;
    }
  }
  return free;
}
