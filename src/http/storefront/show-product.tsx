import { Hono } from "hono";
import { raw } from "hono/html";
import type { Listing } from "../../domain/product.ts";
import type { Shown } from "../../platform/availability.ts";
import type { AppEnv } from "../env.ts";
import { BuyBox } from "./buy-box.tsx";
import { documentOf } from "./html.ts";
import { Layout } from "./layout.tsx";
import { renderMarkdown } from "./markdown.ts";
import { htmlNotFound } from "./problems.tsx";
import { Picture } from "./product-parts.tsx";
import { sharedPage } from "./shared-page.ts";
import { shopListing } from "./shop-listing.ts";
import { visit as visitOf, type Visit } from "./visit.ts";

export const showProductPage = new Hono<AppEnv>().get("/p/:slug", (c) =>
  sharedPage(c, async () => {
    const listing = await shopListing(c, c.req.param("slug"));
    if (listing === null) return htmlNotFound(c);
    const shown = await c.get("deps").availability.of(listing);
    return documentOf(<ProductPage visit={await visitOf(c)} listing={listing} shown={shown} />);
  }),
);

interface Properties {
  readonly visit: Visit;
  readonly listing: Listing;
  readonly shown: Shown;
}

function ProductPage({ visit, listing, shown }: Properties) {
  const { product } = listing;
  const { title } = product.terms;
  return (
    <Layout
      visit={visit}
      title={title}
      description={product.summary}
      styles={["shop.css", "product.css"]}
      scripts={["time.js"]}
    >
      <article class="product">
        <div class="product-head">
          <Picture product={product} eager />
          <h1>{title}</h1>
          {product.summary === "" ? null : <p class="lead">{product.summary}</p>}
        </div>
        <BuyBox visit={visit} listing={listing} shown={shown} />
        {product.descriptionMd.trim() === "" ? null : (
          <section class="about" aria-labelledby="about">
            <h2 id="about">{visit.text.product.about}</h2>
            <div class="prose">{raw(renderMarkdown(product.descriptionMd))}</div>
          </section>
        )}
      </article>
    </Layout>
  );
}
