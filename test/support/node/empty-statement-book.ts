import type { AccountId, MerchantId, StatementId } from "../../../src/domain/ids.ts";
import type { StatementRow } from "../../../src/domain/statements/statement.ts";
import type { StatementSummary } from "../../../src/domain/statements/tally.ts";
import type {
  BookPage,
  JudgedPage,
  LoneMoney,
  PausedRun,
  StatementBook,
  StatementRun,
} from "../../../src/flows/statements/statement-ports.ts";

const FROM_MS = Date.UTC(2026, 10, 23, 16);

/** An epay panel's day, as it is sent. */
export const STATEMENT_RUN: StatementRun = {
  id: `stm_${"0".repeat(20)}` as StatementId,
  merchantId: `mer_${"0".repeat(20)}` as MerchantId,
  accountId: `acct_${"0".repeat(20)}` as AccountId,
  currency: "CNY",
  fee: null,
  day: "2026-11-24",
  format: "epay",
  fromMs: FROM_MS,
  toMs: FROM_MS + 86_400_000,
  startedAtMs: 0,
  accountNumber: null,
  origin: "sent",
  accountChecked: false,
};

/* oxlint-disable no-unused-vars -- what this book passes over, those who extend it take */
/** A book that has nothing. What it is given is for those who extend it to keep. */
export class EmptyStatementBook implements StatementBook {
  async begin() {
    return true;
  }
  async look(_run: StatementRun, _rows: readonly StatementRow[]): Promise<BookPage> {
    return { money: [], before: new Set(), noticed: new Map() };
  }
  async keep(_run: StatementRun, _page: JudgedPage): Promise<void> {}
  async missingThere(): Promise<readonly LoneMoney[]> {
    return [];
  }
  async namedOrders() {
    return new Map<AccountId, number>();
  }
  async sameFile() {
    return null;
  }
  async finish(
    _run: StatementRun,
    _made: { readonly summary: StatementSummary; readonly digest: string },
  ): Promise<void> {}
  async forget(): Promise<void> {}
  async pause(): Promise<void> {}
  async claimPaused(): Promise<PausedRun | null> {
    return null;
  }
  async finishedBeside() {
    return null;
  }
}
