import type { AccountId, OrderId } from "../../src/domain/ids.ts";
import type { InArchive, OrderSnapshot } from "./contract.ts";

/**
 * Which of a merchant's accounts asks for the money of an order. It may change until a buyer has been sent
 * to pay, and never after: two of them would have been asked for it. That is decided here, in one row, so
 * of a buyer who is being sent and another device that moves the order on, one comes first.
 */
export interface RerouteRpc {
  /** Asked for before a buyer is sent to pay: from then on the order stays with that account. */
  bindAccount(request: BindRequest): Promise<BindOutcome>;

  /** Moves an order that nobody was sent to pay for on to another account, for the same sum. */
  reroute(request: RerouteRequest): Promise<Rerouted>;
}

export interface BindRequest {
  readonly orderId: OrderId;
  readonly accountId: AccountId;
}

export interface RerouteRequest {
  readonly orderId: OrderId;
  /** The account that the caller found it at. */
  readonly from: AccountId;
  readonly to: AccountId;
}

export type BindOutcome =
  | { kind: "bound"; order: OrderSnapshot }
  /** Another account has it by now, or it waits for no money any more. */
  | { kind: "refused"; order: OrderSnapshot }
  | ({ kind: "unknown" } & InArchive);

export type Rerouted =
  /** It is at `to`, by this call or one before it. */
  | { kind: "rerouted"; order: OrderSnapshot }
  /** It is bound, or elsewhere, or has moved too often, or waits for no money any more. */
  | { kind: "refused"; order: OrderSnapshot }
  | ({ kind: "unknown" } & InArchive);

/** A gateway that comes and goes moves an order so often and no more: its history is kept for years. */
export const REROUTES_MAX = 4;
