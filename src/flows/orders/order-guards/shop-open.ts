import type { MerchantId } from "../../../domain/ids.ts";
import type { ShopSettings } from "../../../domain/settings/shop-settings.ts";
import type { OrderGuard } from "./order-guard.ts";

export interface ShopOpenPorts {
  readonly shopSettings: (merchantId: MerchantId) => Promise<ShopSettings>;
}

/** A shop that its merchant has closed sells nothing. Who repeats an order from before still finds it. */
export const shopOpen: OrderGuard<ShopOpenPorts> = async (ports, { request }) => {
  const { switches } = await ports.shopSettings(request.merchantId);
  return switches.shop
    ? { kind: "passed" }
    : { kind: "refused", refusal: { reason: "shop_closed" }, certain: false };
};
