import { Hono } from "hono";
import { Unavailable } from "../domain/unavailable.ts";
import { errorFields, log } from "../platform/log.ts";
import { admin } from "./admin/admin.ts";
import { buyersApi } from "./api/api.ts";
import type { AppEnv } from "./env.ts";
import { health } from "./health.ts";
import { door } from "./middleware/door.ts";
import { payments } from "./payments/payments.ts";
import { problem, Refused } from "./problem.ts";
import { storefront } from "./storefront/storefront.ts";

/** The table of contents: every address that kamidrop answers begins here. */
export function makeApp(withDeps: (app: Hono<AppEnv>) => void): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(door);
  withDeps(app);

  app.route("/", health);
  app.route("/api/v1", buyersApi);
  app.route("/admin/api/v1", admin);
  app.route("/payments", payments);
  app.route("/", storefront);

  app.notFound((c) => problem(c, "not_found"));
  app.onError((error, c) => {
    if (error instanceof Refused) return problem(c, error.code, error.evidence);
    const request = { request_id: c.get("requestId"), path: c.req.path, method: c.req.method };
    if (error instanceof Unavailable) {
      log("warn", "unavailable", { ...request, dependency: error.dependency });
      const response = problem(c, "busy");
      response.headers.set("retry-after", String(error.retryAfterSeconds));
      return response;
    }
    // A 5xx says nothing but its request id; what went wrong is in the log under the same id.
    log("error", "request_failed", { ...request, ...errorFields(error) });
    return problem(c, "internal");
  });
  return app;
}
