import { Hono } from "hono";
import { z } from "zod";
import { PARTS, type SwitchedOff } from "../../../domain/switches.ts";
import { switchOff, switchOn } from "../../../flows/shop/flip-switch.ts";
import { instant, timeJson, type Json } from "../../api/json.ts";
import { readJson } from "../../body.ts";
import { describeRoute, json } from "../../openapi/operation.ts";
import { problem } from "../../problem.ts";
import type { AdminContext, AdminEnv } from "../admin-env.ts";
import { allowOperator } from "../allow.ts";
import { line, time } from "../schemas.ts";

const part = z
  .union([z.enum(PARTS), z.string().regex(/^gateway:[a-z0-9][a-z0-9_-]{0,31}$/)])
  .describe("`shop`, `orders`, `mail`, `challenge`, or `gateway:<name>`.");
const body = z.strictObject({
  part,
  reason: line(1, 200).describe("For whoever finds it off."),
  until: time.nullish().describe("On again by itself then."),
});

const switchShape = z
  .object({
    part: z.string(),
    reason: z.string(),
    until: instant.nullable(),
    off: z.boolean().describe("False once `until` is past."),
    set_by: z.string(),
    set_at: instant,
  })
  .meta({ id: "Switch" });

function switchJson(row: SwitchedOff, nowMs: number): Json<typeof switchShape> {
  return {
    part: row.part,
    reason: row.reason,
    until: timeJson(row.untilMs),
    off: row.untilMs === null || nowMs < row.untilMs,
    set_by: row.setBy,
    set_at: timeJson(row.setAtMs),
  };
}

function by(c: AdminContext) {
  const { deps, caller } = c.var;
  return { actor: caller.actor, atMs: deps.clock.nowMs(), merchantId: caller.merchantId };
}

export const listSwitchesRoute = new Hono<AdminEnv>().get("/", allowOperator, async (c) => {
  const { deps } = c.var;
  const rows = await deps.switchBook.all();
  return c.json({ data: rows.map((row) => switchJson(row, deps.clock.nowMs())) });
});

describeRoute(listSwitchesRoute, {
  name: "listSwitches",
  summary: "What is switched off, for everybody who sells here",
  answers: {
    200: { description: "What is off.", schema: z.object({ data: z.array(switchShape) }) },
  },
});

export const switchOffRoute = new Hono<AdminEnv>().post("/", allowOperator, async (c) => {
  const { part: name, reason, until } = await readJson(c, body);
  const { deps } = c.var;
  const row = await switchOff(deps, by(c), { part: name, reason, untilMs: until ?? null });
  return c.json(switchJson(row, deps.clock.nowMs()));
});

describeRoute(switchOffRoute, {
  name: "switchOff",
  summary: "Switch a part off, for everybody who sells here",
  description:
    "Felt everywhere within two seconds. Order pages, notices of payment and the delivery of paid orders go on, whatever is off. Again with another reason or time: that one holds.",
  body: json(body, { part: "mail", reason: "the provider is down" }),
  answers: { 200: { description: "It is off.", schema: switchShape } },
});

export const switchOnRoute = new Hono<AdminEnv>().delete("/:part", allowOperator, async (c) => {
  const wasOff = await switchOn(c.var.deps, by(c), c.req.param("part"));
  return wasOff ? c.body(null, 204) : problem(c, "not_found");
});

describeRoute(switchOnRoute, {
  name: "switchOn",
  summary: "Switch a part on again",
  answers: { 204: { description: "It is on." } },
  problems: { not_found: "It was not off." },
});
