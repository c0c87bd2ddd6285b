import { Hono } from "hono";
import type { AppContext, AppEnv } from "../env.ts";
import { problem } from "../problem.ts";
import { pictureAddress, pictureAt } from "./pictures.ts";
import { shopListing } from "./shop-listing.ts";

/** The address changes with the product's version. */
const KEPT_SECONDS = 24 * 3600;
/** What cannot be had now is not asked for again by everybody who looks. */
const ABSENT_SECONDS = 60;

/**
 * GET /p/{slug}/pictures/{place}: a picture that the merchant has elsewhere, through us. Only what stands in
 * the product is fetched, so this is nobody's proxy; the data centre keeps it.
 */
export const showPicture = new Hono<AppEnv>().get(
  "/p/:slug/pictures/:place{\\d{1,3}}",
  async (c) => {
    const listing = await shopListing(c, c.req.param("slug"));
    const place = Number(c.req.param("place"));
    const address = listing && pictureAt(listing.product, place);
    if (address === null || listing === null) return problem(c, "not_found");
    // By what is in the product, not by what was asked for: an invented version fetches nothing anew.
    const key = new URL(pictureAddress(listing.product, place), c.req.url).href;
    const cache = typeof caches === "undefined" ? null : caches.default;
    const known = await cache?.match(key).catch(() => undefined);
    if (known !== undefined) return answer(c, known);
    const picture = await c.get("deps").picture(address);
    const made =
      picture === null
        ? new Response(null, { status: 404, headers: kept(ABSENT_SECONDS) })
        : new Response(picture.bytes, {
            headers: { ...kept(KEPT_SECONDS), "content-type": picture.type },
          });
    if (cache) c.executionCtx.waitUntil(cache.put(key, made.clone()).catch(() => undefined));
    return answer(c, made);
  },
);

function kept(seconds: number) {
  return { "cache-control": `public, max-age=${seconds}` };
}

/** As a file that nothing is run in, whatever its bytes are. */
function answer(c: AppContext, picture: Response): Response {
  if (picture.status !== 200 || picture.body === null) return problem(c, "not_found");
  return c.body(picture.body, 200, {
    "content-type": picture.headers.get("content-type") ?? "application/octet-stream",
    "cache-control": picture.headers.get("cache-control") ?? "no-store",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "same-origin",
  });
}
