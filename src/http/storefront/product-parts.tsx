import { formatMoney } from "../../domain/money.ts";
import type { Listing, Product } from "../../domain/product.ts";
import type { Shown } from "../../platform/availability.ts";
import type { Text } from "./text/text.ts";
import type { Visit } from "./visit.ts";

/** Parts that the list, the product page and the checkout share. */
export function money(visit: Visit, product: Product, amountMinor: number): string {
  if (amountMinor === 0) return visit.text.product.free;
  return formatMoney({ amountMinor, currency: product.terms.currency }, visit.locale);
}

/** The lowest single price: what "from" stands before when variants differ. */
export function startingPrice({ terms }: Product): { amountMinor: number; varies: boolean } {
  const prices = terms.variants.map((variant) => variant.priceMinor);
  if (prices.length === 0) return { amountMinor: terms.priceMinor, varies: false };
  const lowest = Math.min(...prices);
  return { amountMinor: lowest, varies: prices.some((price) => price !== lowest) };
}

/** "In stock", or the number, as far as the merchant shows it. Sold out is never hidden. */
export function Stock({ text, listing, shown }: { text: Text; listing: Listing; shown: Shown }) {
  const { stockDisplay } = listing.product;
  const { availability, free } = shown;
  if (stockDisplay === "hidden" && (availability === "in_stock" || availability === "low")) {
    return null;
  }
  const exact = stockDisplay === "exact" && free !== null && free > 0;
  return (
    <span class={`stock stock-${availability}`}>
      {exact ? text.left(free) : text.availability[availability]}
    </span>
  );
}

/** Pictures without an image of their own: a calm tint that stays with the product. */
const TINTS = 6;

export function Picture({ product, eager }: { product: Product; eager?: boolean }) {
  const { imageUrl, number, terms } = product;
  if (imageUrl !== null) {
    const loading = eager ? "eager" : "lazy";
    return <img class="picture" src={imageUrl} alt="" loading={loading} decoding="async" />;
  }
  return (
    <div class={`picture picture-drawn tint-${number % TINTS}`} aria-hidden="true">
      <svg viewBox="0 0 320 200" preserveAspectRatio="xMidYMid slice">
        <circle cx="268" cy="28" r="92" class="shape-a" />
        <circle cx="38" cy="196" r="78" class="shape-b" />
        <g class="shape-key">
          <circle cx="122" cy="100" r="30" />
          <path d="M152 100h70m-18 0v20m-24-20v14" />
        </g>
      </svg>
      <span class="picture-letter">{[...terms.title][0] ?? ""}</span>
    </div>
  );
}

/** A moment in words that need no time zone of ours; time.js puts it into the reader's own. */
export function Moment({ atMs }: { atMs: number }) {
  const iso = new Date(atMs).toISOString();
  return (
    <time datetime={iso} data-local>
      {`${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`}
    </time>
  );
}
