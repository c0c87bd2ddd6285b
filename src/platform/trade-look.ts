import type { OrderId } from "../domain/ids.ts";
import type { TradeBook, TradeLook, TradeNumber } from "../flows/payments/trade-ports.ts";
import { Coalescer } from "./coalescer.ts";
import { errorFields, log } from "./log.ts";
import type { Turns } from "./turns.ts";

/** Numbers of one look: some 30 kB of the 2 MB that D1 takes as an argument. */
const BATCH_MAX = 100;
/** A rush of notices that D1 does not keep up with: the rest go on without a look. */
const WAITING_MAX = 1_000;
/** What a look may keep a buyer from their keys. */
const PATIENCE_MS = 250;

interface World {
  readonly book: Pick<TradeBook, "takenBy">;
  readonly turns: Turns;
}

/**
 * Looks up what a payment's number has bought before its order is told of it, many in one read. It never
 * keeps money from buying: a book that is slow or down has heard of nothing, and what two products then
 * deliver for one number is found when they are published (flows/payments/flag-reused-trades, decision 0085).
 */
export function makeTradeLook({ book, turns }: World): TradeLook {
  const looks = new Coalescer<TradeNumber, OrderId | null>({
    turns,
    send: (numbers) => book.takenBy(numbers),
    batchMax: BATCH_MAX,
    waitingMax: WAITING_MAX,
    patienceMs: PATIENCE_MS,
    turnMs: PATIENCE_MS,
    dependency: "database",
  });
  return {
    async takenBy({ accountId, tradeNo }) {
      try {
        return await Promise.race([
          looks.ask({ accountId, tradeNo }),
          turns.wait(PATIENCE_MS).then(() => null),
        ]);
      } catch (error) {
        log("warn", "trade_not_looked_up", errorFields(error));
        return null;
      }
    },
  };
}
