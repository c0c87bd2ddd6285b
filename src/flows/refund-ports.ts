import type { AuditEntry } from "../domain/audit.ts";
import type { PaymentAccounts, PaymentOpenings } from "./payment-ports.ts";
import type { StockObjects } from "./ports.ts";

export interface RefundPorts {
  readonly stock: StockObjects;
  readonly paymentAccounts: PaymentAccounts;
  readonly paymentOpenings: Pick<PaymentOpenings, "find">;
  readonly settings: { readonly publicOrigin: string };
}

export interface AuditedRefundPorts extends RefundPorts {
  readonly audit: { append(entry: AuditEntry): Promise<void> };
}
