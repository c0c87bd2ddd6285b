import { createMiddleware } from "hono/factory";
import { base32 } from "../../domain/encoding.ts";
import type { AppEnv } from "../env.ts";

/**
 * What holds for every answer: a request id minted here (never the client's word), headers that
 * keep browsers strict, and no caching unless a handler says otherwise. Files of public/ do not come
 * by here: the platform answers them, without a request id, and public/_headers says the rest.
 */
export const door = createMiddleware<AppEnv>(async (c, next) => {
  const requestId = `req_${base32(crypto.getRandomValues(new Uint8Array(13)), 20)}`;
  c.set("requestId", requestId);
  // Before the answer is made, so that it is made once with all of its headers.
  c.header("x-request-id", requestId);
  c.header("x-content-type-options", "nosniff");
  c.header("cache-control", "no-store");
  await next();
});
