import { createMiddleware } from "hono/factory";
import type { AppContext, AppEnv } from "../env.ts";
import { publicOrigin } from "../origin.ts";
import { htmlProblem } from "./problems.tsx";

/**
 * Refuses forms that another site's page sent: they would act with our visitor's cookies. Browsers
 * say where a form comes from (Sec-Fetch-Site, or Origin from those too old for it), and pages
 * cannot forge either. Who says neither is no browser, and carries no one's cookies.
 */
export const sameSite = createMiddleware<AppEnv>(async (c, next) => {
  if (comesFromUs(c)) await next();
  else return htmlProblem(c, "forbidden_origin");
});

function comesFromUs(c: AppContext): boolean {
  const site = c.req.header("sec-fetch-site");
  if (site !== undefined) return site === "same-origin" || site === "none";
  const origin = c.req.header("origin");
  if (origin === undefined) return true;
  return origin === new URL(c.req.url).origin || origin === publicOrigin(c);
}
