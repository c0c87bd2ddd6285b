import { Hono } from "hono";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { dropJson, dropShape } from "./drop-json.ts";
import { ownDrop } from "./own-drop.ts";

export const getDropRoute = new Hono<AdminEnv>().get("/:id", allow("catalog:read"), async (c) => {
  const drop = await ownDrop(c);
  c.header("etag", `"${drop.version}"`);
  return c.json(dropJson(drop, c.get("deps").clock.nowMs()));
});

describeRoute(getDropRoute, {
  name: "getDrop",
  summary: "One drop",
  answers: {
    200: { description: "The drop.", schema: dropShape, headers: { ETag: "Its version." } },
  },
});
