import { Hono } from "hono";
import { raw } from "hono/html";
import type { Listing } from "../../domain/product/product.ts";
import type { Shown } from "../../platform/availability.ts";
import type { AppEnv } from "../env.ts";
import { BuyBox } from "./buy-box.tsx";
import { DropBox } from "./drops/drop-box.tsx";
import { dropRefreshSeconds, dropSale, type DropSale } from "./drops/drop-sale.ts";
import { documentOf } from "./html.ts";
import { Layout } from "./layout.tsx";
import { renderDescription } from "./pictures.ts";
import { htmlNotFound } from "./problems.tsx";
import { Picture } from "./product-parts.tsx";
import { sharedPage } from "./shared-page.ts";
import { shopListing } from "./shop-listing.ts";
import { visit as visitOf, type Visit } from "./visit.ts";

export const showProductPage = new Hono<AppEnv>().get("/p/:slug", (c) =>
  sharedPage(c, async () => {
    const listing = await shopListing(c, c.req.param("slug"));
    if (listing === null) return htmlNotFound(c);
    const [visit, shown, sale] = await Promise.all([
      visitOf(c),
      c.get("deps").availability.of(listing),
      dropSale(c, listing),
    ]);
    return documentOf(<ProductPage visit={visit} listing={listing} shown={shown} sale={sale} />);
  }),
);

const DROP_SCRIPTS = ["drop-clock.js", "drop-box.js", "submit-guard.js"];

interface Properties {
  readonly visit: Visit;
  readonly listing: Listing;
  readonly shown: Shown;
  /** The drop that it is sold in, or was; null where there is none. */
  readonly sale: DropSale | null;
}

function ProductPage({ visit, listing, shown, sale }: Properties) {
  const { product } = listing;
  const { title } = product.terms;
  const drop = sale?.standing === "closed" ? null : sale;
  return (
    <Layout
      visit={visit}
      title={title}
      description={product.summary}
      styles={["shop.css", "product.css", ...(sale === null ? [] : ["drop.css"])]}
      scripts={["time.js", ...(drop === null ? [] : DROP_SCRIPTS)]}
      refreshSeconds={drop === null ? undefined : dropRefreshSeconds(drop)}
    >
      <article class="product">
        <div class="product-head">
          <Picture product={product} eager />
          <h1>{title}</h1>
          {product.summary === "" ? null : <p class="lead">{product.summary}</p>}
        </div>
        {drop === null ? (
          <BuyBox visit={visit} listing={listing} shown={shown} pastDrop={sale?.drop ?? null} />
        ) : (
          <DropBox visit={visit} listing={listing} sale={drop} />
        )}
        {product.descriptionMd.trim() === "" ? null : (
          <section class="about" aria-labelledby="about">
            <h2 id="about">{visit.text.product.about}</h2>
            <div class="prose">{raw(renderDescription(product))}</div>
          </section>
        )}
      </article>
    </Layout>
  );
}
