import { Hono } from "hono";
import type { AppContext, AppEnv } from "./env.ts";
import { errorFields, log } from "../platform/log.ts";

/** A mail that has been due for longer says that mail does not flow. */
const MAIL_DUE_SECONDS_MAX = 600;

export const health = new Hono<AppEnv>()
  .get("/healthz", (c) => c.json({ status: "ok" }))

  // Counts and ages only: whoever may ask, it tells them nothing of orders or people.
  .get("/readyz", async (c) => {
    const checks = await readiness(c);
    const ok = checks.every((check) => check.ok);
    return c.json({ status: ok ? "ok" : "failing", checks }, ok ? 200 : 503);
  });

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
