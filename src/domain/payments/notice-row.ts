import type { AccountId, MerchantId, NoticeId } from "../ids.ts";
import type { Currency, Money } from "../money.ts";
import { noticeExpiryMs, type CheckVerdict, type NoticeVerdict } from "./notice.ts";
import type { RawNotice } from "./raw-notice.ts";

/** What the inbox is told of a notice: what it says, what each check found, what became of it. */
export interface NoticeEntry {
  readonly merchantId: MerchantId;
  readonly accountId: AccountId;
  readonly tradeNo: string;
  readonly orderRef: string;
  readonly money: Money | null;
  /** With account, trade and order, what makes two notices the same; null: only the same bytes do. */
  readonly says: string | null;
  readonly verdict: NoticeVerdict;
  readonly source: "notice" | "query";
  readonly genuine: boolean;
  readonly matched: boolean | null;
  readonly attention: boolean;
  readonly checks: readonly CheckVerdict[];
  /** Null for what the gateway answered when it was asked. */
  readonly raw: RawNotice | null;
  readonly receivedAtMs: number;
}

/** Whose notice it is, how it came, and when. */
export interface Receipt extends Pick<
  NoticeEntry,
  "merchantId" | "accountId" | "source" | "raw" | "receivedAtMs"
> {
  /** An answer to a question of ours, of a gateway that does not sign them. */
  readonly unsigned?: true;
}

/** What was made of a notice. Another look at it, with other credentials, may change all of it. */
export interface NoticeJudgement {
  readonly tradeNo: string;
  readonly orderRef: string;
  readonly amountMinor: number | null;
  readonly currency: Currency | null;
  readonly verdict: NoticeVerdict;
  readonly genuine: boolean;
  readonly matched: boolean | null;
  readonly attention: boolean;
  readonly checks: readonly CheckVerdict[];
  readonly expiresAtMs: number;
}

/** A notice as the inbox has it. */
export interface NoticeRow extends NoticeJudgement {
  readonly id: NoticeId;
  readonly merchantId: MerchantId;
  readonly accountId: AccountId;
  /** `query`: no notice has come, the gateway said it when it was asked. */
  readonly source: "notice" | "query";
  /** The raw material, sealed for this row; null where it was too long to keep, or there is none. */
  readonly sealedRaw: string | null;
  /** The first time. */
  readonly receivedAtMs: number;
  readonly lastReceivedAtMs: number;
  readonly times: number;
  readonly replayedAtMs: number | null;
}

/** Under what the raw material of a notice is sealed. */
export const noticePurpose = (id: NoticeId): string => `notice ${id}`;

export function judgementOf(entry: NoticeEntry, nowMs: number): NoticeJudgement {
  const { tradeNo, orderRef, money, verdict, genuine, matched, attention, checks } = entry;
  return {
    tradeNo,
    orderRef,
    amountMinor: money?.amountMinor ?? null,
    currency: money?.currency ?? null,
    verdict,
    genuine,
    matched,
    attention,
    checks,
    expiresAtMs: noticeExpiryMs(entry, nowMs),
  };
}
