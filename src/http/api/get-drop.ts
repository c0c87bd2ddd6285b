import { Hono } from "hono";
import { z } from "zod";
import { isId } from "../../domain/ids.ts";
import { revealDraw } from "../../flows/drops/reveal-draw.ts";
import type { AppEnv } from "../env.ts";
import { describeRoute } from "../openapi/operation.ts";
import { problem } from "../problem.ts";
import { statusOf } from "./drop-state-json.ts";
import { instant, timeJson, type Json } from "./json.ts";
import { publicJson } from "./public-json.ts";

const dropShape = z
  .object({
    id: z.string().startsWith("drop_"),
    product: z.object({ id: z.string().startsWith("prd_"), slug: z.string(), title: z.string() }),
    status: z.enum(["upcoming", "open", "sold_out", "closed"]),
    opens_at: instant,
    closes_at: instant,
    closed_at: instant.nullable().describe("When it was ended before its time."),
    quantity: z.int().describe("Keys on offer."),
    per_buyer: z.int().nullable(),
    hold_seconds: z.int().describe("How long an unpaid order keeps its keys."),
    policy: z.object({
      line_max: z
        .int()
        .nullable()
        .describe("People in line beyond which newcomers are turned away at random."),
      qualification: z.enum(["none", "email_code"]),
      challenge: z.enum(["never", "pressure", "always"]),
    }),
    commitment: z.string().describe("SHA-256 of the seed of the draw, hex. Never changes."),
    seed: z.string().nullable().describe("base64url, once the drop is over."),
    final_threshold: z
      .object({ early: z.number(), people: z.int() })
      .nullable()
      .describe(
        "Once it is over: of the `people` who joined early, who drew less than `early` was let in.",
      ),
  })
  .meta({ id: "Drop" });

/** What anyone may know of a drop: what was promised before it, and what came of it. */
export const getDropRoute = new Hono<AppEnv>().get("/:id", async (c) => {
  return publicJson(c, async () => {
    const { drops, catalog, clock } = c.get("deps");
    const id = c.req.param("id");
    const booked = isId("drop", id) ? await drops.drop(id) : null;
    if (booked === null) return problem(c, "not_found");
    const { drop } = booked;
    // An archived one too: who took part may verify their place for good.
    const product = await catalog.productByNumber(booked.terms.productNumber);
    if (product === null) return problem(c, "not_found");
    const nowMs = clock.nowMs();
    const state = (await drops.states.of(booked))?.state ?? null;
    const revealed = await revealDraw(drops, booked, nowMs);
    return {
      id: drop.id,
      product: { id: product.id, slug: product.slug, title: product.terms.title },
      status: statusOf(drop, state, nowMs),
      opens_at: timeJson(drop.opensAtMs),
      closes_at: timeJson(drop.closesAtMs),
      closed_at: timeJson(drop.closedAtMs),
      quantity: drop.quantity,
      per_buyer: drop.perBuyer,
      hold_seconds: drop.holdSeconds,
      policy: {
        line_max: drop.policy.lineMax,
        qualification: drop.policy.qualification,
        challenge: drop.policy.challenge,
      },
      commitment: drop.commitment,
      seed: revealed?.seed ?? null,
      final_threshold: revealed?.last ?? null,
    } satisfies Json<typeof dropShape>;
  });
});

describeRoute(getDropRoute, {
  name: "getDrop",
  sells: true,
  summary: "A drop: its rules, what was promised of its draw, and what came of it",
  answers: { 200: { description: "The drop.", schema: dropShape } },
  problems: { not_found: "No such drop." },
});
