import { parseOrderId, type MerchantId, type OrderId } from "../../domain/ids.ts";
import { moneyPolicyOf, type MoneyPolicy } from "../../domain/settings/money.ts";
import type { ShopSettings } from "../../domain/settings/shop-settings.ts";
import type { Catalog } from "../ports.ts";

export interface MoneyPolicyPorts {
  readonly shopSettings: (merchantId: MerchantId) => Promise<Pick<ShopSettings, "money">>;
  readonly catalog: Pick<Catalog, "productByNumber">;
}

/** The rules for an order's money at this moment: its product's, then its shop's. About a second old. */
export async function readMoneyPolicy(
  { shopSettings, catalog }: MoneyPolicyPorts,
  { id, merchantId }: { readonly id: OrderId; readonly merchantId: MerchantId },
): Promise<MoneyPolicy> {
  const named = parseOrderId(id);
  const [{ money }, product] = await Promise.all([
    shopSettings(merchantId),
    named && catalog.productByNumber(named.stockNumber),
  ]);
  return moneyPolicyOf(money, product?.terms.money);
}
