import type { DisputeWord } from "../../src/domain/payments/dispute.ts";
import type { AccountId, MerchantId, OrderId } from "../../src/domain/ids.ts";
import type { Money } from "../../src/domain/money.ts";
import type { KeyFate } from "../../src/domain/payments/refund.ts";
import type { InArchive, OrderSnapshot } from "./contract.ts";

/** How an order learns that its buyer has gone to their bank. */
export interface DisputeRpc {
  /** What its gateway says of a dispute. The same words again, and words that others have overtaken, change nothing. */
  hearDispute(request: HearDispute): Promise<DisputeOutcome>;
}

export interface HearDispute extends DisputeWord {
  readonly orderId: OrderId;
  /** Whose account it came to: an order of another merchant is unknown here. */
  readonly merchantId: MerchantId;
  readonly accountId: AccountId;
  readonly tradeNo: string;
  /** The gateway's own number of it, which names it within the account. */
  readonly disputeNo: string;
  readonly money: Money | null;
  /** What becomes of delivered keys if it is lost. */
  readonly keys: KeyFate;
}

export type DisputeOutcome =
  | { kind: "heard"; order: OrderSnapshot; isNew: boolean }
  /** More than ORDER_DISPUTES_MAX of one order. */
  | { kind: "too_many" }
  | ({ kind: "unknown" } & InArchive);
