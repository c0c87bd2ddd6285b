import { Hono } from "hono";
import { editSettings } from "../../../flows/shop/edit-settings.ts";
import { readJson } from "../../body.ts";
import { describeRoute, json } from "../../openapi/operation.ts";
import { problem } from "../../problem.ts";
import { author, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { ifMatch } from "../if-match.ts";
import {
  settingsJson,
  settingsPatchBody,
  settingsPatchIn,
  settingsShape,
  snakeCase,
} from "./settings-json.ts";

export const editSettingsRoute = new Hono<AdminEnv>().patch(
  "/",
  allow("settings:write"),
  async (c) => {
    const version = ifMatch(c);
    const patch = settingsPatchIn(await readJson(c, settingsPatchBody));
    const saved = await editSettings(c.get("deps"), author(c), version, patch);
    if (saved.ok)
      return c.json(settingsJson(saved.value), 200, { etag: `"${saved.value.version}"` });
    const { error } = saved;
    if (error.reason === "version_conflict") {
      return problem(c, "version_conflict", { version: error.version });
    }
    const errors = error.flaws.map(({ path, message }) => ({
      path: path.map(snakeCase).join("."),
      message,
    }));
    return problem(c, "invalid_body", { errors });
  },
);

describeRoute(editSettingsRoute, {
  name: "editSettings",
  summary: "Change the shop's settings",
  description:
    "As RFC 7396: what is not named stays, null goes back to the default, of a setting or of a whole section. A list or record is replaced whole.",
  ifMatch: true,
  body: json(settingsPatchBody, { limits: { orders_per_email: 30, look_ups_per_email: null } }),
  answers: {
    200: {
      description: "All settings as they are now.",
      schema: settingsShape,
      headers: { ETag: "Their version." },
    },
  },
  problems: { version_conflict: "Someone was faster; `version` is what it has now." },
});
