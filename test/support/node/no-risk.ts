import { readyLists } from "../../../src/domain/risk/risk-lists.ts";
import { RiskMemory } from "../../../src/domain/risk/risk-memory.ts";
import { settingsOf, type ShopSettings } from "../../../src/domain/settings/shop-settings.ts";
import type { RiskPorts } from "../../../src/flows/orders/order-guards/judge-risk.ts";

/** Whoever writes from there is doubted, where somebody is. */
export const DOUBTED_DOMAIN = "disposable.test";

type Ports = Pick<RiskPorts, "risk" | "shopSettings" | "challenge">;

/** An edge that has just begun, to which nobody is suspect: what risk does is its own tests' matter. */
export function noRisk(): Ports {
  return portsOf(settingsOf({}));
}

/** An edge that has orders from DOUBTED_DOMAIN looked at by a person, and no others. */
export function doubtingRisk(): Ports {
  const none = { over: 0, each: 0, most: 0 };
  const velocities = {
    networkVelocity: none,
    emailVelocity: none,
    deviceVelocity: none,
    asnVelocity: none,
    openHolds: none,
  };
  return portsOf(settingsOf({ risk: { ...velocities, disposableMail: 100, reviewAt: 100 } }));
}

function portsOf(settings: ShopSettings): Ports {
  const lists = readyLists([]);
  const risk = {
    memory: new RiskMemory(),
    lists: () => Promise.resolve(lists),
    isDisposable: (domain: string) => domain === DOUBTED_DOMAIN,
  };
  return { risk, challenge: null, shopSettings: () => Promise.resolve(settings) };
}
