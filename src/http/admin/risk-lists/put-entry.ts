import { Hono } from "hono";
import { z } from "zod";
import { ID_BYTES, newId } from "../../../domain/ids.ts";
import {
  normalizeListValue,
  RISK_LIST_ENTRIES_MAX,
  RISK_LIST_KINDS,
  RISK_LISTS,
} from "../../../domain/risk/risk-lists.ts";
import { readJson } from "../../body.ts";
import { describeRoute, json } from "../../openapi/operation.ts";
import { problem, Refused } from "../../problem.ts";
import { auditEntry, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { line, time } from "../schemas.ts";
import { riskListEntryJson, riskListEntryShape } from "./entry-json.ts";

const body = z.strictObject({
  list: z.enum(RISK_LISTS),
  kind: z.enum(RISK_LIST_KINDS),
  value: z
    .string()
    .min(1)
    .max(254)
    .describe(
      "An e-mail address, a domain (with all below it), an address or network (CIDR; IPv6 up to /64), a country (ISO 3166-1), an AS number, or a device as an order's reasons name it.",
    ),
  note: line(0, 200).default(""),
  expires_at: time.nullish(),
});

/** The same value again is the same entry, on this list and with this note from now on. */
export const putRiskListEntryRoute = new Hono<AdminEnv>().post(
  "/",
  allow("settings:write"),
  async (c) => {
    const { deps, merchantId } = c.var;
    const sent = await readJson(c, body);
    const { list, kind, note, expires_at: expiresAtMs = null } = sent;
    const value = normalizeListValue(kind, sent.value);
    const nowMs = deps.clock.nowMs();
    const errors = [
      ...(value === null ? [{ path: "value", message: `is no ${kind}` }] : []),
      ...(expiresAtMs !== null && expiresAtMs <= nowMs
        ? [{ path: "expires_at", message: "is in the past" }]
        : []),
    ];
    if (value === null || errors.length > 0) throw new Refused("invalid_body", { errors });
    const id = newId("riskListEntry", deps.entropy.bytes(ID_BYTES));
    const row = { id, merchantId, list, kind, value, note, expiresAtMs, createdAtMs: nowMs };
    const audit = auditEntry(c, "risk_list.put", `${kind} ${value}`, { list });
    const put = await deps.riskLists.put(row, audit);
    if (!put.ok) return problem(c, "list_full", { limit: RISK_LIST_ENTRIES_MAX });
    deps.forgetRiskLists();
    return c.json(riskListEntryJson(put.value), 201);
  },
);

describeRoute(putRiskListEntryRoute, {
  name: "putRiskListEntry",
  summary: "Let somebody in, or keep them out",
  description:
    "Allow comes before deny, and both before everything else that is known of an order. A value stands on one list: sent again, it moves, with its new note and expiry.",
  body: json(body, { list: "deny", kind: "network", value: "203.0.113.0/24", note: "resellers" }),
  answers: { 201: { description: "The entry.", schema: riskListEntryShape } },
  problems: { list_full: "A shop has at most `limit` entries." },
});
