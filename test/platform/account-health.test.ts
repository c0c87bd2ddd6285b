import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { AccountId, MerchantId } from "../../src/domain/ids.ts";
import {
  callSeen,
  NOTHING_SEEN,
  noticeSeen,
  together,
  type Tally,
} from "../../src/domain/payments/health.ts";
import type {
  PaymentAccounts,
  PaymentGateway,
  PaymentQuestion,
  PaymentStatus,
  RawNotice,
} from "../../src/flows/payments/payment-ports.ts";
import { makeAccountHealth } from "../../src/platform/account-health.ts";

const ID = "acct_one" as AccountId;
const down: PaymentStatus = { kind: "unavailable", reason: "timeout", retryAfterSeconds: null };

const seen = fc.oneof(
  fc
    .record({
      failure: fc.constantFrom(null, "timeout", "status"),
      tookMs: fc.nat(9_000),
      atMs: fc.nat(),
    })
    .map(callSeen),
  fc.nat().map((atMs) => noticeSeen(atMs)),
);

test("what was seen adds up to the same, however it is gathered", () => {
  const failedAt = (tally: Tally) => ({ ...tally, lastFailure: null });
  fc.assert(
    fc.property(fc.array(seen), fc.array(seen), (some, others) => {
      const all = [...some, ...others].reduce(together, NOTHING_SEEN);
      const parts = together(
        others.reduce(together, NOTHING_SEEN),
        some.reduce(together, NOTHING_SEEN),
      );
      expect(failedAt(parts)).toEqual(failedAt(all));
      expect(all.calls).toBeGreaterThanOrEqual(all.failures);
    }),
  );
});

function world(answer: PaymentStatus) {
  let nowMs = 1_000_000;
  const rows: Tally[] = [];
  const work: Promise<unknown>[] = [];
  const fail = { book: false };
  const gateway = {
    capabilities: { opensByCall: true, query: true },
    query: async () => {
      nowMs += 100;
      return answer;
    },
    read: async ({ query }: RawNotice) =>
      query === "forged" ? { kind: "invalid", check: "signature" } : { kind: "ignored", about: "" },
  } as unknown as PaymentGateway;
  const health = makeAccountHealth({
    book: {
      async add(_id, tally) {
        if (fail.book) throw new Error("D1 is down");
        rows.push(tally);
      },
    },
    turns: {
      nowMs: () => nowMs,
      wait: () => Promise.resolve(),
      keepAlive: (promise) => void work.push(promise),
    },
  });
  const book: PaymentAccounts = {
    account: async () => ({ id: ID, merchantId: "mer_one" as MerchantId, gateway }),
  };
  const accounts = health.observed(book);
  const settle = () => Promise.all(work);
  return {
    rows,
    fail,
    settle,
    pass: (ms: number) => void (nowMs += ms),
    async ask() {
      const account = await accounts.account(ID);
      await account?.gateway.query({} as PaymentQuestion);
      await settle();
    },
    async notice(query: string) {
      const account = await accounts.account(ID);
      await account?.gateway.read({ query } as RawNotice);
      await settle();
    },
  };
}

beforeEach(() => vi.spyOn(console, "warn").mockReturnValue());
afterEach(() => vi.restoreAllMocks());

describe("an isolate that sees a gateway", () => {
  test("writes the first call down at once, and those of the next half minute together", async () => {
    const shop = world({ kind: "pending" });
    for (let n = 0; n < 10; n++) await shop.ask();
    expect(shop.rows.map(({ calls }) => calls)).toEqual([1]);
    shop.pass(30_000);
    await shop.ask();
    expect(shop.rows.map(({ calls, totalMs }) => [calls, totalMs])).toEqual([
      [1, 100],
      [10, 1_000],
    ]);
  });

  test("loses nothing while the book is down", async () => {
    const shop = world(down);
    shop.fail.book = true;
    await shop.ask();
    shop.fail.book = false;
    shop.pass(30_000);
    await shop.ask();
    expect(shop.rows).toMatchObject([{ calls: 2, failures: 2, lastFailure: "timeout" }]);
  });

  test("notes genuine notices, and no forged one", async () => {
    const shop = world({ kind: "pending" });
    await shop.notice("forged");
    expect(shop.rows).toEqual([]);
    await shop.notice("genuine");
    expect(shop.rows).toMatchObject([{ calls: 0, lastNoticeAtMs: 1_000_000 }]);
  });
});
