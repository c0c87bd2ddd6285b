import type { RiskList, RiskListEntry } from "./risk-lists.ts";
import type { RiskRules } from "../settings/risk.ts";

/** What the edge knows of an order that is asked for. No fact names a person or an address. */
export interface RiskFacts {
  /** Orders tried lately, this one among them; null where nothing tells callers apart. */
  readonly velocity: Readonly<Record<VelocityOf, number | null>>;
  /** Where the request comes from, and where its buyer and device were before; null: not known. */
  readonly country: string | null;
  readonly buyerCountry: string | null;
  readonly deviceCountry: string | null;
  readonly emailDomain: string;
  readonly disposable: boolean;
  /** What the merchant's lists say of e-mail, domain, network, country, ASN and device. */
  readonly listed: readonly RiskListEntry[];
}

export const VELOCITIES = ["network", "email", "device", "asn"] as const;
export type VelocityOf = (typeof VELOCITIES)[number];

export const RISK_OUTCOMES = ["allow", "challenge", "review", "deny"] as const;
export type RiskOutcome = (typeof RISK_OUTCOMES)[number];

export interface RiskReason {
  /** A stable word; docs/risk.md lists them. */
  readonly code: string;
  readonly weight: number;
  /** Counts, countries, domains: what a merchant needs to agree or not. No address. */
  readonly evidence: Readonly<Record<string, string | number | null>>;
}

export interface RiskDecision {
  readonly outcome: RiskOutcome;
  readonly score: number;
  /** The heaviest first; all that weighed anything. */
  readonly reasons: readonly RiskReason[];
}

/**
 * Weighs an order. Pure, and a sum: the same facts under the same rules are the same decision, and each
 * point of its score is a reason. A list of the merchant's decides by itself, allow before deny: whoever
 * allows a customer means it, also where their whole network is denied.
 */
export function decideRisk(facts: RiskFacts, rules: RiskRules): RiskDecision {
  const onList = (list: RiskList) => facts.listed.find((entry) => entry.list === list);
  const decided = onList("allow") ?? onList("deny");
  if (decided !== undefined) {
    const { list, kind, value } = decided;
    const reason = { code: `${list}_list`, weight: 0, evidence: { kind, value } };
    return { outcome: list, score: 0, reasons: [reason] };
  }
  const reasons = [...speedReasons(facts, rules), ...placeReasons(facts, rules)]
    .filter((reason) => reason.weight > 0)
    .toSorted((a, b) => b.weight - a.weight);
  const score = reasons.reduce((sum, reason) => sum + reason.weight, 0);
  return { outcome: outcomeOf(score, rules), score, reasons };
}

/** The gravest whose threshold the score has reached. */
function outcomeOf(score: number, rules: RiskRules): RiskOutcome {
  const reached = (threshold: number | "never") => threshold !== "never" && score >= threshold;
  if (reached(rules.denyAt)) return "deny";
  if (reached(rules.reviewAt)) return "review";
  return reached(rules.challengeAt) ? "challenge" : "allow";
}

function speedReasons({ velocity }: RiskFacts, rules: RiskRules): RiskReason[] {
  return VELOCITIES.flatMap((of) => {
    const count = velocity[of];
    const rate = rules[`${of}Velocity`];
    return count === null ? [] : [rateReason(`${of}_velocity`, count, rate)];
  });
}

function rateReason(
  code: string,
  count: number,
  { over, each, most }: RiskRules["openHolds"],
): RiskReason {
  // Rounded: three within a second are three, though the first of them has decayed a little.
  const counted = Math.round(count);
  const weight = Math.min(most, Math.max(0, counted - over) * each);
  return { code, weight, evidence: { count: counted, over } };
}

function placeReasons(facts: RiskFacts, rules: RiskRules): RiskReason[] {
  const { country, emailDomain: domain, disposable } = facts;
  const reasons: RiskReason[] = [];
  if (disposable) {
    reasons.push({ code: "disposable_mail", weight: rules.disposableMail, evidence: { domain } });
  }
  if (country === null) return reasons;
  const { expectedCountries } = rules;
  if (expectedCountries.length > 0 && !expectedCountries.includes(country)) {
    const weight = rules.countryUnexpected;
    reasons.push({ code: "country_unexpected", weight, evidence: { country } });
  }
  const before = [facts.buyerCountry, facts.deviceCountry].find(
    (earlier) => earlier !== null && earlier !== country,
  );
  if (before !== undefined) {
    const weight = rules.countryChanged;
    reasons.push({ code: "country_changed", weight, evidence: { country, before } });
  }
  return reasons;
}

/**
 * The decision once the stock object has counted what the buyer holds unpaid, in the transaction that
 * places the order. It can only become a review: there is nobody left to ask.
 */
export function weighHolds(
  decision: RiskDecision,
  held: number,
  rules: Pick<RiskRules, "openHolds" | "reviewAt">,
): RiskDecision {
  const reason = rateReason("open_holds", held, rules.openHolds);
  if (reason.weight === 0 || isListed(decision)) return decision;
  const reasons = [...decision.reasons, reason].toSorted((a, b) => b.weight - a.weight);
  const score = decision.score + reason.weight;
  const reviewed = rules.reviewAt !== "never" && score >= rules.reviewAt;
  return { outcome: reviewed ? "review" : decision.outcome, score, reasons };
}

function isListed({ reasons }: RiskDecision): boolean {
  return reasons[0]?.code === "allow_list";
}
