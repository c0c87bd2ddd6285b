import type { Dispute, DisputeState, DisputeTold, Visit } from "../../domain/payments/dispute.ts";
import type { DisputeId, OrderId } from "../../domain/ids.ts";
import type { Money } from "../../domain/money.ts";
import type { GatewayUnavailable } from "../payments/payment-ports.ts";

/** What a gateway's notice says of a dispute. */
export interface DisputeReading {
  readonly kind: "disputed";
  readonly tradeNo: string;
  readonly orderRef: string | null;
  readonly disputeNo: string;
  readonly state: DisputeState;
  readonly money: Money | null;
  /** By the gateway's own clock; left out where it does not tell. */
  readonly saidAtMs?: number;
  /** Why, in its own word. */
  readonly reason?: string | null;
  /** Until when it takes evidence. */
  readonly evidenceDueAtMs?: number | null;
}

/** Which order a payment was for, as the gateway has it written down; null where it has no order of ours. */
export type OrderOfPayment =
  | { readonly kind: "order"; readonly orderRef: string | null }
  | GatewayUnavailable;

/** The cases that gateways opened. */
export interface DisputeBook {
  /** Once each, in any order, doubled: the same end. Answers the case as it stands then. */
  tell(told: DisputeTold): Promise<Dispute>;
  /** The order has heard of this state of it; with that a person's task begins or ends. Null: no order has it. */
  heard(dispute: Dispute, change: TaskChange | null): Promise<void>;
}

export interface EvidenceBook {
  /** The first time stays. */
  evidenceSent(id: DisputeId, atMs: number): Promise<void>;
}

export interface DisputeSchedule {
  /** Those whose order has not heard yet, each given to one caller until its next turn. */
  claimDue(nowMs: number, limit: number): Promise<Dispute[]>;
}

/** Of a payment that is disputed: it is a person's task while a dispute of it is open. */
export interface TaskChange {
  readonly dispute: Dispute;
  readonly about: {
    readonly orderId: OrderId;
    readonly paidAtMs: number;
    readonly money: Money;
  };
  readonly atMs: number;
}

/** Who ordered and who was shown keys. */
export interface VisitLog {
  /** The earliest first; a bounded number of them. */
  ofOrder(orderId: OrderId): Promise<readonly Visit[]>;
}
