import { Hono } from "hono";
import type { AppEnv } from "../env.ts";
import { problem } from "../problem.ts";
import { renderMarkdown } from "../storefront/markdown.ts";
import { publicJson } from "./public-json.ts";
import { productJson } from "./product-json.ts";

export const getProductRoute = new Hono<AppEnv>().get("/:product", async (c) => {
  return publicJson(c, async () => {
    const { deps } = c.var;
    const merchant = await deps.shop(c.req.query("merchant") ?? deps.settings.defaultMerchant);
    if (merchant === null) return problem(c, "not_found");
    const listing = await deps.catalog.listing(merchant.id, c.req.param("product"));
    if (listing === null || listing.product.terms.status === "archived") {
      return problem(c, "not_found");
    }
    return {
      ...productJson(listing, await deps.availability.of(listing)),
      description_html: renderMarkdown(listing.product.descriptionMd),
      terms_version: listing.product.terms.version,
    };
  });
});
