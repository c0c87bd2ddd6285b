import type { AccountId, MerchantId, OrderId } from "../../domain/ids.ts";
import type { Currency } from "../../domain/money.ts";
import type { Lane, QueryPlace } from "../../domain/payments/query-rhythm.ts";

/** An order that a gateway is to be asked about. */
export interface DueQuery extends QueryPlace {
  readonly orderId: OrderId;
  readonly merchantId: MerchantId;
  readonly accountId: AccountId;
  readonly amountMinor: number;
  readonly currency: Currency;
  /** What its gateway calls what it opened for the order: none, or one for each device. */
  readonly references: readonly (string | null)[];
  /** In a row, before this try. */
  readonly failures: number;
}

/** When it is to be asked about again; null: no more. */
export interface AskedQuery {
  readonly orderId: OrderId;
  readonly dueAtMs: number | null;
  readonly failures: number;
  /** In which it is then due. */
  readonly lane: Lane;
}

export interface ClaimRules {
  /** Accounts of one run. */
  readonly accountsMax: number;
  /** Accounts that are looked for, those of the run among them; the others' turn comes with the next ones. */
  readonly foundMax: number;
  readonly total: number;
  readonly perAccount: number;
  /** How long nobody else is given them. */
  readonly leaseMs: number;
  /** Any text: the accounts are gone through from there, in a ring. */
  readonly from: string;
}

export interface ClaimedQueries {
  readonly due: readonly DueQuery[];
  /** Accounts of which as many were taken as might be: they may have more. */
  readonly full: readonly AccountId[];
  /** Accounts with orders due that the run had no room for. */
  readonly unvisited: readonly AccountId[];
}

/** A wake-up for one slice: whoever has it asks about what is due of the account then. */
export interface QuestionsDue {
  readonly v: 1;
  readonly kind: "questions_due";
  readonly accountId: AccountId;
  readonly most: number;
  /** After it the slice is let go: another minute has planned the same orders. */
  readonly notAfterMs: number;
}

/** Hands slices to invocations of their own, each after so many seconds. */
export interface GatewayQuestions {
  send(
    slices: readonly { readonly body: QuestionsDue; readonly afterSeconds: number }[],
  ): Promise<void>;
}

/** Whom gateways are to be asked about, and when. */
export interface PaymentQueries {
  /** Takes those that are due, by lane and then the longest first, of each account a fair share: each to one caller. */
  claim(nowMs: number, rules: ClaimRules): Promise<ClaimedQueries>;
  /** The same of one account. */
  claimOf(
    accountId: AccountId,
    nowMs: number,
    rules: { readonly most: number; readonly leaseMs: number },
  ): Promise<readonly DueQuery[]>;
  /**
   * Puts orders of the accounts into the lane that they are in by now: where a round takes longer than a hold, an order's
   * deadline comes before it is asked about again.
   */
  sortLanes(accounts: readonly AccountId[], nowMs: number): Promise<void>;
  /** How many of each account are due by then, counted up to `most`; in their order. */
  countDue(
    accounts: readonly { readonly accountId: AccountId; readonly most: number }[],
    byMs: number,
  ): Promise<readonly number[]>;
  settle(asked: readonly AskedQuery[]): Promise<void>;
}
