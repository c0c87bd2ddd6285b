import { Hono } from "hono";
import { z } from "zod";
import { readQuery } from "../../body.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { pageJson, pageQuery, readCursor } from "../page.ts";
import { accountJson } from "./account-json.ts";

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
