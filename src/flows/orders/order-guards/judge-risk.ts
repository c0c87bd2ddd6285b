import { knownNetwork } from "../../../domain/network/caller.ts";
import type { MerchantId } from "../../../domain/ids.ts";
import { decideRisk, type RiskDecision, type RiskFacts } from "../../../domain/risk/risk.ts";
import { parentDomains, type RiskLists } from "../../../domain/risk/risk-lists.ts";
import type { RiskMemory, TriedOrder } from "../../../domain/risk/risk-memory.ts";
import type { RiskRules } from "../../../domain/settings/risk.ts";
import type { ShopSettings } from "../../../domain/settings/shop-settings.ts";
import type { OrderRefusal } from "../order-refusal.ts";
import type { Clock } from "../../ports.ts";
import { provePerson, type ChallengePorts } from "../../buyers/prove-person.ts";
import type { AskedOrder, Guarded } from "./order-guard.ts";

export interface RiskPorts extends ChallengePorts {
  readonly clock: Clock;
  readonly shopSettings: (merchantId: MerchantId) => Promise<ShopSettings>;
  readonly risk: RiskSources;
}

/** What is at hand at the edge: no fact of an order costs a round trip of its own. */
export interface RiskSources {
  readonly memory: RiskMemory;
  lists(merchantId: MerchantId): Promise<RiskLists>;
  /** Of the list that the shop brings; the domain itself, not those above it. */
  isDisposable(domain: string): boolean;
}

/**
 * Whether an order is taken, by what speaks against it. Not certain: whoever asks again for an order that
 * was placed gets it, whatever they are thought of by now.
 */
export async function judgeRisk(ports: RiskPorts, order: AskedOrder): Promise<Guarded> {
  const { merchantId } = order.request;
  const [{ risk: rules }, lists] = await Promise.all([
    ports.shopSettings(merchantId),
    ports.risk.lists(merchantId),
  ]);
  const { orderId, request } = order;
  const { email, caller } = request;
  const tried = { orderId, merchantId, email, caller };
  const decision = weighOrder(ports.risk, tried, { lists, rules, nowMs: ports.clock.nowMs() });
  switch (decision.outcome) {
    case "allow":
    case "review":
      return taken(decision, rules);
    case "challenge":
      return challenged(ports, order, decision, rules);
    case "deny":
      return refused({ reason: "risk_denied" });
    default:
      return decision.outcome satisfies never;
  }
}

async function challenged(
  ports: ChallengePorts,
  { request, orderId }: AskedOrder,
  decision: RiskDecision,
  rules: RiskRules,
): Promise<Guarded> {
  const { merchantId, email, caller, challenge: response } = request;
  const person = { merchantId, email, network: caller.network, response };
  const proved = await provePerson(ports, { ...person, action: "order", subject: orderId });
  switch (proved.kind) {
    case "proved": {
      const reason = { code: proved.by, weight: 0, evidence: {} };
      return taken({ ...decision, reasons: [...decision.reasons, reason] }, rules);
    }
    case "unproved":
      return refused({ reason: "challenge_required", offer: proved.offer });
    case "too_many":
      return refused({ reason: "too_many_requests", standing: proved.standing });
    default:
      return proved satisfies never;
  }
}

/** The reasons go with the order; what it takes to weigh open holds goes only where it may matter. */
function taken(risk: RiskDecision, { openHolds, reviewAt }: RiskRules): Guarded {
  const adds = {
    ...(risk.reasons.length === 0 && risk.outcome === "allow" ? {} : { risk }),
    ...(reviewAt === "never" ? {} : { holdRules: { openHolds, reviewAt } }),
  };
  return { kind: "passed", adds };
}

function refused(refusal: OrderRefusal): Guarded {
  return { kind: "refused", refusal, certain: false };
}

/**
 * The decision and all that it takes, without a look outside: what the bench measures. The order is
 * counted by it, once.
 */
export function weighOrder(
  risk: Pick<RiskSources, "memory" | "isDisposable">,
  order: TriedOrder,
  { lists, rules, nowMs }: { lists: RiskLists; rules: RiskRules; nowMs: number },
): RiskDecision {
  const { email, caller } = order;
  const emailDomain = email.slice(email.lastIndexOf("@") + 1);
  const { country, asn, device } = caller;
  const who = { email, network: knownNetwork(caller), country, asn, device: device?.id ?? null };
  const facts: RiskFacts = {
    ...risk.memory.note(order, nowMs),
    country,
    deviceCountry: device?.country ?? null,
    emailDomain,
    disposable: parentDomains(emailDomain).some(
      (domain) => risk.isDisposable(domain) || rules.disposableDomains.includes(domain),
    ),
    listed: lists.find(who, nowMs),
  };
  return decideRisk(facts, rules);
}
