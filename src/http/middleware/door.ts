import { createMiddleware } from "hono/factory";
import type { AppContext, AppEnv } from "../env.ts";
import { newRequestId } from "../request-id.ts";
import { routeKind, statusClass } from "../route-kind.ts";

/**
 * What holds for every answer: a request id minted here (never the client's word), headers that
 * keep browsers strict, and no caching unless a handler says otherwise. Files of public/ do not come
 * by here: the platform answers them, without a request id, and public/_headers says the rest.
 */
export const door = createMiddleware<AppEnv>(async (c, next) => {
  const requestId = newRequestId();
  c.set("requestId", requestId);
  // Before the answer is made, so that it is made once with all of its headers.
  c.header("x-request-id", requestId);
  c.header("x-content-type-options", "nosniff");
  c.header("cache-control", "no-store");
  const beganAtMs = Date.now();
  await next();
  count(c, (Date.now() - beganAtMs) / 1000);
});

/** Nothing is counted where the shop could not even be put together: there is nothing to count with. */
function count(c: AppContext, seconds: number): void {
  const deps = c.get("deps") as AppEnv["Variables"]["deps"] | undefined;
  if (deps === undefined) return;
  const route = routeKind(c.req.method, c.req.path);
  deps.metrics.count("requests", route, statusClass(c.res.status));
  deps.metrics.observe("request_seconds", seconds, route);
}
