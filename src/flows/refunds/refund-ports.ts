import type { AuditEntry } from "../../domain/audit.ts";
import type { MerchantId } from "../../domain/ids.ts";
import type { ShopSettings } from "../../domain/settings/shop-settings.ts";
import type { PaymentAccounts, PaymentOpenings } from "../payments/payment-ports.ts";
import type { StockObjects } from "../ports.ts";

export interface RefundPorts {
  readonly stock: StockObjects;
  readonly paymentAccounts: PaymentAccounts;
  readonly paymentOpenings: Pick<PaymentOpenings, "find">;
  readonly settings: { readonly publicOrigin: string };
}

export interface AuditedRefundPorts extends RefundPorts {
  readonly audit: { append(entry: AuditEntry): Promise<void> };
}

/** What becomes of keys is the shop's rule, where nobody says so for one refund. */
export interface DeskRefundPorts extends AuditedRefundPorts {
  readonly shopSettings: (merchantId: MerchantId) => Promise<Pick<ShopSettings, "money">>;
}
