import { beforeEach, describe, expect, test, vi } from "vitest";
import type { AccountId, OrderId } from "../../src/domain/ids.ts";
import { Unavailable } from "../../src/domain/overload/unavailable.ts";
import type { TradeNumber } from "../../src/flows/payments/trade-ports.ts";
import { makeTradeLook } from "../../src/platform/trade-look.ts";

const ACCOUNT = "acct_1" as AccountId;
const FIRST = "ord_1" as OrderId;
const number = (tradeNo: string): TradeNumber => ({ accountId: ACCOUNT, tradeNo });

beforeEach(() => void vi.spyOn(console, "warn").mockReturnValue());

/** An isolate in which each wait ends when `pass` has come to it. */
function turnsByHand() {
  let nowMs = 1_000_000;
  const waiters: { readonly atMs: number; readonly wake: () => void }[] = [];
  return {
    nowMs: () => nowMs,
    wait: (ms: number) =>
      new Promise<void>((wake) => void waiters.push({ atMs: nowMs + ms, wake })),
    keepAlive: () => {},
    async pass(ms: number) {
      nowMs += ms;
      for (const { atMs, wake } of waiters) if (atMs <= nowMs) wake();
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    },
  };
}

describe("looking up what a number has bought", () => {
  test("answers each for itself, and many in one read of the book", async () => {
    const reads: number[] = [];
    const turns = turnsByHand();
    const look = makeTradeLook({
      turns,
      book: {
        async takenBy(numbers) {
          reads.push(numbers.length);
          return numbers.map(({ tradeNo }) => (tradeNo === "T-1" ? FIRST : null));
        },
      },
    });
    const asked = Promise.all(["T-0", "T-1", "T-2"].map((no) => look.takenBy(number(no))));
    for (let step = 0; step < 20; step++) await turns.pass(5);
    expect(await asked).toEqual([null, FIRST, null]);
    // The first asks alone, those who come while it is on its way go together.
    expect(reads).toEqual([1, 2]);
  });

  test("has heard of nothing while the book is down", async () => {
    const takenBy = () => Promise.reject(new Unavailable("database", 1));
    const look = makeTradeLook({ turns: turnsByHand(), book: { takenBy } });
    expect(await look.takenBy(number("T-1"))).toBeNull();
  });

  test("has heard of nothing from a book that does not answer in a quarter of a second", async () => {
    const turns = turnsByHand();
    const takenBy = () => new Promise<never>(() => {});
    const asked = makeTradeLook({ turns, book: { takenBy } }).takenBy(number("T-1"));
    await turns.pass(251);
    expect(await asked).toBeNull();
  });
});
