import { Hono } from "hono";
import { z } from "zod";
import { pollAfterMs } from "../../domain/drop/poll.ts";
import { TICKET_CHARACTERS_MAX } from "../../domain/drop/ticket.ts";
import { isId } from "../../domain/ids.ts";
import {
  joinLine,
  joinOutcome,
  type Joined,
  type JoinRefusal,
} from "../../flows/drops/join-line.ts";
import { readJson } from "../body.ts";
import { callerNetwork } from "../caller.ts";
import type { AppContext, AppEnv } from "../env.ts";
import { limitAct } from "../limit-act.ts";
import { LIMIT_HEADERS, limitsOf, tooMany } from "../limits.ts";
import { describeRoute, json } from "../openapi/operation.ts";
import { problem } from "../problem.ts";
import { shopClosed } from "../shop-closed.ts";
import { heldTicket, holdTicket } from "../storefront/drops/ticket-cookie.ts";
import { instant, timeJson, type Json } from "./json.ts";
import { email } from "./order-request.ts";

const joinBody = z.strictObject({
  email,
  code: z
    .string()
    .max(64)
    .nullish()
    .describe("Where the drop asks for one: the code that was mailed."),
  challenge: z
    .string()
    .max(4_096)
    .nullish()
    .describe("What the widget of a challenge gave (`challenge_required`)."),
  ticket: z
    .string()
    .max(TICKET_CHARACTERS_MAX)
    .nullish()
    .describe("The one that you have, if you have one: it is kept. Browsers have it in a cookie."),
});

const ticketShape = z
  .object({
    drop_id: z.string().startsWith("drop_"),
    ticket: z.string().describe("What an order of the product brings as `ticket`."),
    identity: z.string().describe("What your draw is of: the mailbox, as a digest, in base64url."),
    place: z
      .enum(["early", "late"])
      .describe(
        "`early`: ordered by the draw. `late`: behind all of them, first come, first served.",
      ),
    joined_at: instant,
    draw: z
      .number()
      .nullable()
      .describe("In [0, 1), lower is earlier. Null before the opening: nobody is told."),
    opens_at: instant,
    closes_at: instant,
    state_url: z.string().describe("Who may order now, the same for everyone: ask there."),
    poll_after_ms: z.int().nullable(),
  })
  .meta({ id: "Ticket" });

/** Gives a place in line: no object is asked, and nothing is stored but in the browser. */
export const joinLineRoute = new Hono<AppEnv>().post("/:id/tickets", async (c) => {
  const deps = c.get("deps");
  const id = c.req.param("id");
  const booked = isId("drop", id) ? await deps.drops.drop(id) : null;
  if (booked === null) return problem(c, "not_found");
  const { merchantId } = booked.drop;

  const network = callerNetwork(c);
  const limited = await limitAct(c, "tickets", merchantId, { network });
  if (limited !== null) return tooMany(c, limited);
  const body = await readJson(c, joinBody);
  const pestered = await limitAct(c, "tickets", merchantId, { email: body.email });
  if (pestered !== null) return tooMany(c, pestered);

  const held = body.ticket ?? heldTicket(c, booked.drop.id)?.ticket ?? null;
  const nowMs = deps.clock.nowMs();
  const joined = await joinLine(
    { ...deps, limits: limitsOf(c) },
    {
      booked,
      email: body.email,
      code: body.code ?? null,
      challenge: body.challenge ?? null,
      network,
      held,
      nowMs,
    },
  );
  deps.metrics.count("tickets", joinOutcome(joined));
  if (!joined.ok) return refusal(c, joined.error);
  holdTicket(c, booked.drop.id, { ticket: joined.value.text, email: body.email });
  c.header("cache-control", "no-store");
  return c.json(ticketJson(c, joined.value, booked.drop, nowMs), 201);
});

function ticketJson(
  c: AppContext,
  { text, ticket, draw, state }: Joined,
  drop: { readonly opensAtMs: number; readonly closesAtMs: number },
  nowMs: number,
): Json<typeof ticketShape> {
  const { opensAtMs, closesAtMs } = drop;
  const random = (c.get("deps").entropy.bytes(1)[0] ?? 0) / 256;
  const isEarly = ticket.joinedAtMs < opensAtMs;
  const place = nowMs < opensAtMs ? ({ kind: "upcoming" } as const) : waiting(state);
  return {
    drop_id: ticket.dropId,
    ticket: text,
    identity: ticket.identity,
    place: isEarly ? "early" : "late",
    joined_at: timeJson(ticket.joinedAtMs),
    draw,
    opens_at: timeJson(opensAtMs),
    closes_at: timeJson(closesAtMs),
    state_url: `/api/v1/drops/${ticket.dropId}/state`,
    poll_after_ms: pollAfterMs(place, { opensAtMs, nowMs }, random),
  };
}

/** Who joins while it is open looks at once: an empty line lets them in. */
function waiting(state: Joined["state"]) {
  return state === null
    ? ({ kind: "busy" } as const)
    : ({ kind: "waiting", ahead: 0, etaMs: 0 } as const);
}

function refusal(c: AppContext, refused: JoinRefusal): Response {
  switch (refused.reason) {
    case "shop_closed":
      return shopClosed(c);
    case "drop_over":
      return problem(c, "drop_over", { state: refused.status });
    case "code_required":
      return problem(c, "code_required");
    case "code_invalid":
      return problem(c, "code_invalid");
    case "line_full":
      return problem(c, "line_full", {
        line_max: refused.lineMax,
        detail:
          "Who is turned away is chance, and the same each time: asking again changes nothing.",
      });
    case "challenge_required": {
      const { provider, siteKey } = refused.offer;
      return problem(c, "challenge_required", { provider, site_key: siteKey, action: "ticket" });
    }
    case "too_many_requests":
      return tooMany(c, refused.standing);
    default:
      return refused satisfies never;
  }
}

describeRoute(joinLineRoute, {
  name: "joinLine",
  sells: true,
  summary: "Join a drop's line",
  description:
    "A mailbox has one place and one draw, however many tickets it takes. Everyone who joins before the opening is ordered by the draw; when they joined before it does not matter.",
  body: json(joinBody, { email: "buyer@example.com" }),
  answers: {
    201: {
      description: "The ticket. Browsers are given it in a cookie as well.",
      schema: ticketShape,
      headers: LIMIT_HEADERS,
    },
  },
  problems: {
    not_found: "No such drop.",
    shop_closed: "The merchant has closed the shop for now.",
    drop_over: "`state` says how it ended.",
    code_required: "The drop asks for a code: have one mailed first (`askForCode`).",
    code_invalid: "It is not the code that was mailed, or it is too old.",
    line_full: "There are more people than `line_max` in line, and chance turned you away.",
    challenge_required:
      "Let the widget of `provider` with `site_key` and `action` be solved, and send the same request with what it gives as `challenge`.",
    too_many_requests: "Of one network or one mailbox: `policy`.",
  },
});
