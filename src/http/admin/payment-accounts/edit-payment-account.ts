import { Hono } from "hono";
import { editPaymentAccount } from "../../../flows/payments/save-payment-account.ts";
import { readJson } from "../../body.ts";
import { problem } from "../../problem.ts";
import { describeRoute, json } from "../../openapi/operation.ts";
import { author, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { ifMatch } from "../if-match.ts";
import { accountEditBody, accountProblem, rulesIn } from "./account-body.ts";
import { accountJson, accountShape } from "./account-json.ts";
import { ownAccount } from "./own-account.ts";

/** Gateway, currency and slug stay: orders name them. */
export const editPaymentAccountRoute = new Hono<AdminEnv>().patch(
  "/:id",
  allow("payments:write"),
  async (c) => {
    // Scripts of before there were versions say none: theirs is whichever it has.
    const version = c.req.header("if-match") === undefined ? null : ifMatch(c);
    const body = await readJson(c, accountEditBody);
    const account = await ownAccount(c);
    if (Object.keys(body).length === 0) return c.json(accountJson(c, account));
    const { title, active, credentials } = body;
    const edit = { title, active, credentials, rules: rulesIn(body) };
    const read = { account, version };
    const saved = await editPaymentAccount(c.get("deps"), author(c), read, edit);
    if (saved.ok) {
      return c.json(accountJson(c, saved.value), 200, { etag: `"${saved.value.version}"` });
    }
    if (saved.error.reason !== "version_conflict") return accountProblem(c, saved.error);
    return problem(c, "version_conflict", { version: (await ownAccount(c)).version });
  },
);

describeRoute(editPaymentAccountRoute, {
  name: "editPaymentAccount",
  summary: "Rename, switch off, change its rules, or give other credentials",
  description:
    "Gateway, currency and slug stay: orders name them. Credentials are sent whole, and so are `fee`, `limits` and `devices`. With If-Match it is refused where someone was faster.",
  ifMatch: "optional",
  body: json(accountEditBody, { active: false }),
  answers: {
    200: {
      description: "The account as it is now.",
      schema: accountShape,
      headers: { ETag: "Its version." },
    },
  },
  problems: {
    slug_taken: "Another account of the merchant has it.",
    version_conflict: "Someone was faster; `version` is what it has now.",
  },
});
