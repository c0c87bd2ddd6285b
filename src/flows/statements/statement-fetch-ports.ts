import type { AccountId, MerchantId, StatementId } from "../../domain/ids.ts";
import type { FetchState, ReadyDay } from "../../domain/statements/nightly.ts";

/** A day's statement that is to be fetched now. */
export interface DueFetch {
  readonly accountId: AccountId;
  readonly merchantId: MerchantId;
  readonly day: string;
  /** In a row, before this try. */
  readonly failures: number;
}

/** What a try came to. */
export interface FetchResult {
  readonly state: FetchState;
  /** When it is tried again; null: no more. */
  readonly dueAtMs: number | null;
  readonly failures: number;
  readonly statementId: StatementId | null;
  readonly answer: string | null;
}

export interface FetchRecord extends DueFetch, FetchResult {}

/** Whose statements the schedule fetches, and when. */
export interface StatementFetches {
  /** Each account that was there on such a day gets that day's fetch, once, spread over half an hour. */
  plan(days: readonly ReadyDay[], nowMs: number): Promise<void>;
  /** The one that is due the longest, put off for `leaseMs`: a try that dies is had again then. */
  claim(nowMs: number, leaseMs: number): Promise<DueFetch | null>;
  /** One that a file of the merchant's has ended meanwhile stays so. */
  settle(fetch: Pick<DueFetch, "accountId" | "day">, result: FetchResult): Promise<void>;
}
