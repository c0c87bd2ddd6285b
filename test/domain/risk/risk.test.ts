import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decideRisk,
  RISK_OUTCOMES,
  weighHolds,
  type RiskDecision,
  type RiskFacts,
} from "../../../src/domain/risk/risk.ts";
import { riskSettings, type RiskRules } from "../../../src/domain/settings/risk.ts";

const RULES = riskSettings.parse({});
const CALM: RiskFacts = {
  velocity: { network: 1, email: 1, device: 1, asn: 1 },
  country: "CN",
  buyerCountry: "CN",
  deviceCountry: "CN",
  emailDomain: "example.com",
  disposable: false,
  listed: [],
};

const facts: fc.Arbitrary<RiskFacts> = fc.record({
  velocity: fc.record({
    network: fc.option(fc.double({ min: 0, max: 1_000, noNaN: true })),
    email: fc.option(fc.double({ min: 0, max: 100, noNaN: true })),
    device: fc.option(fc.double({ min: 0, max: 100, noNaN: true })),
    asn: fc.option(fc.double({ min: 0, max: 10_000, noNaN: true })),
  }),
  country: fc.constantFrom("CN", "US", null),
  buyerCountry: fc.constantFrom("CN", "US", null),
  deviceCountry: fc.constantFrom("CN", "US", null),
  emailDomain: fc.constant("example.com"),
  disposable: fc.boolean(),
  listed: fc.constant([]),
});

describe("an order like any other", () => {
  it("is allowed, and nothing is said of it", () => {
    expect(decideRisk(CALM, RULES)).toEqual({ outcome: "allow", score: 0, reasons: [] });
  });

  it("is allowed where nothing is known of it", () => {
    const velocity = { network: null, email: null, device: null, asn: null };
    const unknown = { ...CALM, velocity, country: null, buyerCountry: null, deviceCountry: null };
    const rules = { ...RULES, expectedCountries: ["CN"] };
    expect(decideRisk(unknown, rules).reasons).toEqual([]);
  });
});

describe("each signal is a reason with its evidence", () => {
  it.each<[string, Partial<RiskFacts>, Partial<RiskRules>, RiskDecision["reasons"]]>([
    [
      "orders from one network",
      { velocity: { ...CALM.velocity, network: 24.9 } },
      {},
      [{ code: "network_velocity", weight: 10, evidence: { count: 25, over: 20 } }],
    ],
    [
      "orders of one mailbox, up to the most",
      { velocity: { ...CALM.velocity, email: 90 } },
      {},
      [{ code: "email_velocity", weight: 40, evidence: { count: 90, over: 5 } }],
    ],
    [
      "a throw-away mailbox",
      { disposable: true, emailDomain: "x.test" },
      {},
      [{ code: "disposable_mail", weight: 30, evidence: { domain: "x.test" } }],
    ],
    [
      "a country where the shop has no buyers",
      {},
      { expectedCountries: ["SG", "MY"] },
      [{ code: "country_unexpected", weight: 30, evidence: { country: "CN" } }],
    ],
    [
      "a buyer who was elsewhere",
      { buyerCountry: "US" },
      {},
      [{ code: "country_changed", weight: 20, evidence: { country: "CN", before: "US" } }],
    ],
    [
      "a device that was elsewhere",
      { deviceCountry: "US" },
      {},
      [{ code: "country_changed", weight: 20, evidence: { country: "CN", before: "US" } }],
    ],
  ])("%s", (_title, changes, rules, reasons) => {
    const decision = decideRisk({ ...CALM, ...changes }, { ...RULES, ...rules });
    expect(decision.reasons).toEqual(reasons);
    expect(decision.outcome).toBe("allow");
  });

  it("and by itself none of the defaults does anything", () => {
    fc.assert(
      fc.property(facts, (given) => {
        const { reasons, outcome } = decideRisk(given, RULES);
        if (reasons.length <= 1) expect(outcome).toBe("allow");
      }),
    );
  });
});

