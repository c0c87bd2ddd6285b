import { z } from "zod";
import { options, type MethodOption } from "../../domain/payments/choice.ts";
import { SURFACES } from "../../domain/payments/surface.ts";
import { priceRange } from "../../domain/product/pricing.ts";
import { AVAILABILITIES, type Listing } from "../../domain/product/product.ts";
import { dropOf, inForce, type PriceTier, type Terms } from "../../domain/product/terms.ts";
import type { Currency } from "../../domain/money.ts";
import type { Shown } from "../../platform/availability.ts";
import { instant, money, moneyJson, timeJson, type Json } from "./json.ts";

export const priceTiersShape = z
  .array(z.object({ min_quantity: z.int(), unit_price: money }))
  .describe("From that quantity on, each piece costs that.");
const available = z
  .int()
  .nullable()
  .describe("Null where the shop does not say, or does not run out.");

const shape = z.object({
  id: z.string().startsWith("prd_"),
  slug: z.string(),
  title: z.string(),
  summary: z.string(),
  image_url: z.string().nullable(),
  category: z.string().nullable(),
  price: money,
  price_tiers: priceTiersShape,
  variants: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      price: money,
      price_tiers: priceTiersShape,
      available,
    }),
  ),
  availability: z.enum(AVAILABILITIES),
  available,
  drop: z
    .object({
      id: z.string().startsWith("drop_"),
      opens_at: instant,
      closes_at: instant,
      state: z.enum(["upcoming", "open", "sold_out"]),
      quantity: z.int().describe("Keys on offer."),
      per_buyer: z.int().nullable(),
    })
    .nullable()
    .describe("The drop that it is sold in: join its line. Null where there is none, or no more."),
  sale_window: z.object({ opens_at: instant.nullable(), closes_at: instant.nullable() }),
  delivery: z.enum(["auto", "manual"]).describe("`manual`: a person sends the keys."),
  payment_methods: z.array(z.string()).describe("What `payment_method` of an order may be."),
  payment_options: z
    .array(
      z.object({
        method: z.string(),
        title: z.string(),
        fee: z
          .object({ fixed_minor: z.int(), basis_points: z.int() })
          .describe(
            "What the buyer pays on top: parts per 10,000 of the price, half up, and this.",
          ),
        devices: z.array(z.enum(SURFACES)).describe("Where it can be paid by."),
        limits: z.object({ min_minor: z.int().nullable(), max_minor: z.int().nullable() }),
      }),
    )
    .describe("The same, with what each costs and takes. Some of a sum is taken by each."),
  limits: z.object({ per_order: z.int(), per_buyer: z.int().nullable() }),
  fields: z
    .array(
      z.object({
        id: z.string(),
        label: z.string(),
        required: z.boolean(),
        max_length: z.int(),
      }),
    )
    .describe("What the buyer fills in at checkout."),
});

export const productShape = shape.meta({ id: "Product" });
export const productPageShape = shape
  .extend({
    description_html: z.string().describe("Sanitised: safe in any page."),
    terms_version: z.int(),
  })
  .meta({ id: "ProductInFull" });

/** A product of the catalogue, as the HTTP contract shows it to buyers. */
export function productJson(
  { product, accounts }: Listing,
  shown: Shown,
  nowMs: number,
): Json<typeof productShape> {
  const terms = inForce(product.terms, nowMs);
  const { currency, saleWindow } = terms;
  const payable = options(accounts, priceRange(terms), { currency, surface: null });
  return {
    id: product.id,
    slug: product.slug,
    title: terms.title,
    summary: product.summary,
    image_url: product.imageUrl,
    category: product.category,
    price: moneyJson({ amountMinor: terms.priceMinor, currency }),
    price_tiers: tiersJson(terms.priceTiers, currency),
    variants: terms.variants.map((variant) => ({
      id: variant.id,
      title: variant.title,
      price: moneyJson({ amountMinor: variant.priceMinor, currency }),
      price_tiers: tiersJson(variant.priceTiers, currency),
      available: product.stockDisplay === "exact" ? shown.freeFor(variant.id) : null,
    })),
    availability: shown.availability,
    available: product.stockDisplay === "exact" ? shown.free : null,
    drop: dropJson(terms, shown, nowMs),
    sale_window: {
      opens_at: timeJson(saleWindow.opensAtMs),
      closes_at: timeJson(saleWindow.closesAtMs),
    },
    delivery: terms.delivery,
    payment_methods: payable.map(({ method }) => method),
    payment_options: payable.map(optionJson),
    limits: { per_order: terms.limits.perOrder, per_buyer: terms.limits.perBuyer },
    fields: product.fields.map(({ id, label, required, maxLength }) => ({
      id,
      label,
      required,
      max_length: maxLength,
    })),
  };
}

/** What at least one of its accounts takes, and where. */
function optionJson({ method, title, fee, accounts }: MethodOption) {
  const places = new Set(accounts.flatMap(({ surfaces }) => surfaces ?? SURFACES));
  const least = accounts.map(({ minMinor }) => minMinor ?? 0);
  const most = accounts.map(({ maxMinor }) => maxMinor ?? Infinity);
  return {
    method,
    title,
    fee: { fixed_minor: fee.fixedMinor, basis_points: fee.basisPoints },
    devices: SURFACES.filter((surface) => places.has(surface)),
    limits: {
      min_minor: Math.min(...least) || null,
      max_minor: Math.max(...most) === Infinity ? null : Math.max(...most),
    },
  };
}

function dropJson(terms: Terms, { availability }: Shown, nowMs: number) {
  const drop = dropOf(terms, nowMs);
  if (drop === null) return null;
  const opened = availability === "sold_out" ? ("sold_out" as const) : ("open" as const);
  return {
    id: drop.id,
    opens_at: timeJson(drop.opensAtMs),
    closes_at: timeJson(drop.closesAtMs),
    state: nowMs < drop.opensAtMs ? ("upcoming" as const) : opened,
    quantity: drop.quantity,
    per_buyer: drop.perBuyer,
  };
}

function tiersJson(tiers: readonly PriceTier[], currency: Currency) {
  return tiers.map(({ minQuantity, unitPriceMinor }) => ({
    min_quantity: minQuantity,
    unit_price: moneyJson({ amountMinor: unitPriceMinor, currency }),
  }));
}
