import { Hono } from "hono";
import { z } from "zod";
import type { Listing } from "../../domain/product/product.ts";
import type { Deps } from "../../platform/deps.ts";
import { readQuery } from "../body.ts";
import type { AppEnv } from "../env.ts";
import { describeRoute } from "../openapi/operation.ts";
import { problem } from "../problem.ts";
import { publicJson } from "./public-json.ts";
import { pageOf } from "./json.ts";
import { productJson, productShape } from "./product-json.ts";
import { merchant } from "./shop-query.ts";

const query = z.strictObject({
  merchant,
  category: z.string().min(1).max(64).optional(),
  q: z.string().min(1).max(100).optional().describe("Words of the title or the summary."),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z
    .string()
    .regex(/^\d{1,10}$/)
    .optional(),
});

export const listProductsRoute = new Hono<AppEnv>().get("/", async (c) => {
  return publicJson(c, async () => {
    const deps = c.get("deps");
    const { merchant: slug, category, q, limit, cursor } = readQuery(c, query);
    const shop = await deps.shop(slug ?? deps.settings.defaultMerchant);
    if (shop === null) return problem(c, "not_found");

    const after = Number(cursor ?? 0);
    const matching = (await deps.catalog.listings(shop.id))
      .filter((listing) => matches(listing, category, q))
      .toSorted((a, b) => a.product.number - b.product.number)
      .filter((listing) => listing.product.number > after);
    const page = matching.slice(0, limit);
    return {
      data: await productsJson(deps, page),
      next_cursor: matching.length > limit ? String(page.at(-1)?.product.number) : null,
    };
  });
});

function productsJson(deps: Deps, listings: readonly Listing[]) {
  const nowMs = deps.clock.nowMs();
  return Promise.all(
    listings.map(async (listing) =>
      productJson(listing, await deps.availability.of(listing), nowMs),
    ),
  );
}

/** Every word of `q` is in the title or the summary, whatever its case. */
function matches({ product }: Listing, category?: string, q?: string): boolean {
  if (category !== undefined && product.category !== category) return false;
  const text = `${product.terms.title} ${product.summary}`.toLowerCase();
  return (q ?? "")
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

describeRoute(listProductsRoute, {
  name: "listProducts",
  sells: true,
  summary: "The catalogue",
  query,
  answers: { 200: { description: "A page of products.", schema: pageOf(productShape) } },
  problems: { not_found: "No such shop." },
});
