import { sameMoney, type Money } from "../money.ts";
import type { StatementRow } from "./statement.ts";

/** Money as our books have it: a payment or refund that was recorded for an account. */
export interface BookedMoney {
  readonly kind: "payment" | "refund";
  readonly tradeNo: string;
  readonly refundRef: string | null;
  readonly orderRef: string;
  readonly money: Money;
  /** False where it was recorded and no order could take it: a wrong sum, a second payment. */
  readonly explained: boolean;
  /** Recorded so near midnight that it may stand in the statement of the next or the last day. */
  readonly nearMidnight: boolean;
}

/**
 * What a comparison says of one movement of money.
 * - `matched`: both have it, the same sum, for the same order, and an order took it.
 * - `unexplained`: both have it alike, and no order of ours took it: a person must look.
 * - `missing_here`: the gateway has it; no notice of it reached us.
 * - `missing_there`: we have it; the gateway does not.
 * - `other_sum`, `other_order`: both have it, differently.
 * - `twice_there`: the gateway has it a second time.
 */
export type Comparison =
  | { kind: "matched" | "unexplained"; theirs: StatementRow; ours: BookedMoney }
  | { kind: "other_sum" | "other_order"; theirs: StatementRow; ours: BookedMoney }
  | { kind: "missing_here" | "twice_there"; theirs: StatementRow; ours: null }
  | { kind: "missing_there"; theirs: null; ours: BookedMoney };

/**
 * Both books side by side, each sorted by `moneyKey` in the order of bytes: one movement of each is
 * held at a time, so a day of any length is compared in the memory of one.
 */
export async function* compareBooks(
  statement: AsyncIterable<StatementRow>,
  book: AsyncIterable<BookedMoney>,
): AsyncGenerator<Comparison> {
  const theirs = statement[Symbol.asyncIterator]();
  const ours = book[Symbol.asyncIterator]();
  let lastKey: string | null = null;
  let [their, our] = await Promise.all([theirs.next(), ours.next()]);
  /* oxlint-disable no-await-in-loop -- which book is read next, the last comparison says */
  while (their.done !== true || our.done !== true) {
    const theirKey = their.done === true ? null : moneyKey(their.value);
    const ourKey = our.done === true ? null : moneyKey(our.value);
    if (their.done !== true && theirKey === lastKey) {
      yield { kind: "twice_there", theirs: their.value, ours: null };
      their = await theirs.next();
    } else if (their.done !== true && our.done !== true && theirKey === ourKey) {
      yield compareOne(their.value, our.value);
      lastKey = theirKey;
      [their, our] = await Promise.all([theirs.next(), ours.next()]);
    } else if (their.done !== true && (ourKey === null || (theirKey ?? "") < ourKey)) {
      yield { kind: "missing_here", theirs: their.value, ours: null };
      lastKey = theirKey;
      their = await theirs.next();
    } else if (our.done !== true) {
      if (!our.value.nearMidnight) yield { kind: "missing_there", theirs: null, ours: our.value };
      our = await ours.next();
    }
  }
  /* oxlint-enable no-await-in-loop */
}

/** What names a movement in both books. Printable ASCII, so its order is that of bytes. */
export function moneyKey(money: Pick<StatementRow, "kind" | "tradeNo" | "refundRef">): string {
  return `${money.tradeNo} ${money.kind} ${money.refundRef ?? ""}`;
}

function compareOne(theirs: StatementRow, ours: BookedMoney): Comparison {
  if (!sameMoney(theirs.money, ours.money)) return { kind: "other_sum", theirs, ours };
  if (theirs.orderRef !== null && theirs.orderRef !== ours.orderRef) {
    return { kind: "other_order", theirs, ours };
  }
  return { kind: ours.explained ? "matched" : "unexplained", theirs, ours };
}