describe("a decision", () => {
  it("is a sum: its score is its reasons', the heaviest first", () => {
    fc.assert(
      fc.property(facts, (given) => {
        const { score, reasons } = decideRisk(given, RULES);
        const weights = reasons.map((reason) => reason.weight);
        expect(score).toBe(weights.reduce((sum, weight) => sum + weight, 0));
        expect(weights).toEqual(weights.toSorted((a, b) => b - a));
        expect(weights.every((weight) => weight > 0)).toBe(true);
      }),
    );
  });

  it("never becomes milder by one more try", () => {
    const grave = (given: RiskFacts, rules: RiskRules) =>
      RISK_OUTCOMES.indexOf(decideRisk(given, rules).outcome);
    const rules = { ...RULES, challengeAt: 20, reviewAt: 40, denyAt: 60 };
    fc.assert(
      fc.property(facts, (given) => {
        const { network } = given.velocity;
        const more = { ...given.velocity, network: network === null ? null : network + 1 };
        expect(grave({ ...given, velocity: more }, rules)).toBeGreaterThanOrEqual(
          grave(given, rules),
        );
      }),
    );
  });

  it.each([
    [{ challengeAt: 30 }, "challenge"],
    [{ challengeAt: 30, reviewAt: 30 }, "review"],
    [{ challengeAt: 30, reviewAt: 30, denyAt: 30 }, "deny"],
    [{ challengeAt: 31, reviewAt: 31, denyAt: 31 }, "allow"],
    [{ challengeAt: "never", reviewAt: "never", denyAt: "never" }, "allow"],
  ] as const)("is the gravest whose threshold is reached: %j", (thresholds, outcome) => {
    const decision = decideRisk({ ...CALM, disposable: true }, { ...RULES, ...thresholds });
    expect(decision).toMatchObject({ outcome, score: 30 });
  });

  it("may ask everybody for a proof", () => {
    expect(decideRisk(CALM, { ...RULES, challengeAt: 0 }).outcome).toBe("challenge");
  });

  it("is the same for the same facts", () => {
    fc.assert(
      fc.property(facts, (given) => {
        expect(decideRisk(structuredClone(given), RULES)).toEqual(decideRisk(given, RULES));
      }),
    );
  });
});

describe("the merchant's lists", () => {
  const denied = {
    list: "deny",
    kind: "network",
    value: "198.51.100.0/24",
    expiresAtMs: null,
  } as const;
  const allowed = {
    list: "allow",
    kind: "email",
    value: "me@example.com",
    expiresAtMs: null,
  } as const;

  it("deny whatever the score", () => {
    const { outcome, reasons } = decideRisk({ ...CALM, listed: [denied] }, RULES);
    expect(outcome).toBe("deny");
    const evidence = { kind: "network", value: "198.51.100.0/24" };
    expect(reasons).toEqual([{ code: "deny_list", weight: 0, evidence }]);
  });

  it("allow whatever the score, and whoever else is denied", () => {
    const worst = { ...CALM, disposable: true, velocity: { ...CALM.velocity, email: 1_000 } };
    const rules = { ...RULES, challengeAt: 0, reviewAt: 0, denyAt: 0 };
    expect(decideRisk({ ...worst, listed: [denied, allowed] }, rules).outcome).toBe("allow");
  });
});

describe("what the buyer holds unpaid", () => {
  const allowed: RiskDecision = { outcome: "allow", score: 30, reasons: [] };
  const rules = { ...RULES, reviewAt: 50 };

  it("weighs in with the rest, and can only lead to a review", () => {
    expect(weighHolds(allowed, 2, rules)).toBe(allowed);
    expect(weighHolds(allowed, 3, rules)).toMatchObject({ outcome: "allow", score: 40 });
    expect(weighHolds(allowed, 4, rules)).toMatchObject({
      outcome: "review",
      score: 50,
      reasons: [{ code: "open_holds", weight: 20, evidence: { count: 4, over: 2 } }],
    });
    expect(weighHolds(allowed, 400, RULES).outcome).toBe("allow");
  });

  it("says nothing of whoever is allowed by name", () => {
    const reasons = [{ code: "allow_list", weight: 0, evidence: {} }];
    const listed: RiskDecision = { outcome: "allow", score: 0, reasons };
    expect(weighHolds(listed, 400, { ...rules, reviewAt: 0 })).toBe(listed);
  });
});
