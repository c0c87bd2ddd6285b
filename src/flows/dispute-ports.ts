import type { DisputeTold, Visit } from "../domain/dispute.ts";
import type { OrderId } from "../domain/ids.ts";

/** The cases that gateways opened. */
export interface DisputeBook {
  /** Once each, in any order: an end stays an end. */
  tell(told: DisputeTold): Promise<void>;
}

/** Who ordered and who was shown keys. */
export interface VisitLog {
  /** The earliest first; a bounded number of them. */
  ofOrder(orderId: OrderId): Promise<readonly Visit[]>;
}
