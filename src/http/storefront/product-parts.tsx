import { formatMoney } from "../../domain/money.ts";
import type { Listing, Product } from "../../domain/product/product.ts";
import type { Shown } from "../../platform/availability.ts";
import { isElsewhere, pictureAddress } from "./pictures.ts";
import type { Text } from "./text/text.ts";
import type { Visit } from "./visit.ts";

/** Parts that the list, the product page and the checkout share. */
export function money(visit: Visit, product: Product, amountMinor: number): string {
  if (amountMinor === 0) return visit.text.product.free;
  return formatMoney({ amountMinor, currency: product.terms.currency }, visit.locale);
}

/** The lowest single price: what "from" stands before when variants differ. */
function startingPrice({ terms }: Product): { amountMinor: number; varies: boolean } {
  const prices = terms.variants.map((variant) => variant.priceMinor);
  if (prices.length === 0) return { amountMinor: terms.priceMinor, varies: false };
  const lowest = Math.min(...prices);
  return { amountMinor: lowest, varies: prices.some((price) => price !== lowest) };
}

/** The price in a list or on top of a product; "from" where variants differ. */
export function Price({ visit, product }: { visit: Visit; product: Product }) {
  const { amountMinor, varies } = startingPrice(product);
  const [before, after] = visit.text.list.from;
  return (
    <span class="price">
      {varies ? <small>{before}</small> : null}
      {money(visit, product, amountMinor)}
      {varies ? <small>{after}</small> : null}
    </span>
  );
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

/** A product without an image is drawn as a key card, in a tint that stays with the product. */
const TINTS = 6;
/** The shape of its place, so that nothing moves when it comes; styles decide how large it is. */
const PICTURE_SIZE = { width: 640, height: 400 } as const;

export function Picture({ product, eager }: { product: Product; eager?: boolean }) {
  const { imageUrl, number, terms } = product;
  if (imageUrl !== null) {
    const loading = eager ? "eager" : "lazy";
    return (
      <img
        class="picture"
        src={isElsewhere(imageUrl) ? pictureAddress(product, 0) : imageUrl}
        alt=""
        {...PICTURE_SIZE}
        loading={loading}
        decoding="async"
      />
    );
  }
  return (
    <div class={`picture picture-drawn tint-${number % TINTS}`} aria-hidden="true">
      <svg viewBox="0 0 320 200">
        <circle cx="276" cy="20" r="96" class="shape-a" />
        <circle cx="30" cy="190" r="84" class="shape-b" />
        <g transform="rotate(-7 160 100)">
          <rect x="76" y="55" width="172" height="104" rx="14" class="shape-shade" />
          <rect x="74" y="48" width="172" height="104" rx="14" class="shape-card" />
          <text x="92" y="100" class="shape-letter">
            {[...terms.title][0] ?? ""}
          </text>
          <g class="shape-key">
            <circle cx="197" cy="81" r="9" />
            <path d="M206 81h22m-6 0v7m-7-7v5" />
          </g>
          <path d="M95 130h24m13 0h24m13 0h24" class="shape-code" />
        </g>
      </svg>
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
