import { Hono } from "hono";
import { z } from "zod";
import { tokenHash } from "../flows/shop/mint-token.ts";
import { OPEN_METRICS_TYPE } from "../platform/metrics.ts";
import type { AppEnv } from "./env.ts";
import { describeRoute } from "./openapi/operation.ts";
import { bearerOf, isOperator } from "./operator-token.ts";
import { problem } from "./problem.ts";

/** For the operator's token of the environment only: it must answer while D1 is down. */
export const showMetrics = new Hono<AppEnv>().get("/metrics", async (c) => {
  const token = bearerOf(c.req.header("authorization"));
  const deps = c.get("deps");
  if (token === undefined || !(await isOperator(deps, await tokenHash(token)))) {
    const response = problem(c, "unauthorized");
    response.headers.set("www-authenticate", 'Bearer realm="kamidrop metrics"');
    return response;
  }
  return c.body(deps.metrics.text(), 200, { "content-type": OPEN_METRICS_TYPE });
});

describeRoute(showMetrics, {
  name: "showMetrics",
  summary: "What this isolate has counted since it began, as OpenMetrics text",
  description:
    "With the operator's own token. Each isolate counts for itself: a request here hears one of them, and `kamidrop_isolate_start_time_seconds` says which.",
  operatorToken: true,
  answers: {
    200: {
      description: "Counters, histograms and gauges.",
      type: "application/openmetrics-text",
      schema: z.string(),
    },
  },
  problems: { unauthorized: "Not the operator's token." },
});
