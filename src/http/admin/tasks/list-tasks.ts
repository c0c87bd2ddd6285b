import { Hono } from "hono";
import { z } from "zod";
import { pageOf } from "../../api/json.ts";
import { readQuery } from "../../body.ts";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { pageJson, pageQuery, readCursor } from "../page.ts";
import { taskJson, taskShape } from "./task-json.ts";

const query = z.strictObject(pageQuery);
const statements = z
  .object({
    with_findings: z
      .int()
      .describe("Reports with open findings: `GET /reconciliations?attention=true`."),
    given_up: z
      .int()
      .describe("Days that could not be fetched: `GET /reconciliations/fetches?state=given_up`."),
  })
  .describe("What a person must look at of gateways' statements, each counted up to a hundred.");
const place = z.strictObject({ number: z.int() });

/** Money that a person must decide about, the oldest first. */
export const listTasksRoute = new Hono<AdminEnv>().get("/", allow("payments:read"), async (c) => {
  const { limit, cursor } = readQuery(c, query);
  const { deps, merchantId } = c.var;
  const after = readCursor(place, cursor)?.number ?? 0;
  const [rows, { reports, givenUp }] = await Promise.all([
    deps.tasks.open(merchantId, after, limit + 1),
    deps.statementReports.attention(merchantId),
  ]);
  const page = pageJson(rows, limit, taskJson, ({ number }) => ({ number }));
  return c.json({ ...page, statements: { with_findings: reports, given_up: givenUp } });
});

describeRoute(listTasksRoute, {
  name: "listTasks",
  summary: "Money that a person must decide about, the oldest first",
  description:
    "What the policy (settings `money`) leaves to a person, or could not do by itself. Refund it or hand over keys by the order's own routes: with the last part of the money, or with the keys, it is done. What you settle in another way, say so.",
  query,
  answers: {
    200: { description: "A page of open tasks.", schema: pageOf(taskShape).extend({ statements }) },
  },
});
