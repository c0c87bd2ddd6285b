import type { AuditEntry } from "../../domain/audit.ts";
import type { AccountId, MerchantId, StatementId } from "../../domain/ids.ts";
import type { Currency } from "../../domain/money.ts";
import type { FeeRule } from "../../domain/payments/fee.ts";
import type {
  BookedMoney,
  StatementFinding,
  StatementFindingKind,
} from "../../domain/statements/judge.ts";
import type { SettledAs } from "../../domain/statements/settlement.ts";
import type {
  Movement,
  StatementFormatName,
  StatementRow,
} from "../../domain/statements/statement.ts";
import type { StatementSummary, TallyState } from "../../domain/statements/tally.ts";

/** One comparison of a day's statement with the books. */
export interface StatementRun {
  readonly id: StatementId;
  readonly merchantId: MerchantId;
  readonly accountId: AccountId;
  readonly currency: Currency;
  /** What the gateway keeps of a payment by the account's rule; null where it has none. */
  readonly fee: FeeRule | null;
  /** "2026-11-24", as the gateway's clocks have it. */
  readonly day: string;
  readonly format: StatementFormatName;
  readonly fromMs: number;
  readonly toMs: number;
  readonly startedAtMs: number;
  /** What the gateway calls the account; null where that is not known, or its statements do not say. */
  readonly accountNumber: string | null;
  /** `fetched`: with the account's own key, so it is the account's and whole. */
  readonly origin: "sent" | "fetched";
  /** The merchant has looked: it is this account's, whatever it looks like. */
  readonly accountChecked: boolean;
}

export interface NumberedRow {
  readonly line: number;
  readonly row: StatementRow;
}

/** All that the books have under some numbers of the gateway's. */
export interface BookPage {
  readonly money: readonly BookedMoney[];
  /** `moneyKey`s that earlier rows of this statement had. */
  readonly before: ReadonlySet<string>;
  /** What the inbox made last of notices by those numbers (`noticeNumber`), where no order took them. */
  readonly noticed: ReadonlyMap<string, string>;
}

/** What a page of a statement comes to, kept in one transaction. */
export interface JudgedPage {
  readonly findings: readonly StatementFinding[];
  /** Those of ours that the statement has: the next days' need not have them. */
  readonly seen: readonly BookedMoney[];
  readonly rowsDone: number;
  /** Where to go on behind this page; null where nobody can: what was sent comes once. */
  readonly place: StatementPlace | null;
}

/**
 * How far a statement that is fetched has been compared. It is kept with each page, so whoever goes on from it counts
 * nothing twice and leaves nothing out.
 */
export interface StatementPlace {
  /** Where the part at hand begins, in the gateway's own words; null: at the beginning. */
  readonly cursor: string | null;
  /** Of the parts before that one. */
  readonly before: {
    readonly rows: number;
    readonly badRows: number;
    readonly lines: number;
    /** Of their bytes, part upon part; null where there are none. */
    readonly digest: string | null;
  };
  /** Of all rows that are kept. */
  readonly tally: TallyState;
}

/** A comparison that another invocation began. */
export interface PausedRun {
  readonly id: StatementId;
  readonly merchantId: MerchantId;
  readonly accountId: AccountId;
  readonly day: string;
  readonly startedAtMs: number;
  /** Null where not a page was kept. */
  readonly place: StatementPlace | null;
}

/** Money of ours that no statement has had. */
export interface LoneMoney extends BookedMoney {
  readonly reportedAtMs: number;
}

