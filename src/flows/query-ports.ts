import type { AccountId, MerchantId, OrderId } from "../domain/ids.ts";
import type { Currency } from "../domain/money.ts";
import type { QueryPlace } from "../domain/query-rhythm.ts";

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
}

export interface ClaimRules {
  /** Accounts of one run; the others' turn comes with the next ones. */
  readonly accountsMax: number;
  readonly total: number;
  readonly perAccount: number;
  /** How long nobody else is given them. */
  readonly leaseMs: number;
  /** Any text: the accounts are gone through from there, in a ring. */
  readonly from: string;
}

/** Whom gateways are to be asked about, and when. */
export interface PaymentQueries {
  /** Takes those that are due, the longest first, of each account a fair share: each to one caller. */
  claim(nowMs: number, rules: ClaimRules): Promise<readonly DueQuery[]>;
  settle(asked: readonly AskedQuery[]): Promise<void>;
}
