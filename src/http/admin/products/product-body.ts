import { z } from "zod";
import type { Currency } from "../../../domain/money.ts";
import type { ProductSettings } from "../../../domain/product/product-record.ts";
import {
  HOLD_CAP_MAX,
  HOLD_SECONDS_MAX,
  HOLD_SECONDS_MIN,
  QUANTITY_MAX,
  SHARDS_MAX,
  TIERS_MAX,
  VARIANTS_MAX,
  type HoldCaps,
} from "../../../domain/product/terms.ts";
import { money } from "../../api/json.ts";
import { line, slug, time } from "../schemas.ts";
import { productMoneyBody, productMoneyIn } from "./money-json.ts";

/** The most of a product's body: twenty thousand characters of Chinese and all the rest. */
export const PRODUCT_BYTES_MAX = 256 * 1024;
const DESCRIPTION_CHARACTERS_MAX = 20_000;
const BUYER_LIMIT_MAX = 1_000_000;
const FIELDS_MAX = 10;
const METHODS_MAX = 20;

const priceTiers = z
  .array(z.strictObject({ min_quantity: z.int().min(2).max(QUANTITY_MAX), unit_price: money }))
  .max(TIERS_MAX);

const variant = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}$/),
  title: line(1, 100),
  price: money,
  price_tiers: priceTiers.default([]),
});

const field = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9_]{0,31}$/),
  label: line(1, 60),
  required: z.boolean().default(true),
  max_length: z.int().min(1).max(1_000).default(200),
});

/** On this site or over https: nothing that a browser would warn of, or run. */
const imageUrl = z
  .string()
  .max(2_000)
  .regex(/^(?:https:\/\/[^\s"'<>\\]+|\/(?!\/)[^\s"'<>\\]*)$/, "https:// or a path of this site");

const cap = z.int().min(1).max(HOLD_CAP_MAX).nullable().default(null);
const holdCaps = z.strictObject({
  per_buyer: cap,
  per_network: cap,
  network_percent: z
    .int()
    .min(1)
    .max(100)
    .nullable()
    .default(null)
    .describe("Of the keys that nobody else holds or has."),
});

const settings = {
  summary: line(0, 500),
  description_md: z.string().max(DESCRIPTION_CHARACTERS_MAX),
  image_url: imageUrl.nullable(),
  category: line(1, 60).nullable(),
  price_tiers: priceTiers,
  variants: z.array(variant).max(VARIANTS_MAX),
  /** `shared` (one key for all) is not offered yet. */
  delivery: z.enum(["auto", "manual"]),
  key_source: z.enum(["pool", "generated"]),
  stock_shards: z
    .int()
    .min(1)
    .max(SHARDS_MAX)
    .describe("Objects that share the stock; more of them sell faster. An edit cannot change it."),
  limits: z.strictObject({
    per_order: z.int().min(1).max(QUANTITY_MAX).optional(),
    per_buyer: z.int().min(1).max(BUYER_LIMIT_MAX).nullish(),
    holds: holdCaps
      .nullish()
      .describe(
        "Keys that may be held unpaid at once, by one buyer and from one network. Null: any.",
      ),
  }),
  hold_seconds: z.int().min(HOLD_SECONDS_MIN).max(HOLD_SECONDS_MAX),
  money: productMoneyBody.nullable(),
  sale_window: z
    .strictObject({ opens_at: time.nullish(), closes_at: time.nullish() })
    .nullable()
    .transform((window) => window ?? { opens_at: null, closes_at: null }),
  stock_display: z.enum(["exact", "level", "hidden"]),
  fields: z.array(field).max(FIELDS_MAX),
  payment_methods: z.array(slug).max(METHODS_MAX),
  status: z.enum(["active", "closed"]),
};

const required = { slug, title: line(1, 200), price: money };

export const newProductBody = z.strictObject(required).extend(z.object(settings).partial().shape);
export const productEditBody = z.strictObject({ ...required, ...settings }).partial();

type ProductBody = z.infer<typeof productEditBody>;

/** What the body changes, in our own words. Pieces that it does not mention stay as they are. */
export function settingsIn(body: ProductBody): Partial<ProductSettings> {
  return compact({
    slug: body.slug,
    title: body.title,
    summary: body.summary,
    descriptionMd: body.description_md,
    imageUrl: body.image_url,
    category: body.category,
    priceMinor: body.price?.amount_minor,
    currency: body.price?.currency,
    priceTiers: body.price_tiers?.map(tierIn),
    variants: body.variants?.map(({ id, title, price, price_tiers: tiers }) => ({
      id,
      title,
      priceMinor: price.amount_minor,
      priceTiers: tiers.map(tierIn),
    })),
    delivery: body.delivery,
    keySource: body.key_source,
    stockShards: body.stock_shards,
    perOrder: body.limits?.per_order,
    perBuyer: body.limits?.per_buyer,
    holdCaps: capsIn(body.limits?.holds),
    holdSeconds: body.hold_seconds,
    money: productMoneyIn(body.money),
    opensAtMs: body.sale_window?.opens_at,
    closesAtMs: body.sale_window?.closes_at,
    stockDisplay: body.stock_display,
    fields: body.fields?.map(({ id, label, required: isRequired, max_length: maxLength }) => ({
      id,
      label,
      required: isRequired,
      maxLength,
    })),
    paymentMethods: body.payment_methods,
    status: body.status,
  });
}

function capsIn(caps: z.infer<typeof holdCaps> | null | undefined): HoldCaps | null | undefined {
  if (caps === null || caps === undefined) return caps;
  const { per_buyer: perBuyer, per_network: perNetwork, network_percent: networkPercent } = caps;
  return { perBuyer, perNetwork, networkPercent };
}

function tierIn(tier: z.infer<typeof priceTiers>[number]) {
  return { minQuantity: tier.min_quantity, unitPriceMinor: tier.unit_price.amount_minor };
}

/** Where each sum of another currency than the product's stands: one product, one currency. */
export function foreignSums(body: ProductBody, currency: Currency): string[] {
  const tiersOf = (tiers: z.infer<typeof priceTiers> | undefined, path: string) =>
    (tiers ?? []).map((tier, index) => ({
      path: `${path}.${index}.unit_price.currency`,
      currency: tier.unit_price.currency,
    }));
  const sums = [
    ...tiersOf(body.price_tiers, "price_tiers"),
    ...(body.variants ?? []).flatMap((each, index) => [
      { path: `variants.${index}.price.currency`, currency: each.price.currency },
      ...tiersOf(each.price_tiers, `variants.${index}.price_tiers`),
    ]),
  ];
  return sums.filter((sum) => sum.currency !== currency).map((sum) => sum.path);
}

type Defined<T> = { [Name in keyof T]?: Exclude<T[Name], undefined> };

function compact<T extends object>(values: T): Defined<T> {
  const said = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said) as Defined<T>;
}
