import { Hono } from "hono";
import { z } from "zod";
import type { AppContext, AppEnv } from "./env.ts";
import { errorFields, log } from "../platform/log.ts";
import { describeRoute } from "./openapi/operation.ts";

/** A mail that has been due for longer says that mail does not flow. */
const MAIL_DUE_SECONDS_MAX = 600;

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
  const checks = await readiness(c);
  const ok = checks.every((check) => check.ok);
  return c.json({ status: ok ? "ok" : "failing", checks }, ok ? 200 : 503);
});

const readinessShape = z
  .object({
    status: z.enum(["ok", "failing"]),
    checks: z.array(z.looseObject({ name: z.string(), ok: z.boolean() })),
  })
  .meta({ id: "Readiness" });

describeRoute(readyz, {
  name: "readyz",
  summary: "Do the things that it needs work, and does mail flow?",
  answers: {
    200: { description: "Everything is well.", schema: readinessShape },
    503: { description: "A check has failed.", schema: readinessShape },
  },
});

export const health = new Hono<AppEnv>().route("/", healthz).route("/", readyz);

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly [evidence: string]: string | number | boolean | null;
}

async function readiness(c: AppContext): Promise<Check[]> {
  const { parked, deliveries, mailSenders, clock } = c.var.deps;
  const nowMs = clock.nowMs();
  try {
    const [messages, oldestDueAtMs, failed] = await Promise.all([
      parked.count(),
      deliveries.oldestDueAtMs(nowMs),
      deliveries.countFailed(),
    ]);
    const ageSeconds = oldestDueAtMs === null ? 0 : Math.round((nowMs - oldestDueAtMs) / 1000);
    return [
      { name: "database", ok: true },
      { name: "parked_messages", ok: messages === 0, count: messages },
      {
        name: "mail",
        ok: ageSeconds <= MAIL_DUE_SECONDS_MAX,
        oldest_due_seconds: ageSeconds,
        failed,
        senders: mailSenders.length,
      },
    ];
  } catch (error) {
    log("error", "readiness_failed", { request_id: c.get("requestId"), ...errorFields(error) });
    return [{ name: "database", ok: false }];
  }
}
