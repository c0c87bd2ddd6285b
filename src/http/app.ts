import { Hono } from "hono";
import { Unavailable } from "../domain/overload/unavailable.ts";
import { errorFields, log, RareLog } from "../platform/log.ts";
import { admin } from "./admin/admin.ts";
import { buyersApi } from "./api/api.ts";
import { isDatabaseDown } from "../domain/overload/database-down.ts";
import type { AppEnv } from "./env.ts";
import { health } from "./health.ts";
import { door } from "./middleware/door.ts";
import { closed } from "./middleware/closed.ts";
import { turnAway } from "./middleware/turn-away.ts";
import { staticPage } from "./maintenance.ts";
import { openApi } from "./openapi/show-document.ts";
import { otherMethods } from "./other-methods.ts";
import { showMetrics } from "./show-metrics.ts";
import { payments } from "./payments/payments.ts";
import { recognition } from "./payments/recognition.ts";
import { Refused } from "./problem.ts";
import { busy, refuse, wantsPage } from "./refuse.ts";
import { storefront } from "./storefront/storefront.ts";

/** D1 is back within seconds of a reset; sooner would only queue with the others. */
const DATABASE_RETRY_SECONDS = 2;

/** The table of contents: every address that kamidrop answers begins here. */
export function makeApp(withDeps: (app: Hono<AppEnv>) => void): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const rareLog = new RareLog();
  app.use(door);
  withDeps(app);
  app.use(turnAway);
  app.use(closed);

  app.route("/", health);
  app.route("/", showMetrics);
  app.route("/api/v1", buyersApi);
  app.route("/admin/api/v1", admin);
  app.route("/payments", payments);
  app.route("/payments", recognition);
  app.route(
    "/",
    openApi(() => app.routes),
  );
  app.route("/", storefront);

  app.notFound((c) => otherMethods(app, c) ?? refuse(c, "not_found"));
  app.onError(async (error, c) => {
    if (error instanceof Refused) return refuse(c, error.code, error.evidence);
    const request = { request_id: c.get("requestId"), path: c.req.path, method: c.req.method };
    const unavailable = asUnavailable(error);
    if (unavailable !== null) {
      const { dependency, retryAfterSeconds } = unavailable;
      rareLog.warn("unavailable", dependency, Date.now(), () => ({
        ...request,
        dependency,
        ...errorFields(error),
      }));
      return busy(c, retryAfterSeconds);
    }
    // A 5xx says nothing but its request id; what went wrong is in the log under the same id. A person gets
    // a file, since what renders our pages may be what is broken.
    log("error", "request_failed", { ...request, ...errorFields(error) });
    const page = wantsPage(c) ? await staticPage(c.req.raw, c.env, c.get("requestId")) : null;
    return page ?? refuse(c, "internal");
  });
  return app;
}

/** The error as one that a repetition may mend; null where it is a bug. */
function asUnavailable(error: Error): Unavailable | null {
  if (error instanceof Unavailable) return error;
  const down = isDatabaseDown(error);
  return down ? new Unavailable("database", DATABASE_RETRY_SECONDS, { cause: error }) : null;
}
