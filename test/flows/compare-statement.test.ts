import { describe, expect, it } from "vitest";
import type { StatementRow } from "../../src/domain/statements/statement.ts";
import { STATEMENT_ROWS_MAX } from "../../src/flows/statements/compare-pages.ts";
import { compareStatement } from "../../src/flows/statements/compare-statement.ts";
import type { LoneMoney, StatementRun } from "../../src/flows/statements/statement-ports.ts";
import { EmptyStatementBook, STATEMENT_RUN as RUN } from "../support/node/empty-statement-book.ts";

const author = { merchantId: RUN.merchantId, actor: "operator", atMs: 0 };

/** A book that has nothing, and notes how much it was asked. */
class CountingBook extends EmptyStatementBook {
  rowsDone = 0;
  looks = 0;
  finished = 0;
  forgotten = 0;
  override async look(looked: StatementRun, rows: readonly StatementRow[]) {
    this.looks++;
    expect(rows.length).toBeLessThanOrEqual(2_000);
    return super.look(looked, rows);
  }
  override async keep(_run: StatementRun, page: { rowsDone: number }) {
    this.rowsDone = page.rowsDone;
  }
  override async finish() {
    this.finished++;
  }
  override async forget() {
    this.forgotten++;
  }
}

const PIECE_ROWS = 500;

async function run(rows: number, book: CountingBook, eachPiece: (rowsRead: number) => void) {
  const text = new TextEncoder();
  async function* file() {
    yield text.encode("trade_no,out_trade_no,money,status,endtime\n");
    for (let at = 0; at < rows; at += PIECE_ROWS) {
      eachPiece(at);
      const lines = Array.from(
        { length: PIECE_ROWS },
        (_, n) => `T${at + n},o${at + n},1.00,1,2026-11-24 12:00:00\n`,
      );
      yield text.encode(lines.join(""));
    }
  }
  const digest = () => ({ push: async () => {}, end: async () => "" });
  const ports = { statements: book, clock: { nowMs: () => 0 }, digest };
  return compareStatement(ports, author, RUN, file());
}

describe("a statement of 100,000 rows", () => {
  it("is never held: no more than a page and a piece of it are read and not yet kept", async () => {
    const book = new CountingBook();
    let waiting = 0;
    const result = await run(100_000, book, (rowsRead) => {
      waiting = Math.max(waiting, rowsRead - book.rowsDone);
    });
    expect(result.ok).toBe(true);
    expect(book.rowsDone).toBe(100_000);
    expect(waiting).toBeLessThanOrEqual(2_000 + PIECE_ROWS);
    // Of the thousand statements that D1 gives an invocation a page takes at most seven.
    expect(book.looks * 7).toBeLessThan(1_000);
  });

  it("that lacks what no statement of this account could lack is refused, not told row by row", async () => {
    const lone: LoneMoney = {
      kind: "payment",
      tradeNo: "X",
      refundRef: "",
      refundNo: null,
      orderRef: "o",
      money: { amountMinor: 1, currency: "CNY" },
      untaken: null,
      keysDelivered: 1,
      reportedAtMs: RUN.fromMs,
    };
    class FullBook extends CountingBook {
      pages = 0;
      override async missingThere(): Promise<readonly LoneMoney[]> {
        this.pages++;
        return Array.from({ length: 2_000 }, () => lone);
      }
    }
    const book = new FullBook();
    const result = await run(500, book, () => {});
    expect(result).toMatchObject({ ok: false, error: { reason: "too_many_missing" } });
    expect([book.pages, book.finished, book.forgotten]).toEqual([50, 0, 1]);
  });

  it("that is longer than may be is refused as soon as it is, and leaves nothing", async () => {
    const book = new CountingBook();
    let read = 0;
    const result = await run(2 * STATEMENT_ROWS_MAX, book, (rowsRead) => {
      read = rowsRead;
    });
    expect(result).toEqual({
      ok: false,
      error: { reason: "too_long", rowsMax: STATEMENT_ROWS_MAX },
    });
    expect(read).toBeLessThan(STATEMENT_ROWS_MAX + 3_000);
    expect([book.finished, book.forgotten]).toEqual([0, 1]);
  });
});
