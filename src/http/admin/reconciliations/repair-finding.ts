import { Hono } from "hono";
import { z } from "zod";
import { REPAIRS } from "../../../domain/statements/settlement.ts";
import { settleFinding } from "../../../flows/statements/settle-finding.ts";
import { readJson } from "../../body.ts";
import { describeRoute, json } from "../../openapi/operation.ts";
import { problem } from "../../problem.ts";
import { author, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { orderOfMerchant } from "../orders/own-order.ts";
import { line } from "../schemas.ts";
import { statementFindingJson, statementFindingShape } from "./finding-json.ts";
import { ownStatement } from "./own-statement.ts";

const note = line(1, 500);
const body = z
  .strictObject({
    how: z
      .enum(REPAIRS)
      .describe(
        "`book`: ask the gateway, and record what it says; `vouch`: record the payment, or the refund that was made at the gateway, on your word; `refund`: give back through the gateway what no order took; `explain`: settle it in your own words.",
      ),
    note: note.nullish().describe("Needed to explain."),
  })
  .refine((repair) => repair.how !== "explain" || typeof repair.note === "string", {
    path: ["note"],
    message: "say in words what explains it",
  });

/** Settles a finding, once: who comes second is shown how it was settled. */
export const repairFindingRoute = new Hono<AdminEnv>().post(
  "/:id/findings/:number/repair",
  allow("payments:write"),
  async (c) => {
    const { deps } = c.var;
    const repair = await readJson(c, body);
    const statement = await ownStatement(c);
    const number = Number(c.req.param("number"));
    const finding = Number.isSafeInteger(number)
      ? await deps.statementReports.finding(statement.id, number)
      : null;
    if (finding === null) return problem(c, "not_found");
    const order = await orderOfMerchant(c, finding.ourOrder ?? finding.orderRef ?? "");
    const request = { finding, how: repair.how, note: repair.note ?? null, order };
    const settled = await settleFinding(deps, author(c), request);
    if (settled.ok) return c.json(statementFindingJson(settled.value));
    return problem(c, "repair_refused", { ...settled.error });
  },
);

describeRoute(repairFindingRoute, {
  name: "repairFinding",
  summary: "Settle a finding",
  description:
    "A payment that is recorded by it delivers as its notice would have, under the gateway's own number, and once. In the audit log.",
  body: json(body, { how: "explain", note: "A test of the gateway's own." }),
  answers: { 200: { description: "The finding, settled.", schema: statementFindingShape } },
  problems: {
    repair_refused:
      "`reason`: `nothing_to_book` (nothing of an order of yours that is missing here, or that no order took), `gateway_says` (asked now, the gateway's `answer` is another), `not_taken` (recorded, and the order could not take it: `verdict`), `not_refunded` (`because`).",
  },
});
