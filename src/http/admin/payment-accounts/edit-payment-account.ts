import { Hono } from "hono";
import { editPaymentAccount } from "../../../flows/save-payment-account.ts";
import { readJson } from "../../body.ts";
import { problem } from "../../problem.ts";
import { describeRoute, json } from "../../openapi/operation.ts";
import { author, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { accountEditBody, accountProblem } from "./account-body.ts";
import { accountJson, accountShape } from "./account-json.ts";
import { ownAccount } from "./own-account.ts";

/** Gateway, currency and slug stay: orders name them. */
export const editPaymentAccountRoute = new Hono<AdminEnv>().patch(
  "/:id",
  allow("payments:write"),
  async (c) => {
    const edit = await readJson(c, accountEditBody);
    const account = await ownAccount(c);
    if (Object.keys(edit).length === 0) return c.json(accountJson(c, account));
    const saved = await editPaymentAccount(c.get("deps"), author(c), account, edit);
    if (!saved.ok) return accountProblem(c, saved.error);
    if (saved.value === null) return problem(c, "not_found");
    return c.json(accountJson(c, saved.value));
  },
);

describeRoute(editPaymentAccountRoute, {
  name: "editPaymentAccount",
  summary: "Rename, switch off, or give other credentials",
  description: "Gateway, currency and slug stay: orders name them. Credentials are sent whole.",
  body: json(accountEditBody, { active: false }),
  answers: { 200: { description: "The account as it is now.", schema: accountShape } },
  problems: { slug_taken: "Another account of the merchant has it." },
});
