import type { Drop } from "../../domain/drop/drop.ts";
import type { Listing, Product } from "../../domain/product/product.ts";
import type { PriceTier } from "../../domain/product/terms.ts";
import type { Shown } from "../../platform/availability.ts";
import { Moment, money, Price, Stock } from "./product-parts.tsx";
import type { Visit } from "./visit.ts";

interface Properties {
  readonly visit: Visit;
  readonly listing: Listing;
  readonly shown: Shown;
  /** A drop of it that is over: its draw may be verified. */
  readonly pastDrop?: Pick<Drop, "id"> | null;
}

/** Price, stock and the way to the checkout: a plain GET form, so that nothing here needs scripts. */
export function BuyBox({ visit, listing, shown, pastDrop = null }: Properties) {
  const { text } = visit;
  const { product } = listing;
  const open = shown.availability === "in_stock" || shown.availability === "low";
  return (
    <aside class="panel buy" aria-label={text.product.buy}>
      <p class="buy-price">
        <Price visit={visit} product={product} />
        <Stock text={text} listing={listing} shown={shown} />
      </p>
      {open ? <BuyForm visit={visit} product={product} shown={shown} /> : null}
      {open ? null : <Closed visit={visit} product={product} shown={shown} />}
      <Tiers visit={visit} product={product} />
      <Facts visit={visit} product={product} />
      {pastDrop === null ? null : (
        <p class="hint">
          {text.drop.isOver} <a href={`/drops/${pastDrop.id}/verify`}>{text.drop.verify}</a>
        </p>
      )}
    </aside>
  );
}

function BuyForm({ visit, product, shown }: Omit<Properties, "listing"> & { product: Product }) {
  const { text } = visit;
  const { variants, limits, priceMinor } = product.terms;
  const free = variants.length === 0 && priceMinor === 0;
  const firstLeft = variants.find(({ id }) => shown.freeFor(id) !== 0);
  return (
    <form class="buy-form" action={`/checkout/${product.slug}`} method="get">
      {variants.length === 0 ? null : (
        <fieldset class="choices">
          <legend>{text.product.variant}</legend>
          {variants.map(({ id, title, priceMinor: price }) => {
            const soldOut = shown.freeFor(id) === 0;
            return (
              <label class="choice">
                <input
                  type="radio"
                  name="variant"
                  value={id}
                  required
                  checked={id === firstLeft?.id}
                  disabled={soldOut}
                />
                <span class="choice-title">{title}</span>
                <span class="choice-side">
                  {soldOut ? text.availability.sold_out : money(visit, product, price)}
                </span>
              </label>
            );
          })}
        </fieldset>
      )}
      {limits.perOrder === 1 ? null : (
        <label class="field">
          <span class="label">{text.product.quantity}</span>
          <input
            type="number"
            name="quantity"
            value="1"
            min="1"
            max={String(limits.perOrder)}
            step="1"
            inputmode="numeric"
            required
          />
        </label>
      )}
      <button class="button button-wide" type="submit">
        {free ? text.product.getFree : text.product.buy}
      </button>
    </form>
  );
}

function Closed({ visit, product, shown }: Omit<Properties, "listing"> & { product: Product }) {
  const { text } = visit;
  const { opensAtMs } = product.terms.saleWindow;
  if (shown.availability === "upcoming") {
    return (
      <p class="note note-accent">
        {text.product.upcoming}
        {opensAtMs === null ? null : (
          <strong class="note-line">
            {text.product.opens} <Moment atMs={opensAtMs} />
          </strong>
        )}
      </p>
    );
  }
  const soldOut = shown.availability === "sold_out";
  return <p class="note">{soldOut ? text.product.soldOut : text.product.closed}</p>;
}

/** Tiers of the product, or of each variant that has its own. */
function Tiers({ visit, product }: { visit: Visit; product: Product }) {
  const { terms } = product;
  const tables =
    terms.variants.length === 0
      ? [{ title: null, tiers: terms.priceTiers }]
      : terms.variants.map(({ title, priceTiers }) => ({ title, tiers: priceTiers }));
  return (
    <>
      {tables
        .filter(({ tiers }) => tiers.length > 0)
        .map(({ title, tiers }) => (
          <TierTable visit={visit} product={product} title={title} tiers={tiers} />
        ))}
    </>
  );
}

interface TierProperties {
  readonly visit: Visit;
  readonly product: Product;
  readonly title: string | null;
  readonly tiers: readonly PriceTier[];
}

function TierTable({ visit, product, title, tiers }: TierProperties) {
  const { text } = visit;
  const rows = tiers.toSorted((a, b) => a.minQuantity - b.minQuantity);
  return (
    <table class="tiers">
      <caption>{title === null ? text.product.tiers : `${text.product.tiers} · ${title}`}</caption>
      <thead>
        <tr>
          <th scope="col">{text.product.tierQuantity}</th>
          <th scope="col">{text.product.tierPrice}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ minQuantity, unitPriceMinor }) => (
          <tr>
            <th scope="row">{text.product.tierFrom(minQuantity)}</th>
            <td>{money(visit, product, unitPriceMinor)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Facts({ visit, product }: { visit: Visit; product: Product }) {
  const { text } = visit;
  const { delivery, limits, saleWindow } = product.terms;
  return (
    <ul class="facts" role="list">
      <li>{delivery === "auto" ? text.product.auto : text.product.manual}</li>
      {limits.perBuyer === null ? (
        <li>{text.product.perOrder(limits.perOrder)}</li>
      ) : (
        <li>{text.product.perBuyer(limits.perBuyer)}</li>
      )}
      {saleWindow.closesAtMs === null ? null : (
        <li>
          {text.product.closes} <Moment atMs={saleWindow.closesAtMs} />
        </li>
      )}
    </ul>
  );
}
