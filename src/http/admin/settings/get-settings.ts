import { Hono } from "hono";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { settingsJson, settingsShape } from "./settings-json.ts";

export const getSettingsRoute = new Hono<AdminEnv>().get(
  "/",
  allow("settings:write"),
  async (c) => {
    const { deps, merchantId } = c.var;
    const record = await deps.settingsBook.of(merchantId);
    return c.json(settingsJson(record), 200, { etag: `"${record.version}"` });
  },
);

describeRoute(getSettingsRoute, {
  name: "getSettings",
  summary: "The shop's settings, by subject",
  description: "All that hold; what the merchant has not decided has its default.",
  answers: {
    200: {
      description: "The settings.",
      schema: settingsShape,
      headers: { ETag: "Their version." },
    },
  },
});