/** Statements beside the books, page by page: nothing is asked for that grows with the statement. */
export interface StatementBook {
  /** False while another statement of the account is being read. What broke off is forgotten. */
  begin(run: StatementRun): Promise<boolean>;
  look(run: StatementRun, rows: readonly StatementRow[]): Promise<BookPage>;
  keep(run: StatementRun, page: JudgedPage, nowMs: number): Promise<void>;
  /**
   * What was reported to us on that day and stands in no statement so far, by time, from after
   * `after`. What a person vouched for is not the gateway's.
   */
  missingThere(
    run: StatementRun,
    after: LoneMoney | null,
    limit: number,
  ): Promise<readonly LoneMoney[]>;
  /** Of what was found `missing_here` in it: how many name an order that was to be paid to which account. */
  namedOrders(run: StatementRun): Promise<ReadonlyMap<AccountId, number>>;
  /** The one that was made of the very same bytes, account and day. */
  sameFile(run: StatementRun, digest: string): Promise<StatementId | null>;
  /** Also settles what earlier statements lacked and this one had. */
  finish(
    run: StatementRun,
    made: { readonly digest: string; readonly summary: StatementSummary },
    entry: AuditEntry,
  ): Promise<void>;
  /** As if it had never begun; what was seen in it stays seen. */
  forget(id: StatementId): Promise<void>;
  /** Who works on a fetched one must keep a page within `STATEMENT_LEASE_MS`; from `atMs` on another may go on. */
  pause(id: StatementId, atMs: number): Promise<void>;
  /** The one that waits longest, for its `STATEMENT_LEASE_MS`: nobody else is given it. */
  claimPaused(nowMs: number): Promise<PausedRun | null>;
  /** The last finished one of the run's account and day that was begun when that day was over. */
  finishedBeside(run: StatementRun): Promise<StatementId | null>;
}

/** A digest of what comes in pieces. */
export interface FileDigest {
  push(bytes: Uint8Array): Promise<void>;
  /** Hexadecimal. */
  end(): Promise<string>;
}

/** A comparison as it is kept: its window follows from its day and format. */
export interface StatementRecord extends Omit<
  StatementRun,
  "fee" | "fromMs" | "toMs" | "accountNumber" | "origin" | "accountChecked"
> {
  readonly rowsDone: number;
  /** When it last kept a page. */
  readonly progressAtMs: number;
  readonly finishedAtMs: number | null;
  readonly digest: string | null;
  readonly summary: StatementSummary | null;
  /** When it goes on, where another invocation may go on with it. */
  readonly resumeAtMs: number | null;
}

/** A day of one account, on its gateway's calendar. */
export interface AccountWindow {
  readonly accountId: AccountId;
  readonly fromMs: number;
  /** The first moment of the next day. */
  readonly toMs: number;
}

/** What was found of one kind in one currency, and what of it nobody has settled. */
export interface FoundOfKind {
  readonly statementId: StatementId;
  readonly kind: StatementFindingKind;
  /** Null of rows that could not be read. */
  readonly currency: Currency | null;
  readonly found: number;
  readonly open: number;
  /** Of what is open. */
  readonly unexplainedMinor: number;
  readonly unexplainedKeys: number;
}

export interface FindingRecord {
  readonly number: number;
  readonly statementId: StatementId;
  readonly accountId: AccountId;
  readonly kind: StatementFindingKind;
  readonly movement: Movement;
  readonly line: number | null;
  readonly tradeNo: string | null;
  readonly refundRef: string;
  readonly orderRef: string | null;
  readonly ourOrder: string | null;
  readonly theirsMinor: number | null;
  readonly theirsCurrency: Currency | null;
  readonly oursMinor: number | null;
  readonly oursCurrency: Currency | null;
  readonly unexplainedMinor: number;
  readonly unexplainedKeys: number;
  readonly detail: string;
  readonly settledAs: SettledAs | null;
  readonly settledBy: string | null;
  readonly settledAtMs: number | null;
  readonly note: string | null;
}

export interface Settlement {
  readonly as: SettledAs;
  readonly note: string | null;
}

/** Answers the finding as it is afterwards: who comes second finds how the first settled it. */
export interface SettledFindings {
  settle(finding: FindingRecord, how: Settlement, entry: AuditEntry): Promise<FindingRecord>;
}
