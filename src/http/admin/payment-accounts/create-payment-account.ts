import { Hono } from "hono";
import { createPaymentAccount } from "../../../flows/save-payment-account.ts";
import { readJson } from "../../body.ts";
import { author, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { idempotent } from "../idempotent.ts";
import { accountProblem, newAccountBody } from "./account-body.ts";
import { accountJson } from "./account-json.ts";

export const createPaymentAccountRoute = new Hono<AdminEnv>().post(
  "/",
  allow("payments:write"),
  async (c) => {
    const { deps, merchantId } = c.var;
    const account = await readJson(c, newAccountBody);
    const act = { operation: "payment_accounts.create", body: account, merchantId };
    return idempotent(c, act, async (random) => {
      const created = await createPaymentAccount(deps, author(c), account, random);
      if (!created.ok) return accountProblem(c, created.error);
      const location = `/admin/api/v1/payment-accounts/${created.value.id}`;
      return { status: 201, headers: { location }, body: accountJson(c, created.value) };
    });
  },
);
