import type { PayableAccount } from "../../../src/domain/payments/choice.ts";
import { ACCOUNT } from "../../store/fixtures.ts";

/** An account with no fee and no limits, but for what is said otherwise. */
export function payable(changes: Partial<PayableAccount> = {}): PayableAccount {
  return {
    id: ACCOUNT,
    slug: "epay",
    method: "epay",
    title: "epay",
    gateway: "epay",
    currency: "CNY",
    fee: { fixedMinor: 0, basisPoints: 0 },
    feeBorneBy: "merchant",
    minMinor: null,
    maxMinor: null,
    surfaces: null,
    position: 0,
    weight: 1,
    failing: false,
    ...changes,
  };
}
