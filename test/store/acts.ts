import fc from "fast-check";
import type { ReserveRequest } from "../../durable-objects/product-stock/contract.ts";
import type { Currency } from "../../src/domain/money.ts";
import type { RiskDecision } from "../../src/domain/risk/risk.ts";
import type { Terms } from "../../src/domain/product/terms.ts";
import { batch, key, PRICE_MINOR, request, terms, VARIANTS } from "./fixtures.ts";

/** What may happen to a shop, and in which words: for the store's model and for the object's. */
/** The most keys that a buyer may have of this shop. */
export const PER_BUYER = 4;
const VARIANT_IDS = ["m", "y"] as const;

export type Act =
  | {
      do: "reserve";
      n: number;
      quantity: number;
      variant: number;
      buyer: number;
      reviewed: boolean;
    }
  | { do: "review"; n: number; word: "approve" | "reject" }
  | { do: "pay"; n: number; trade: number; cents: number; currency: Currency }
  | { do: "cancel"; n: number }
  | { do: "stop"; n: number }
  | { do: "fulfil"; n: number; keys: number; act: number }
  | {
      do: "import";
      batch: number;
      count: number;
      variant: number;
      livesMs: number | null;
      dryRun: boolean;
    }
  | { do: "tick" }
  | { do: "wait"; ms: number }
  | { do: "acknowledge"; n: number }
  | { do: "archive"; n: number }
  | { do: "close" | "open" }
  | { do: "restart" };

const n = fc.nat(11);
export const acts: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("reserve" as const),
      n,
      quantity: fc.integer({ min: 1, max: 3 }),
      variant: fc.nat(1),
      buyer: fc.nat(2),
      reviewed: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("pay" as const),
      n,
      // Mostly an order's own number; sometimes a second one, sometimes one that several orders share.
      trade: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.constant(1), fc.constant(-1)),
      cents: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.constantFrom(-1, 1)),
      currency: fc.oneof(
        { weight: 9, arbitrary: fc.constant("CNY" as const) },
        fc.constant("USD" as const),
      ),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("cancel" as const), n }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("stop" as const), n }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("review" as const),
      n,
      word: fc.constantFrom("approve" as const, "reject" as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("fulfil" as const),
      n,
      keys: fc.integer({ min: 1, max: 3 }),
      act: fc.nat(1),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("import" as const),
      batch: fc.nat(5),
      count: fc.nat(4),
      variant: fc.nat(2),
      livesMs: fc.option(fc.constantFrom(0, 300_000, 900_000), { freq: 3 }),
      dryRun: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("tick" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.constantFrom(1, 300_000, 599_999, 600_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("acknowledge" as const), n }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("archive" as const), n }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("close" as const, "open" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const) }) },
);

export function shopTerms(version: number, status: Terms["status"]): Terms {
  const limits = { perOrder: 3, perBuyer: PER_BUYER };
  return terms({ version, status, variants: VARIANTS, limits });
}

const SUSPECT: RiskDecision = {
  outcome: "review",
  score: 80,
  reasons: [{ code: "disposable_mail", weight: 80, evidence: { domain: "example.com" } }],
};

export function reservation(
  { n: number, quantity, variant, buyer, reviewed }: Act & { do: "reserve" },
  termsVersion: number,
): ReserveRequest {
  const variantId = VARIANT_IDS[variant] ?? null;
  return request(number, {
    quantity,
    variantId,
    email: `buyer-${buyer}@example.com`,
    bodyHash: `${quantity} ${variantId} ${buyer}`,
    termsVersion,
    ...(reviewed ? { risk: SUSPECT } : {}),
    amountMinor: quantity * PRICE_MINOR * (variantId === "y" ? 3 : 1),
  });
}

export function keyImport(
  { batch: name, count, variant, livesMs, dryRun }: Act & { do: "import" },
  nowMs: number,
): ReturnType<typeof batch> {
  const sealed = Array.from({ length: count }, (_, place) =>
    // Neighbouring batches overlap, so some keys come twice.
    key(name * 3 + place, {
      variantId: VARIANT_IDS[variant] ?? null,
      expiresAtMs: livesMs === null ? null : nowMs + livesMs,
    }),
  );
  return batch(String(name), sealed, dryRun);
}
