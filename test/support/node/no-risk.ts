import { readyLists, type RiskListEntry } from "../../../src/domain/risk-lists.ts";
import { RiskMemory } from "../../../src/domain/risk-memory.ts";
import { settingsOf } from "../../../src/domain/shop-settings.ts";
import type { RiskPorts, RiskSources } from "../../../src/flows/order-guards/judge-risk.ts";

/** What an edge knows that has just begun, in a shop with these lists. */
function riskSources(entries: readonly RiskListEntry[] = []): RiskSources {
  const lists = readyLists(entries);
  return {
    memory: new RiskMemory(),
    lists: () => Promise.resolve(lists),
    isDisposable: (domain) => domain === "disposable.test",
  };
}

/** An edge to which nobody is suspect: what risk does is its own tests' matter. */
export function noRisk(): Pick<RiskPorts, "risk" | "shopSettings" | "challenge"> {
  return { risk: riskSources(), challenge: null, shopSettings: async () => settingsOf({}) };
}
