import type { ChangeOutcome } from "../../../../durable-objects/product-stock/contract.ts";
import { problem } from "../../problem.ts";
import type { AdminContext } from "../admin-env.ts";
import { orderJson } from "./order-json.ts";

/** What the object made of a change, in the words of HTTP. */
export async function changedOrder(
  c: AdminContext,
  outcome: ChangeOutcome,
): Promise<{ status: 200; body: object } | Response> {
  switch (outcome.kind) {
    case "changed":
    case "unchanged":
      return { status: 200, body: await orderJson(c, outcome.order) };
    case "refused":
      return outcome.disputed === true
        ? problem(c, "disputed", { state: outcome.state })
        : problem(c, "state_conflict", { state: outcome.state });
    case "wrong_quantity": {
      const { quantity } = outcome;
      return problem(c, "quantity_invalid", { quantity, detail: `Send ${quantity} keys.` });
    }
    case "duplicate_key":
      return problem(c, "key_duplicate", { index: outcome.index });
    case "unknown":
      return problem(c, "not_found");
    default:
      return outcome satisfies never;
  }
}
