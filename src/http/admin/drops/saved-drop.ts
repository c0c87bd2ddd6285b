import type { DropSettings } from "../../../domain/drop/drop-record.ts";
import type { DropId } from "../../../domain/ids.ts";
import type { DropRefusal, SavedDrop } from "../../../flows/drops/save-drop.ts";
import { errorFields, log } from "../../../platform/log.ts";
import { problem, type FieldError } from "../../problem.ts";
import type { AdminContext } from "../admin-env.ts";
import { dropJson } from "./drop-json.ts";

/** What a save answers. The entity tag is the version: If-Match takes it as it is. */
export function savedDrop(c: AdminContext, { drop, pushError, shortOf }: SavedDrop) {
  if (pushError !== null) {
    // Not lost: the next order that meets the old terms pushes the new ones.
    const { requestId: request_id } = c.var;
    log("warn", "terms_not_pushed", { request_id, drop: drop.id, ...errorFields(pushError) });
  }
  const warnings =
    shortOf === null ? [] : [{ code: "quantity_above_stock" as const, available: shortOf }];
  const body = { ...dropJson(drop, c.get("deps").clock.nowMs()), warnings };
  return { headers: { etag: `"${drop.version}"` }, body };
}

export function dropProblem(c: AdminContext, refusal: DropRefusal): Response {
  switch (refusal.reason) {
    case "product_unknown":
      return problem(c, "not_found", { detail: "No such product." });
    case "product_unfit":
      return problem(c, "product_unfit", { reasons: refusal.because });
    case "drop_live":
      return problem(c, "drop_live", { drop_id: refusal.dropId });
    case "version_conflict":
      return problem(c, "version_conflict");
    case "drop_begun":
      return problem(c, "drop_begun", { state: refusal.phase });
    case "flawed": {
      const errors = refusal.flaws.map(({ field, message }): FieldError => ({
        path: PATHS[field],
        message,
      }));
      return problem(c, "invalid_body", { errors });
    }
    default:
      return refusal satisfies never;
  }
}

/** Where a setting stands in the body. */
const PATHS: Readonly<Record<keyof DropSettings, string>> = {
  opensAtMs: "opens_at",
  closesAtMs: "closes_at",
  quantity: "quantity",
  perBuyer: "per_buyer",
  holdSeconds: "hold_seconds",
  policy: "policy",
};

/**
 * The controller is told at once, and wakes at the opening by itself: whoever looks first would tell it
 * otherwise. That it could not be told is no fault of the drop's.
 */
export async function tellController(c: AdminContext, id: DropId): Promise<void> {
  const { drops } = c.get("deps");
  const booked = await drops.drop(id).catch(() => null);
  if (booked !== null) await drops.states.of(booked);
}
