import { Hono } from "hono";
import { createPaymentAccount } from "../../../flows/payments/save-payment-account.ts";
import { readJson } from "../../body.ts";
import { describeRoute, json } from "../../openapi/operation.ts";
import { author, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { idempotent } from "../idempotent.ts";
import { accountProblem, newAccountBody, rulesIn } from "./account-body.ts";
import { accountJson, accountShape } from "./account-json.ts";

export const createPaymentAccountRoute = new Hono<AdminEnv>().post(
  "/",
  allow("payments:write"),
  async (c) => {
    const { deps, merchantId } = c.var;
    const body = await readJson(c, newAccountBody);
    const act = { operation: "payment_accounts.create", body, merchantId };
    const { slug, title, gateway, currency, active, credentials } = body;
    const rules = rulesIn(body);
    const account = { slug, title, gateway, currency, active, credentials, rules };
    return idempotent(c, act, async (random) => {
      const created = await createPaymentAccount(deps, author(c), account, random);
      if (!created.ok) return accountProblem(c, created.error);
      const location = `/admin/api/v1/payment-accounts/${created.value.id}`;
      return { status: 201, headers: { location }, body: accountJson(c, created.value) };
    });
  },
);

describeRoute(createPaymentAccountRoute, {
  name: "createPaymentAccount",
  summary: "Open an account at a gateway",
  idempotencyKey: "optional",
  body: json(newAccountBody, {
    slug: "epay",
    title: "Alipay",
    gateway: "epay",
    currency: "CNY",
    credentials: { pid: "1001", key: "…", gateway_url: "https://pay.example.com/" },
    fee: { basis_points: 60, borne_by: "buyer" },
    limits: { min_minor: 100, max_minor: 500_000 },
  }),
  answers: {
    201: {
      description: "The account.",
      schema: accountShape,
      headers: { Location: "Where the account is." },
    },
  },
  problems: { slug_taken: "Another account of the merchant has it." },
});
