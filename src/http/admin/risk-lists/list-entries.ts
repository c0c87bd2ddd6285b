import { Hono } from "hono";
import { z } from "zod";
import { RISK_LIST_KINDS, RISK_LISTS } from "../../../domain/risk/risk-lists.ts";
import { pageOf } from "../../api/json.ts";
import { readQuery } from "../../body.ts";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { pageJson, pageQuery, readCursor } from "../page.ts";
import { riskListEntryJson, riskListEntryShape } from "./entry-json.ts";

const query = z.strictObject({
  ...pageQuery,
  list: z.enum(RISK_LISTS).optional(),
  kind: z.enum(RISK_LIST_KINDS).optional(),
});
const place = z.strictObject({ id: z.string() });

export const listRiskListEntriesRoute = new Hono<AdminEnv>().get(
  "/",
  allow("settings:write"),
  async (c) => {
    const { limit, cursor, list = null, kind = null } = readQuery(c, query);
    const { deps, merchantId } = c.var;
    const afterId = readCursor(place, cursor)?.id ?? "";
    const wanted = { list, kind, afterId, limit: limit + 1 };
    const rows = await deps.riskLists.list(merchantId, wanted);
    return c.json(pageJson(rows, limit, riskListEntryJson, ({ id }) => ({ id })));
  },
);

describeRoute(listRiskListEntriesRoute, {
  name: "listRiskListEntries",
  summary: "Whom the shop lets in or keeps out",
  description: "Those that have expired too, for a month.",
  query,
  answers: { 200: { description: "A page of entries.", schema: pageOf(riskListEntryShape) } },
});
