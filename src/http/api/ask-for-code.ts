import { Hono } from "hono";
import { z } from "zod";
import { CODE_WINDOW_MS } from "../../domain/mail/email-code.ts";
import { dropPhase } from "../../domain/drop/drop.ts";
import { isId } from "../../domain/ids.ts";
import { askForCode } from "../../flows/buyers/email-codes.ts";
import { readJson } from "../body.ts";
import { callerNetwork } from "../caller.ts";
import type { AppEnv } from "../env.ts";
import { limitAct } from "../limit-act.ts";
import { LIMIT_HEADERS, tooMany } from "../limits.ts";
import { describeRoute, json } from "../openapi/operation.ts";
import { problem } from "../problem.ts";
import { email } from "./order-request.ts";

const codeBody = z.strictObject({ email, locale: z.enum(["zh-CN", "en"]).optional() });

/** The same answer whoever asks, and for whomever: it tells nothing of the address. */
export const askForCodeRoute = new Hono<AppEnv>().post("/:id/codes", async (c) => {
  const deps = c.get("deps");
  const id = c.req.param("id");
  const booked = isId("drop", id) ? await deps.drops.drop(id) : null;
  if (booked === null) return problem(c, "not_found");
  const { merchantId, productId, policy } = booked.drop;

  const limited = await limitAct(c, "codes", merchantId, { network: callerNetwork(c) });
  if (limited !== null) return tooMany(c, limited);
  const body = await readJson(c, codeBody);
  const listing = await deps.catalog.listing(merchantId, productId);
  if (listing === null) return problem(c, "not_found");
  if (policy.qualification !== "email_code") return problem(c, "code_not_needed");
  const nowMs = deps.clock.nowMs();
  if (dropPhase(booked.drop, nowMs) === "closed") {
    return problem(c, "not_on_sale", { opens_at: null });
  }
  const pestered = await limitAct(c, "codes", merchantId, { email: body.email });
  if (pestered !== null) return tooMany(c, pestered);

  const { locale = "zh-CN" } = body;
  const { title: productTitle } = listing.product.terms;
  await askForCode(deps, { dropId: booked.drop.id, locale, to: body.email, productTitle }, nowMs);
  return c.json({ valid_seconds: CODE_WINDOW_MS / 1000 }, 202);
});

describeRoute(askForCodeRoute, {
  name: "askForCode",
  sells: true,
  summary: "Have a code mailed, where the drop's line asks for a proven address",
  description:
    "Six digits, good for ten minutes at least, sent to the address that asks to join. The answer is the same for every address.",
  body: json(codeBody, { email: "buyer@example.com", locale: "en" }),
  answers: {
    202: {
      description: "A mail is on its way.",
      schema: z.object({ valid_seconds: z.int() }),
      headers: LIMIT_HEADERS,
    },
  },
  problems: {
    not_found: "No such drop.",
    code_not_needed: "The drop asks for no code.",
    not_on_sale: "The drop is over.",
    too_many_requests: "Five codes in ten minutes for one address.",
  },
});
