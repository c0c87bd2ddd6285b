import { Hono } from "hono";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { accountJson, accountShape } from "./account-json.ts";
import { ownAccount } from "./own-account.ts";

export const getPaymentAccountRoute = new Hono<AdminEnv>().get(
  "/:id",
  allow("payments:read"),
  async (c) => c.json(accountJson(c, await ownAccount(c))),
);

describeRoute(getPaymentAccountRoute, {
  name: "getPaymentAccount",
  summary: "One account",
  answers: { 200: { description: "The account.", schema: accountShape } },
});
