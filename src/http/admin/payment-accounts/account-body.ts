import { z } from "zod";
import { CURRENCIES } from "../../../domain/money.ts";
import type { AccountRefusal } from "../../../flows/save-payment-account.ts";
import { problem } from "../../problem.ts";
import type { AdminContext } from "../admin-env.ts";
import { line, slug } from "../schemas.ts";

/** What is in them is the gateway's business: its own schema judges them. */
const credentials = z.record(z.string().max(64), z.unknown());
const title = line(1, 60);

export const newAccountBody = z.strictObject({
  slug,
  title,
  gateway: z.string().min(1).max(32),
  currency: z.enum(CURRENCIES),
  credentials,
  active: z.boolean().default(true),
});

export const accountEditBody = z.strictObject({
  title: title.optional(),
  active: z.boolean().optional(),
  credentials: credentials.optional(),
});

export function accountProblem(c: AdminContext, refusal: AccountRefusal): Response {
  switch (refusal.reason) {
    case "slug_taken":
      return problem(c, "slug_taken");
    case "credentials_invalid": {
      const errors = refusal.errors.map(({ path, message }) => ({
        path: /^(gateway|currency)$/.test(path)
          ? path
          : ["credentials", path].filter(Boolean).join("."),
        message,
      }));
      return problem(c, "invalid_body", { errors });
    }
    default:
      return refusal satisfies never;
  }
}
