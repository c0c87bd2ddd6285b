import type { Hono } from "hono";
import type { AppContext, AppEnv } from "./env.ts";
import { Refused } from "./problem.ts";

/** Those that a route may have; HEAD goes with GET, and OPTIONS with any. */
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/**
 * For a request that no route has answered, by whichever method: where its address answers to others, 405 with
 * what they are (RFC 9110 §10.2.1: the resource's own, not the server's), or to OPTIONS, what may be asked
 * (§9.3.7). Null where nothing is at the address.
 * Nothing is said about other origins: no page of theirs has business here.
 */
export function otherMethods(app: Hono<AppEnv>, c: AppContext): Response | null {
  const allowed = methodsAt(app, c.req.path);
  if (allowed.length === 0) return null;
  c.header("allow", allowed.join(", "));
  if (c.req.method === "OPTIONS") return c.body(null, 204);
  throw new Refused("method_not_allowed", { allowed });
}

function methodsAt(app: Hono<AppEnv>, path: string): string[] {
  const answered = METHODS.filter((method) => {
    const [handlers] = app.router.match(method, path);
    // What stands for every method, or before every address, is no route.
    return handlers.some(([[, route]]) => route.method === method && !route.path.endsWith("*"));
  });
  const read = answered.includes("GET") ? ["GET", "HEAD"] : [];
  const writes = answered.filter((method) => method !== "GET");
  return answered.length === 0 ? [] : [...read, ...writes, "OPTIONS"];
}
