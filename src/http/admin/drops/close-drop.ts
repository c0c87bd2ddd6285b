import { Hono } from "hono";
import { dropPhase } from "../../../domain/drop/drop.ts";
import { closeDrop } from "../../../flows/drops/save-drop.ts";
import { describeRoute } from "../../openapi/operation.ts";
import { author, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { dropJson, dropShape } from "./drop-json.ts";
import { ownDrop } from "./own-drop.ts";
import { dropProblem, savedDrop } from "./saved-drop.ts";

/** Ends a drop before its time, or calls it off. Again changes nothing. */
export const closeDropRoute = new Hono<AdminEnv>().post(
  "/:id/close",
  allow("catalog:write"),
  async (c) => {
    const { deps } = c.var;
    const record = await ownDrop(c);
    const nowMs = deps.clock.nowMs();
    if (dropPhase(record, nowMs) === "closed") return c.json(dropJson(record, nowMs));
    const closed = await closeDrop(deps, author(c), record);
    if (!closed.ok) return dropProblem(c, closed.error);
    const { headers, body } = savedDrop(c, closed.value);
    const { warnings, ...drop } = body;
    return c.json(drop, 200, headers);
  },
);

describeRoute(closeDropRoute, {
  name: "closeDrop",
  summary: "End a drop, or call it off",
  description:
    "Tickets are worth nothing from then on; what is held may still be paid. The product is sold as its own terms say: to stop the sale altogether, set its `status` to `closed` first.",
  answers: { 200: { description: "The drop, closed.", schema: dropShape } },
  problems: { version_conflict: "Someone edited it at the same moment; ask again." },
});
