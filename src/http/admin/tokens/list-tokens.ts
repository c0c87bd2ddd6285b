import { Hono } from "hono";
import { z } from "zod";
import { readQuery } from "../../body.ts";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { pageOf } from "../../api/json.ts";
import { pageJson, pageQuery, readCursor } from "../page.ts";
import { tokenJson, tokenShape } from "./token-json.ts";

const query = z.strictObject(pageQuery);
const place = z.strictObject({ id: z.string() });

export const listTokensRoute = new Hono<AdminEnv>().get("/", allow("tokens:write"), async (c) => {
  const { limit, cursor } = readQuery(c, query);
  const { deps, merchantId } = c.var;
  const after = readCursor(place, cursor)?.id ?? "";
  const rows = await deps.tokens.list(merchantId, after, limit + 1);
  return c.json(pageJson(rows, limit, tokenJson, ({ id }) => ({ id })));
});

describeRoute(listTokensRoute, {
  name: "listTokens",
  summary: "Every token, without what makes it one",
  query,
  answers: { 200: { description: "A page of tokens.", schema: pageOf(tokenShape) } },
});
