import { Hono } from "hono";
import { isId } from "../../domain/ids.ts";
import type { AppEnv } from "../env.ts";
import { describeRoute } from "../openapi/operation.ts";
import { problem } from "../problem.ts";
import { dropStateJson, dropStateShape, statusOf } from "./drop-state-json.ts";
import { publicJson } from "./public-json.ts";

/**
 * What a million waiting people ask for: the same for all of them, made some times a second in each isolate and
 * given from its memory, which asks the data centre's, which asks the controller once a second.
 */
export const getDropStateRoute = new Hono<AppEnv>().get("/:id/state", async (c) => {
  return publicJson(c, async () => {
    const { drops, clock, entropy } = c.get("deps");
    const id = c.req.param("id");
    const booked = isId("drop", id) ? await drops.drop(id) : null;
    if (booked === null) return problem(c, "not_found");
    const known = await drops.states.of(booked);
    const state = known?.state ?? null;
    const nowMs = clock.nowMs();
    const status = statusOf(booked.drop, state, nowMs);
    const isOver = status === "sold_out" || status === "closed";
    const seed = isOver ? await drops.draws.seed(booked.drop) : null;
    const random = (entropy.bytes(1)[0] ?? 0) / 256;
    return dropStateJson(booked, state, { nowMs, seed, random });
  });
});

describeRoute(getDropStateRoute, {
  name: "getDropState",
  sells: true,
  summary: "Who of a drop's line may order now",
  description:
    "The same for everyone, about a second old. A ticket's own place is told where it is shown. Once the drop is over the seed of its draw is here, and anyone can verify every place (docs/drop.md).",
  answers: { 200: { description: "The state.", schema: dropStateShape } },
  problems: { not_found: "No such drop." },
});
