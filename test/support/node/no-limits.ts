import { settingsOf } from "../../../src/domain/settings/shop-settings.ts";
import type { LimitPorts } from "../../../src/flows/orders/order-guards/limit.ts";

/** Nobody is limited here: what limits do is their own tests' matter. */
export const noLimits: LimitPorts = {
  limits: {
    take: async () => [],
    refusal: () => null,
    takeHere: () => {
      throw new Error("flows ask with take");
    },
  },
  shopSettings: async () => settingsOf({}),
};
