import { Hono } from "hono";
import { z } from "zod";
import { readQuery } from "../../body.ts";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { pageOf } from "../../api/json.ts";
import { pageJson, pageQuery, readCursor } from "../page.ts";
import { accountJson, accountShape } from "./account-json.ts";

const query = z.strictObject(pageQuery);
const place = z.strictObject({ id: z.string() });

export const listPaymentAccountsRoute = new Hono<AdminEnv>().get(
  "/",
  allow("payments:read"),
  async (c) => {
    const { limit, cursor } = readQuery(c, query);
    const { deps, merchantId } = c.var;
    const after = readCursor(place, cursor)?.id ?? "";
    const rows = await deps.paymentAccountBook.list(merchantId, after, limit + 1);
    return c.json(
      pageJson(
        rows,
        limit,
        (row) => accountJson(c, row),
        ({ id }) => ({ id }),
      ),
    );
  },
);

describeRoute(listPaymentAccountsRoute, {
  name: "listPaymentAccounts",
  summary: "Accounts at gateways",
  query,
  answers: { 200: { description: "A page of accounts.", schema: pageOf(accountShape) } },
});
