import type { AccountId, OrderId } from "../../../src/domain/ids.ts";
import type { DisputeState } from "../../../src/domain/payments/dispute.ts";
import type { Money } from "../../../src/domain/money.ts";
import type { RefundRequest } from "../../../src/flows/payments/payment-ports.ts";

/** Money that a buyer has paid to an account. */
export interface Charge {
  readonly accountId: AccountId;
  readonly tradeNo: string;
  readonly orderRef: OrderId;
  readonly money: Money;
  readonly atMs: number;
  /** Whether the gateway will ever say so by itself. */
  readonly isTold: boolean;
  /** It came for an order that it fits, while that was held: so soon, its gateway is asked about it. */
  readonly inHold: boolean;
}

/** Money of a charge that has gone back to its buyer. */
export interface GivenBack {
  readonly accountId: AccountId;
  readonly tradeNo: string;
  readonly orderRef: OrderId;
  /** The shop's id for what the shop asked for, else the gateway's own number. */
  readonly refundNo: string;
  /** Who moved it: the shop by the interface, a person at the gateway's desk, a bank in a dispute. */
  readonly by: "shop" | "desk" | "dispute";
  readonly money: Money;
  readonly atMs: number;
}

/** A dispute, and the words of it that the shop hears sooner or later. */
export interface ToldDispute {
  readonly tradeNo: string;
  readonly orderRef: OrderId;
  readonly amountMinor: number;
  readonly told: { readonly state: DisputeState; readonly saidAtMs: number }[];
}

/** What the gateway makes of a refund that is asked for: at once or later, and whether money moves. */
export type RefundFate = "done" | "refused" | "late_done" | "late_refused";

/** A refund that the shop has asked for, by its id: asked again it is the same one. */
export interface AskedRefund {
  readonly request: RefundRequest;
  end: "pending" | "done" | "refused";
}

/**
 * What one account of a gateway knows, and has no doubt of: who paid what, and what went back. It is the
 * other side's truth, which the shop's books are held against.
 */
export class GatewayBooks {
  readonly charges = new Map<string, Charge>();
  givenBack: readonly GivenBack[] = [];
  readonly disputes = new Map<string, ToldDispute>();
  readonly asked = new Map<string, AskedRefund>();
  readonly accountId: AccountId;

  constructor(accountId: AccountId) {
    this.accountId = accountId;
  }

  charge(charge: Omit<Charge, "accountId">): Charge {
    const known = this.charges.get(charge.tradeNo);
    if (known !== undefined) return known;
    const made = { ...charge, accountId: this.accountId };
    this.charges.set(charge.tradeNo, made);
    return made;
  }

  /** The first that was paid for an order. */
  chargeOf(orderRef: OrderId): Charge | undefined {
    return [...this.charges.values()].find((charge) => charge.orderRef === orderRef);
  }

  backOf(tradeNo: string): readonly GivenBack[] {
    return this.givenBack.filter((each) => each.tradeNo === tradeNo);
  }

  leftMinor({ tradeNo, money }: Charge): number {
    return this.backOf(tradeNo).reduce(
      (left, back) => left - back.money.amountMinor,
      money.amountMinor,
    );
  }

  /** Moves money back; null where so much is not there any more. */
  giveBack(charge: Charge, { refundNo, by, amountMinor, atMs }: BackOrder): GivenBack | null {
    if (amountMinor < 1 || amountMinor > this.leftMinor(charge)) return null;
    const { accountId, tradeNo, orderRef } = charge;
    const money = { amountMinor, currency: charge.money.currency };
    const back: GivenBack = { accountId, tradeNo, orderRef, refundNo, by, money, atMs };
    this.givenBack = [...this.givenBack, back];
    return back;
  }

  /** What is lost takes as much of the charge as is still there; won after all, it comes back as if it had not gone. */
  dispute(charge: Charge, { disputeNo, state, amountMinor, atMs }: BankWord): void {
    const { tradeNo, orderRef } = charge;
    if (!this.disputes.has(disputeNo))
      this.disputes.set(disputeNo, { tradeNo, orderRef, amountMinor, told: [] });
    if (state === "won")
      this.givenBack = this.givenBack.filter(({ refundNo }) => refundNo !== disputeNo);
    const most = Math.min(amountMinor, this.leftMinor(charge));
    if (state === "lost")
      this.giveBack(charge, { refundNo: disputeNo, by: "dispute", amountMinor: most, atMs });
  }

  /** A refund that the shop asks for; what it asked for before is what it was. */
  take(request: RefundRequest, fate: RefundFate, atMs: number): AskedRefund {
    const known = this.asked.get(request.refundId);
    if (known !== undefined) return known;
    const refund: AskedRefund = { request, end: "pending" };
    this.asked.set(request.refundId, refund);
    if (fate === "done" || fate === "refused") this.finish(refund, fate, atMs);
    return refund;
  }

  finish(refund: AskedRefund, end: "done" | "refused", atMs: number): GivenBack | null {
    const { refundId, tradeNo, money } = refund.request;
    const charge = this.charges.get(tradeNo);
    const order = { refundNo: refundId, by: "shop", amountMinor: money.amountMinor, atMs } as const;
    const back = end === "done" && charge !== undefined ? this.giveBack(charge, order) : null;
    refund.end = back === null ? "refused" : "done";
    return back;
  }
}

interface BankWord {
  readonly disputeNo: string;
  readonly state: DisputeState;
  readonly amountMinor: number;
  readonly atMs: number;
}

type BackOrder = Pick<GivenBack, "refundNo" | "by" | "atMs"> & { readonly amountMinor: number };
