import { Hono } from "hono";
import type { Listing } from "../../domain/product/product.ts";
import { dropOf } from "../../domain/product/terms.ts";
import type { Shown } from "../../platform/availability.ts";
import type { AppEnv } from "../env.ts";
import { documentOf } from "./html.ts";
import { Layout } from "./layout.tsx";
import { Picture, Price, Stock } from "./product-parts.tsx";
import { sharedPage } from "./shared-page.ts";
import { visit as visitOf, type Visit } from "./visit.ts";

/** A page shows this many products at most; a shop with more needs categories. */
const PRODUCTS_MAX = 200;

interface Item {
  readonly listing: Listing;
  readonly shown: Shown;
  /** It is sold through a line, now or soon. */
  readonly inDrop: boolean;
}

export const listProductsPage = new Hono<AppEnv>().get("/", (c) =>
  sharedPage(c, async () => {
    const deps = c.get("deps");
    const shop = await deps.shop(deps.settings.defaultMerchant);
    const listings = shop === null ? [] : await deps.catalog.listings(shop.id);
    const items = await Promise.all(
      listings.slice(0, PRODUCTS_MAX).map(async (listing) => ({
        listing,
        shown: await deps.availability.of(listing),
        inDrop: dropOf(listing.product.terms, deps.clock.nowMs()) !== null,
      })),
    );
    return documentOf(<ListPage visit={await visitOf(c)} items={items} />);
  }),
);

function ListPage({ visit, items }: { visit: Visit; items: readonly Item[] }) {
  const { text, shopName } = visit;
  return (
    <Layout visit={visit} title={shopName} description={text.shop.tagline} styles={["shop.css"]}>
      <div class="hero">
        <h1>{shopName}</h1>
        <p class="lead">{text.shop.tagline}</p>
      </div>
      {items.length === 0 ? (
        <section class="empty">
          <h2>{text.list.empty}</h2>
          <p>{text.list.emptyHint}</p>
        </section>
      ) : (
        <section aria-labelledby="products">
          <h2 id="products" class="visually-hidden">
            {text.shop.products}
          </h2>
          <ul class="cards" role="list">
            {items.map((item) => (
              <Card visit={visit} {...item} />
            ))}
          </ul>
        </section>
      )}
    </Layout>
  );
}

function Card({ visit, listing, shown, inDrop }: Item & { visit: Visit }) {
  const { text } = visit;
  const { product } = listing;
  return (
    <li class={shown.availability === "sold_out" ? "card card-off" : "card"}>
      <Picture product={product} />
      <div class="card-body">
        <h3>
          <a class="card-link" href={`/p/${product.slug}`}>
            {product.terms.title}
          </a>
        </h3>
        {product.summary === "" ? null : <p class="card-summary">{product.summary}</p>}
        <p class="card-foot">
          <Price visit={visit} product={product} />
          {inDrop && shown.availability !== "sold_out" ? (
            <span class="stock stock-low">{text.drop.title}</span>
          ) : (
            <Stock text={text} listing={listing} shown={shown} />
          )}
        </p>
      </div>
    </li>
  );
}
