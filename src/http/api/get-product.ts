import { Hono } from "hono";
import type { AppEnv } from "../env.ts";
import { describeRoute } from "../openapi/operation.ts";
import { readQuery } from "../body.ts";
import { problem } from "../problem.ts";
import { renderMarkdown } from "../storefront/markdown.ts";
import { publicJson } from "./public-json.ts";
import { productJson, productPageShape } from "./product-json.ts";
import { shopQuery } from "./shop-query.ts";

export const getProductRoute = new Hono<AppEnv>().get("/:product", async (c) => {
  return publicJson(c, async () => {
    const deps = c.get("deps");
    const { merchant: slug = deps.settings.defaultMerchant } = readQuery(c, shopQuery);
    const merchant = await deps.shop(slug);
    if (merchant === null) return problem(c, "not_found");
    const listing = await deps.catalog.listing(merchant.id, c.req.param("product"));
    if (listing === null || listing.product.terms.status === "archived") {
      return problem(c, "not_found");
    }
    return {
      ...productJson(listing, await deps.availability.of(listing), deps.clock.nowMs()),
      description_html: renderMarkdown(listing.product.descriptionMd),
      terms_version: listing.product.terms.version,
    };
  });
});

describeRoute(getProductRoute, {
  name: "getProduct",
  sells: true,
  summary: "One product with its description",
  query: shopQuery,
  answers: { 200: { description: "The product.", schema: productPageShape } },
  problems: { not_found: "No such product, or it is archived." },
});
