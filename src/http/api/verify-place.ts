import { Hono } from "hono";
import { z } from "zod";
import { isEarly, rankOf } from "../../domain/drop/rank.ts";
import { isAdmitted } from "../../domain/drop/threshold.ts";
import { readTicket, TICKET_CHARACTERS_MAX, type Ticket } from "../../domain/drop/ticket.ts";
import { isId } from "../../domain/ids.ts";
import { revealDraw } from "../../flows/drops/reveal-draw.ts";
import { readQuery } from "../body.ts";
import type { AppEnv } from "../env.ts";
import { describeRoute } from "../openapi/operation.ts";
import { problem } from "../problem.ts";
import { instant, timeJson, type Json } from "./json.ts";
import { email } from "./order-request.ts";

const query = z.object({
  email: email.optional(),
  ticket: z.string().min(1).max(TICKET_CHARACTERS_MAX).optional(),
  identity: z
    .string()
    // 16 bytes in base64url, as one writes them.
    .regex(/^[\w-]{21}[AQgw]$/)
    .optional()
    .describe("Instead of an address, for whoever does not want to show theirs."),
});

const verifiedShape = z
  .object({
    drop_id: z.string().startsWith("drop_"),
    commitment: z.string(),
    seed: z.string().describe("base64url. Its commitment is what was promised: work it out."),
    identity: z.string(),
    draw: z.number().describe("The first 52 bits of HMAC-SHA-256(seed, identity), in [0, 1)."),
    place: z
      .enum(["early", "late"])
      .nullable()
      .describe("Of the ticket; null where none was shown: nobody keeps who joined."),
    joined_at: instant.nullable(),
    threshold: z
      .object({ early: z.number(), late_until: instant.nullable() })
      .nullable()
      .describe("The last one; null where nobody can say now."),
    admitted: z
      .boolean()
      .nullable()
      .describe("Whether that place was let in; without a ticket, whether an early one was."),
  })
  .meta({ id: "VerifiedPlace" });

/** One place of a drop that is over, worked out as anyone can. */
export const verifyPlaceRoute = new Hono<AppEnv>().get("/:id/verify", async (c) => {
  const { drops, vault, clock } = c.get("deps");
  const id = c.req.param("id");
  const booked = isId("drop", id) ? await drops.drop(id) : null;
  if (booked === null) return problem(c, "not_found");
  const asked = readQuery(c, query);
  const { drop } = booked;
  const nowMs = clock.nowMs();
  const revealed = await revealDraw(drops, booked, nowMs);
  if (revealed === null) return problem(c, "drop_not_over");

  let ticket: Ticket | null = null;
  if (asked.ticket !== undefined) {
    // Past its time it says no less of its place.
    const use = { dropId: drop.id, identity: null, nowMs: Math.min(nowMs, drop.closesAtMs) };
    const read = await readTicket(vault, asked.ticket, use);
    if (!read.ok) return problem(c, "ticket_required", { because: read.error.reason });
    ticket = read.value;
  }
  const identity =
    ticket?.identity ??
    asked.identity ??
    (asked.email === undefined ? null : await drops.draws.identity(drop.id, asked.email));
  if (identity === null) {
    const message = "name an email, a ticket or an identity";
    return problem(c, "invalid_query", { errors: [{ path: "email", message }] });
  }
  const draw = await drops.draws.draw(drop, identity);
  const rank = rankOf(ticket ?? { joinedAtMs: 0 }, drop.opensAtMs, draw);
  const threshold = (await drops.states.of(booked))?.state.threshold ?? null;
  const place = isEarly(rank) ? "early" : "late";
  c.header("cache-control", "no-store");
  return c.json({
    drop_id: drop.id,
    commitment: drop.commitment,
    seed: revealed.seed,
    identity,
    draw,
    place: ticket === null ? null : place,
    joined_at: timeJson(ticket?.joinedAtMs ?? null),
    threshold:
      threshold === null
        ? null
        : { early: threshold.early, late_until: timeJson(threshold.lateUntilMs) },
    admitted: threshold === null ? null : isAdmitted(rank, threshold),
  } satisfies Json<typeof verifiedShape>);
});

describeRoute(verifyPlaceRoute, {
  name: "verifyPlace",
  sells: true,
  summary: "One place in the line of a drop that is over",
  description:
    "By `email`, `ticket` or `identity`. Nothing of it has to be believed: docs/drop.md says how to work it out from the seed.",
  query,
  answers: { 200: { description: "The place, and how it comes about.", schema: verifiedShape } },
  problems: {
    not_found: "No such drop.",
    drop_not_over: "The seed is shown when it is.",
    ticket_required: "The ticket is none of this drop: `because`.",
  },
});
