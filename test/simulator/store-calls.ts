import type {
  DisputeOutcome,
  HearDispute,
} from "../../durable-objects/product-stock/dispute-contract.ts";
import type {
  CancelRequest,
  ChangeOutcome,
  FulfilRequest,
  ReviewRequest,
  ReserveOutcome,
  ReserveRequest,
} from "../../durable-objects/product-stock/contract.ts";
import type {
  PaymentRecord,
  PaymentReport,
} from "../../durable-objects/product-stock/payment-contract.ts";
import type {
  BeginRefund,
  RefundOutcome,
  SettleRefund,
} from "../../durable-objects/product-stock/refund-contract.ts";
import type { ProductStockStore } from "../../durable-objects/product-stock/store.ts";

/** What the object asks of its store, one request at a time. */
export interface StoreCalls {
  reserve(request: ReserveRequest, nowMs: number): ReserveOutcome;
  recordPayment(report: PaymentReport, nowMs: number): PaymentRecord;
  cancel(request: CancelRequest, nowMs: number): ChangeOutcome;
  review(request: ReviewRequest, nowMs: number): ChangeOutcome;
  fulfil(request: FulfilRequest, nowMs: number): ChangeOutcome;
  beginRefund(request: BeginRefund, nowMs: number): RefundOutcome;
  settleRefund(request: SettleRefund, nowMs: number): RefundOutcome;
  hearDispute(request: HearDispute, nowMs: number): DisputeOutcome;
}

export function callsOf(store: ProductStockStore): StoreCalls {
  return {
    reserve: (request, nowMs) => {
      const [outcome] = store.reserve([request], nowMs);
      if (outcome === undefined) throw new Error("reserve answered nothing");
      return outcome;
    },
    recordPayment: (report, nowMs) => {
      const [record] = store.recordPayments([report], nowMs);
      if (record === undefined) throw new Error("recordPayments answered nothing");
      return record;
    },
    cancel: (request, nowMs) => store.cancel(request, nowMs),
    review: (request, nowMs) => store.review(request, nowMs),
    fulfil: (request, nowMs) => store.fulfil(request, nowMs),
    beginRefund: (request, nowMs) => store.beginRefund(request, nowMs),
    settleRefund: (request, nowMs) => store.settleRefund(request, nowMs),
    hearDispute: (request, nowMs) => store.hearDispute(request, nowMs),
  };
}
