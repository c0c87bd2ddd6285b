import type { ProductStockRpc } from "../../durable-objects/product-stock/contract.ts";
import type { Sql } from "../../durable-objects/shared/sql.ts";
import type { PaymentGateway } from "../../src/flows/payments/payment-ports.ts";
import type { Vault } from "../../src/flows/ports.ts";
import type { Book } from "./book.ts";
import type { MoneyPorts } from "./money/money-edge.ts";
import type { StoreCalls } from "./store-calls.ts";

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
  /** Between the flows and a gateway. */
  readonly gateway?: (real: PaymentGateway) => PaymentGateway;
  /** Between the Worker and D1, where its own SQL runs. */
  readonly statement?: (text: string) => string;
  /** Between the flows of money and D1. */
  readonly money?: (real: MoneyPorts) => MoneyPorts;
  /** Answers are sent while the commit is still to come. */
  readonly answersEarly?: true;
  /** A notice is answered "success" whatever became of it. */
  readonly swallowsErrors?: true;
}

export const NO_FAULT: PlantedFault = {};
