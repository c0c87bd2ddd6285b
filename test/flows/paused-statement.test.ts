import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StatementFinding } from "../../src/domain/statements/judge.ts";
import { moneyKey } from "../../src/domain/statements/judge.ts";
import type { StatementRow } from "../../src/domain/statements/statement.ts";
import type { StatementSummary } from "../../src/domain/statements/tally.ts";
import { Unavailable } from "../../src/domain/overload/unavailable.ts";
import { compareParts } from "../../src/flows/statements/compare-statement.ts";
import type {
  JudgedPage,
  StatementPlace,
  StatementRun,
} from "../../src/flows/statements/statement-ports.ts";
import { EmptyStatementBook, STATEMENT_RUN } from "../support/node/empty-statement-book.ts";

const author = { merchantId: STATEMENT_RUN.merchantId, actor: "schedule", atMs: 0 };
const fee = { fixedMinor: 0, basisPoints: 60 };
const RUN: StatementRun = { ...STATEMENT_RUN, fee, origin: "fetched" };

/** A book without money, that keeps what it is given as D1 does: a page and its place, or neither. */
class KeepingBook extends EmptyStatementBook {
  findings: StatementFinding[] = [];
  place: StatementPlace | null = null;
  summary: StatementSummary | null = null;
  digest = "";
  override async look(_run: StatementRun, rows: readonly StatementRow[]) {
    const asked = new Set(rows.map(({ tradeNo }) => tradeNo));
    const before = this.findings
      .filter(({ tradeNo }) => tradeNo !== null && asked.has(tradeNo))
      .map(({ movement: kind, tradeNo, refundRef }) =>
        moneyKey({ kind, tradeNo: tradeNo ?? "", refundRef }),
      );
    return { money: [], before: new Set(before), noticed: new Map<string, string>() };
  }
  override async keep(_run: StatementRun, { findings, place }: JudgedPage) {
    this.findings.push(...findings);
    this.place = place ?? this.place;
  }
  override async finish(
    _run: StatementRun,
    made: { readonly summary: StatementSummary; readonly digest: string },
  ) {
    this.summary = made.summary;
    this.digest = made.digest;
  }
  override async forget() {
    this.findings = [];
    this.place = null;
  }
}

/** Three pages and a half in each of two parts: rows that cannot be read, that come twice, that are two in one. */
const PARTS = [0, 10_000].map((from) =>
  Array.from({ length: 6_500 }, (_, n) => {
    const number = n % 1_100 === 7 ? 7 : from + n;
    const sum = n % 500 === 3 ? "ten" : "1.00";
    return `T${number},o${number},${sum},${n % 900 === 5 ? 2 : 1},2026-11-24 12:00:00\n`;
  }),
);

/** How many bytes came: enough to see that they are the same. */
function byteCount() {
  let length = 0;
  return {
    push: async (bytes: Uint8Array) => {
      length += bytes.byteLength;
    },
    end: async () => String(length),
  };
}

async function part(cursor: string | null, breaksAfter: number | null) {
  const lines = PARTS[cursor === null ? 0 : 1] ?? [];
  const text = new TextEncoder();
  async function* pieces() {
    yield text.encode("trade_no,out_trade_no,money,status,endtime\n");
    for (let at = 0; at < lines.length; at += 700) {
      if (breaksAfter !== null && at >= breaksAfter) throw new Unavailable("gateway", 60);
      yield text.encode(lines.slice(at, at + 700).join(""));
    }
  }
  return { pieces: pieces(), rest: () => (cursor === null ? "second" : null) };
}

interface Stretch {
  readonly pagesLeft: number;
  readonly breaksAfter: number | null;
}

/** Invocation after invocation, each as long as its stretch, until there is a report. */
async function compared(stretches: Iterator<Stretch>): Promise<KeepingBook> {
  const book = new KeepingBook();
  const ports = { statements: book, clock: { nowMs: () => 0 }, digest: byteCount };
  let isPaused = false;
  for (let invocations = 0; book.summary === null; invocations++) {
    expect(invocations).toBeLessThan(200);
    const { pagesLeft, breaksAfter } = stretches.next().value as Stretch;
    const parts = {
      at: (cursor: string | null) => part(cursor, breaksAfter),
      from: isPaused ? { place: book.place } : null,
      pace: { pagesLeft, untilMs: Infinity },
    };
    isPaused = false;
    try {
      const result = await compareParts(ports, author, RUN, parts);
      isPaused = result.ok && result.value.outcome === "paused";
    } catch (error) {
      // Before anything was kept: nothing is left of it.
      expect(error).toBeInstanceOf(Unavailable);
      expect(book.findings).toEqual([]);
    }
  }
  return book;
}

const inOneGo = function* () {
  for (;;) yield { pagesLeft: Infinity, breaksAfter: null };
};

describe("a statement that is compared in stretches", () => {
  it("is the same as in one go, however long each was and wherever the gateway broke off", async () => {
    const whole = await compared(inOneGo());
    expect(whole.summary?.rows).toBe(12_990);
    expect(whole.summary?.badRows).toBe(26);
    // Lines are counted through, as if it were one file.
    expect(whole.findings.at(-1)?.line).toBe(13_001);
    const stretch = fc.record({
      pagesLeft: fc.integer({ min: 1, max: 5 }),
      breaksAfter: fc.option(fc.integer({ min: 1, max: 6_500 }), { freq: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(stretch), async (stretches) => {
        const pieced = await compared(stretches);
        expect(pieced.summary).toEqual(whole.summary);
        expect(pieced.digest).toBe(whole.digest);
        const byLine = (findings: readonly StatementFinding[]) =>
          findings.toSorted(
            (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.movement < b.movement ? -1 : 1),
          );
        expect(byLine(pieced.findings)).toEqual(byLine(whole.findings));
      }),
      { numRuns: 12 },
    );
  });
});
