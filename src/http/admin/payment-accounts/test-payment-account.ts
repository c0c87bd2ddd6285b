import { Hono } from "hono";
import { z } from "zod";
import { refusedOf, SELF_TESTS } from "../../../domain/limits/limit-rules.ts";
import { TEST_STEPS, testPaymentAccount } from "../../../flows/payments/test-payment-account.ts";
import { money, moneyJson } from "../../api/json.ts";
import { LIMIT_HEADERS, limitsOf, tooMany } from "../../limits.ts";
import { describeRoute } from "../../openapi/operation.ts";
import { publicOrigin } from "../../origin.ts";
import { author, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { ownAccount } from "./own-account.ts";
import { plainWords } from "./self-test-words.ts";

const RANDOM_BYTES = 20;

const shape = z
  .object({
    passed: z.boolean().describe("No step failed."),
    reference: z.string().describe("What the gateway was told as the order's number: no order's."),
    amount: money.describe("The least that the account takes."),
    steps: z.array(
      z.object({
        step: z.enum(TEST_STEPS),
        outcome: z
          .enum(["passed", "failed", "skipped"])
          .describe("`skipped`: there is no such thing, or the test could not come to it."),
        detail: z.string().nullable().describe("Why, or what was found. Never a secret."),
        words: z
          .string()
          .nullable()
          .describe("Of a step that failed: what is wrong and what to do, for a person to read."),
      }),
    ),
  })
  .meta({ id: "PaymentAccountTest" });

/** Inactive accounts may be tested: a merchant tries one before buyers do. */
export const testPaymentAccountRoute = new Hono<AdminEnv>().post(
  "/:id/self-test",
  allow("payments:write"),
  async (c) => {
    const deps = c.get("deps");
    const account = await ownAccount(c);
    const refused = refusedOf(await limitsOf(c).take([{ rule: SELF_TESTS, key: account.id }]));
    if (refused !== undefined) return tooMany(c, refused);
    const world = { origin: publicOrigin(c), random: deps.entropy.bytes(RANDOM_BYTES) };
    const test = await testPaymentAccount(deps, author(c), account, world);
    const { passed, reference, steps } = test;
    const told = steps.map((step) => ({ ...step, words: plainWords(step) }));
    return c.json({ passed, reference, amount: moneyJson(test.money), steps: told });
  },
);

describeRoute(testPaymentAccountRoute, {
  name: "testPaymentAccount",
  summary: "Try an account: open a payment of the least sum, and ask about it",
  description:
    "No order is made and no key is touched. `notify_address`: what to enter at the gateway, and whether it can be reached. `own_signature`: what we sign holds against itself, where both sides have one secret. `address`, `credentials`, `answer`: whether the gateway was reached, took the credentials, and answered as its document says, with a signature that holds where it signs. `open` and `query`: what the two came to.",
  answers: {
    200: { description: "What each step found.", schema: shape, headers: LIMIT_HEADERS },
  },
  problems: { too_many_requests: "Of one account: `policy`. Each opens a payment at its gateway." },
});
