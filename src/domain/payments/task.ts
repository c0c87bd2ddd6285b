import type { AccountId, MerchantId, OrderId } from "../ids.ts";
import type { TaskReason } from "./money-policy.ts";
import type { Currency } from "../money.ts";

/** A payment that has not simply bought something: the policy's to decide about, or a person's. */
export interface Task {
  readonly number: number;
  readonly merchantId: MerchantId;
  readonly orderId: OrderId;
  readonly accountId: AccountId;
  readonly tradeNo: string;
  readonly reason: TaskReason;
  readonly amountMinor: number;
  readonly currency: Currency;
  readonly paidAtMs: number;
  /** `policy` until it has decided; `open`: a person must; then `done`. */
  readonly state: "policy" | "open" | "done";
  /** Why it came to a person, or what a gateway said. */
  readonly because: string | null;
  /** Of an open one: until when its buyer was told that a person will have acted, or until when the gateway takes evidence; null: nobody was told. */
  readonly dueAtMs: number | null;
  readonly note: string | null;
  readonly doneAtMs: number | null;
}

/** What a look came to. */
export type TaskEnd =
  | { readonly state: "policy"; readonly lookAtMs: number }
  | { readonly state: "open"; readonly because: string; readonly dueAtMs: number | null }
  | { readonly state: "done"; readonly doneAtMs: number };
