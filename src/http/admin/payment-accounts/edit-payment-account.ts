import { Hono } from "hono";
import { editPaymentAccount } from "../../../flows/save-payment-account.ts";
import { readJson } from "../../body.ts";
import { problem } from "../../problem.ts";
import { author, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { accountEditBody, accountProblem } from "./account-body.ts";
import { accountJson } from "./account-json.ts";
import { ownAccount } from "./own-account.ts";

/** Gateway, currency and slug stay: orders name them. */
export const editPaymentAccountRoute = new Hono<AdminEnv>().patch(
  "/:id",
  allow("payments:write"),
  async (c) => {
    const edit = await readJson(c, accountEditBody);
    const account = await ownAccount(c);
    if (Object.keys(edit).length === 0) return c.json(accountJson(c, account));
    const saved = await editPaymentAccount(c.var.deps, author(c), account, edit);
    if (!saved.ok) return accountProblem(c, saved.error);
    if (saved.value === null) return problem(c, "not_found");
    return c.json(accountJson(c, saved.value));
  },
);
