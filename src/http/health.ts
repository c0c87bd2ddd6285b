import { Hono } from "hono";
import { z } from "zod";
import type { AppContext, AppEnv } from "./env.ts";
import { errorFields, log } from "../platform/log.ts";
import { describeRoute } from "./openapi/operation.ts";
import { breakerCheck, readiness, type Check } from "./readiness.ts";

const healthz = new Hono<AppEnv>().get("/healthz", (c) => c.json({ status: "ok" }));

describeRoute(healthz, {
  name: "healthz",
  summary: "Is the Worker alive? It asks nothing of anyone",
  answers: {
    200: { description: "It is.", schema: z.object({ status: z.literal("ok") }) },
  },
});

/** Counts and ages only: whoever may ask, it tells them nothing of orders or people. */
const readyz = new Hono<AppEnv>().get("/readyz", async (c) => {
  const made = await checks(c);
  const ok = made.every((check) => check.ok);
  return c.json({ status: ok ? "ok" : "failing", checks: made }, ok ? 200 : 503);
});

const readinessShape = z
  .object({
    status: z.enum(["ok", "failing"]),
    checks: z.array(z.looseObject({ name: z.string(), ok: z.boolean() })),
  })
  .meta({ id: "Readiness" });

describeRoute(readyz, {
  name: "readyz",
  summary: "Do the things that it needs work, does mail flow, and do the books agree?",
  answers: {
    200: { description: "Everything is well.", schema: readinessShape },
    503: { description: "A check has failed.", schema: readinessShape },
  },
});

export const health = new Hono<AppEnv>().route("/", healthz).route("/", readyz);

async function checks(c: AppContext): Promise<Check[]> {
  const deps = c.get("deps");
  try {
    return await readiness(deps, deps.clock.nowMs());
  } catch (error) {
    log("error", "readiness_failed", { request_id: c.get("requestId"), ...errorFields(error) });
    return [{ name: "database", ok: false }, breakerCheck(deps)];
  }
}
