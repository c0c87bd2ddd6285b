import { Hono } from "hono";
import { z } from "zod";
import { readJson } from "../../body.ts";
import { describeRoute, json } from "../../openapi/operation.ts";
import { problem } from "../../problem.ts";
import { auditEntry, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { line } from "../schemas.ts";
import { taskJson, taskShape } from "./task-json.ts";

const body = z.strictObject({ note: line(1, 500).describe("What was done.") });

/** A person has dealt with it. Moves no money. */
export const finishTaskRoute = new Hono<AdminEnv>().post(
  "/:number/done",
  allow("payments:write"),
  async (c) => {
    const { note } = await readJson(c, body);
    const number = c.req.param("number");
    if (!/^[0-9]{1,15}$/.test(number)) return problem(c, "not_found");
    const entry = auditEntry(c, "task.done", number, { note });
    const task = await c.var.deps.tasks.done(Number(number), note, entry);
    return task === null ? problem(c, "not_found") : c.json(taskJson(task));
  },
);

describeRoute(finishTaskRoute, {
  name: "finishTask",
  summary: "Say that a task has been dealt with",
  description: "Moves no money. One that is done already stays as it was.",
  body: json(body, { note: "bank transfer on Monday" }),
  answers: { 200: { description: "The task.", schema: taskShape } },
  problems: { not_found: "No such task." },
});
