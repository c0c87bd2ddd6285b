import { Hono } from "hono";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { accountJson, accountWithHealthShape } from "./account-json.ts";
import { HEALTH_DAYS, healthJson } from "./health-json.ts";
import { ownAccount } from "./own-account.ts";

const DAY_MS = 24 * 3600_000;

export const getPaymentAccountRoute = new Hono<AdminEnv>().get(
  "/:id",
  allow("payments:read"),
  async (c) => {
    const { healthBook, breakers, clock } = c.get("deps");
    const account = await ownAccount(c);
    const nowMs = clock.nowMs();
    const hours = await healthBook.since(account.id, nowMs - HEALTH_DAYS * DAY_MS);
    const breaker = breakers.stateOf(`gateway:${account.id}`);
    return c.json({
      ...accountJson(c, account),
      health: healthJson({ hours, breaker, nowMs }),
    });
  },
);

describeRoute(getPaymentAccountRoute, {
  name: "getPaymentAccount",
  summary: "One account, and how its gateway has been doing",
  answers: { 200: { description: "The account.", schema: accountWithHealthShape } },
});
