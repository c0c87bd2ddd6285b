import { Hono } from "hono";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { accountJson } from "./account-json.ts";
import { ownAccount } from "./own-account.ts";

export const getPaymentAccountRoute = new Hono<AdminEnv>().get(
  "/:id",
  allow("payments:read"),
  async (c) => c.json(accountJson(c, await ownAccount(c))),
);
