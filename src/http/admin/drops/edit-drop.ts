import { Hono } from "hono";
import { editDrop } from "../../../flows/drops/save-drop.ts";
import { readJson } from "../../body.ts";
import { describeRoute, json } from "../../openapi/operation.ts";
import { problem } from "../../problem.ts";
import { author, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { ifMatch } from "../if-match.ts";
import { changesIn, dropEditBody } from "./drop-body.ts";
import { savedDropShape } from "./drop-json.ts";
import { ownDrop } from "./own-drop.ts";
import { dropProblem, savedDrop, tellController } from "./saved-drop.ts";

/** Before it opens: changes what the body mentions, on top of the version that the editor has read. */
export const editDropRoute = new Hono<AdminEnv>().patch(
  "/:id",
  allow("catalog:write"),
  async (c) => {
    const version = ifMatch(c);
    const body = await readJson(c, dropEditBody);
    const record = await ownDrop(c);
    const changes = changesIn(body, record.policy);
    const saved = await editDrop(c.get("deps"), author(c), { record, version, changes });
    if (!saved.ok) {
      if (saved.error.reason !== "version_conflict") return dropProblem(c, saved.error);
      return problem(c, "version_conflict", { version: (await ownDrop(c)).version });
    }
    await tellController(c, saved.value.drop.id);
    const { headers, body: answer } = savedDrop(c, saved.value);
    return c.json(answer, 200, headers);
  },
);

describeRoute(editDropRoute, {
  name: "editDrop",
  summary: "Change a drop before it opens",
  description: "What the body does not mention stays. The seed and its commitment never change.",
  ifMatch: true,
  body: json(dropEditBody, { quantity: 200, policy: { line_max: null } }),
  answers: {
    200: {
      description: "The drop as it is now.",
      schema: savedDropShape,
      headers: { ETag: "Its version." },
    },
  },
  problems: {
    version_conflict: "Someone was faster; `version` is what it has now.",
    drop_begun: "It has opened, or is over: `state`.",
  },
});
