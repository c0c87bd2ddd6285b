import { Hono } from "hono";
import { Unavailable } from "../domain/unavailable.ts";
import { errorFields, log } from "../platform/log.ts";
import { admin } from "./admin/admin.ts";
import { buyersApi } from "./api/api.ts";
import { isDatabaseDown } from "../domain/database-down.ts";
import type { AppContext, AppEnv } from "./env.ts";
import { health } from "./health.ts";
import { door } from "./middleware/door.ts";
import { openApi } from "./openapi/show-document.ts";
import { showMetrics } from "./show-metrics.ts";
import { payments } from "./payments/payments.ts";
import { problem, Refused, type ProblemCode } from "./problem.ts";
import { htmlProblem } from "./storefront/problems.tsx";
import { storefront } from "./storefront/storefront.ts";

/** D1 is back within seconds of a reset; sooner would only queue with the others. */
const DATABASE_RETRY_SECONDS = 2;

/** The table of contents: every address that kamidrop answers begins here. */
export function makeApp(withDeps: (app: Hono<AppEnv>) => void): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(door);
  withDeps(app);

  app.route("/", health);
  app.route("/", showMetrics);
  app.route("/api/v1", buyersApi);
  app.route("/admin/api/v1", admin);
  app.route("/payments", payments);
  app.route(
    "/",
    openApi(() => app.routes),
  );
  app.route("/", storefront);

  app.notFound((c) => refuse(c, "not_found"));
  app.onError(async (error, c) => {
    if (error instanceof Refused) return refuse(c, error.code, error.evidence);
    const request = { request_id: c.get("requestId"), path: c.req.path, method: c.req.method };
    const unavailable = asUnavailable(error);
    if (unavailable !== null) {
      const { dependency, retryAfterSeconds } = unavailable;
      log("warn", "unavailable", { ...request, dependency, ...errorFields(error) });
      const response = await refuse(c, "busy");
      response.headers.set("retry-after", String(spread(retryAfterSeconds)));
      return response;
    }
    // A 5xx says nothing but its request id; what went wrong is in the log under the same id.
    log("error", "request_failed", { ...request, ...errorFields(error) });
    return refuse(c, "internal");
  });
  return app;
}

/**
 * That many seconds, up to four times as many: those who are refused at one moment would come back at
 * one moment too, and be refused again.
 */
function spread(seconds: number): number {
  return seconds + Math.floor(Math.random() * (3 * seconds + 1));
}

/** The error as one that a repetition may mend; null where it is a bug. */
function asUnavailable(error: Error): Unavailable | null {
  if (error instanceof Unavailable) return error;
  const down = isDatabaseDown(error);
  return down ? new Unavailable("database", DATABASE_RETRY_SECONDS, { cause: error }) : null;
}

/** Addresses of programs: whoever asks there gets a problem as JSON, whatever they would like. */
const PROGRAMS = /^\/(?:api|admin|payments)(?:\/|$)/;

/** A person who looks at a page gets a page; programs get RFC 9457. */
function refuse(
  c: AppContext,
  code: ProblemCode,
  evidence: Refused["evidence"] = {},
): Response | Promise<Response> {
  const wantsPage = c.req.header("accept")?.includes("text/html") === true;
  return wantsPage && !PROGRAMS.test(c.req.path)
    ? htmlProblem(c, code)
    : problem(c, code, evidence);
}
