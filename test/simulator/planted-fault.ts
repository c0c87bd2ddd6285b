import type {
  CancelRequest,
  ChangeOutcome,
  FulfilRequest,
  ReviewRequest,
  ProductStockRpc,
  ReserveOutcome,
  ReserveRequest,
} from "../../durable-objects/product-stock/contract.ts";
import type {
  PaymentRecord,
  PaymentReport,
} from "../../durable-objects/product-stock/payment-contract.ts";
import type { Sql } from "../../durable-objects/shared/sql.ts";
import type { Vault } from "../../src/flows/ports.ts";
import type { Book } from "./book.ts";

/** What the object asks of its store, one request at a time. */
export interface StoreCalls {
  reserve(request: ReserveRequest, nowMs: number): ReserveOutcome;
  recordPayment(report: PaymentReport, nowMs: number): PaymentRecord;
  cancel(request: CancelRequest, nowMs: number): ChangeOutcome;
  review(request: ReviewRequest, nowMs: number): ChangeOutcome;
  fulfil(request: FulfilRequest, nowMs: number): ChangeOutcome;
}

/**
 * A defect of the kind that shops have shipped, put in from outside: production code has no
 * switches. Made anew for each world, since some of them remember what they should not.
 */
export interface PlantedFault {
  /** Between the store and its SQLite; one for each object. */
  readonly sql?: (real: Sql) => Sql;
  /** Between the object and its store; `sql` is the object's own, in the transaction that runs. */
  readonly calls?: (real: StoreCalls, sql: Sql) => StoreCalls;
  /** Changes the laws of D1. */
  readonly book?: (book: Book) => void;
  /** Between an isolate and an object. */
  readonly stub?: (real: ProductStockRpc) => ProductStockRpc;
  readonly vault?: (real: Vault) => Vault;
  /** Answers are sent while the commit is still to come. */
  readonly answersEarly?: true;
  /** A notice is answered "success" whatever became of it. */
  readonly swallowsErrors?: true;
}

export const NO_FAULT: PlantedFault = {};
