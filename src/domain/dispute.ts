import type { AccountId, DisputeId, KeyId, MerchantId, OrderId } from "./ids.ts";
import type { Money } from "./money.ts";

/** As the gateway tells it: a buyer wants their money back and has asked it, not the shop. */
export const DISPUTE_STATES = ["opened", "won", "lost"] as const;
export type DisputeState = (typeof DISPUTE_STATES)[number];

/** What a gateway told of a dispute, in one notice. */
export interface DisputeTold {
  readonly merchantId: MerchantId;
  readonly accountId: AccountId;
  /** The payment that it is about. */
  readonly tradeNo: string;
  /** Null where the gateway names only its own number: the payment leads to it. */
  readonly orderId: OrderId | null;
  /** The gateway's own number of it, which names it within the account. */
  readonly disputeNo: string;
  readonly state: DisputeState;
  readonly money: Money | null;
  readonly toldAtMs: number;
}

/** The case of a dispute. */
export interface Dispute extends Omit<DisputeTold, "toldAtMs"> {
  readonly id: DisputeId;
  readonly openedAtMs: number;
  readonly settledAtMs: number | null;
}

/**
 * By what a buyer's keys were shown; `ordered` is the act of ordering, which shows keys only where nothing
 * was to be paid.
 */
export const VISIT_ACTS = ["ordered", "page", "api", "stream", "file", "look_up"] as const;
export type VisitAct = (typeof VISIT_ACTS)[number];

/** Who it was, as the platform saw them and as their browser says. Personal: at rest only sealed. */
export interface Visitor {
  readonly ip: string | null;
  /** ISO 3166-1 alpha-2. */
  readonly country: string | null;
  /** Cut after USER_AGENT_MAX characters. */
  readonly userAgent: string;
}

export const USER_AGENT_MAX = 300;

/** One who did one thing with one order, however often. */
export interface Visit {
  readonly merchantId: MerchantId;
  readonly orderId: OrderId;
  readonly act: VisitAct;
  readonly visitor: Visitor;
  /** The keys that they were shown: at most VISIT_KEYS_MAX of them, `keys` is how many there were. */
  readonly keyIds: readonly KeyId[];
  readonly keys: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly times: number;
}

/** A visit at rest. */
export interface SealedVisit extends Omit<Visit, "visitor"> {
  readonly id: string;
  readonly sealedVisitor: string;
}

export const VISIT_KEYS_MAX = 50;

/** What a visit's visitor is sealed for: nothing else opens with it. */
export function visitPurpose(id: string): string {
  return `visit:${id}`;
}
