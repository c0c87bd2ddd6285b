import type { RequestContext } from "./env.ts";

/**
 * Where buyers and gateways reach us, without a slash at the end. The setting wins; without one the
 * request's own origin stands, which on the platform is a host that is routed to this Worker.
 */
export function publicOrigin(c: RequestContext): string {
  return c.var.deps.settings.publicOrigin || new URL(c.req.url).origin;
}
