import { Hono } from "hono";
import { normalizeEmail } from "../../../domain/email.ts";
import { fromBase64, hex } from "../../../domain/encoding.ts";
import { revealDraw } from "../../../flows/drops/reveal-draw.ts";
import { mediaType, readText } from "../../body.ts";
import type { AppContext, AppEnv } from "../../env.ts";
import { answerHtml, documentOf } from "../html.ts";
import { htmlNotFound, htmlProblem } from "../problems.tsx";
import { sharedPage } from "../shared-page.ts";
import { visit as visitOf } from "../visit.ts";
import { knownDrop, type KnownDrop } from "./known-drop.ts";
import { ProofPage, type Proof, type Revealed } from "./proof-page.tsx";

const FORM_BYTES_MAX = 4 * 1024;

/**
 * The draw laid open. The page is the same for everyone; its script works out one person's part in their
 * browser. Whoever has no script sends the address here, and it is used for the answer alone.
 */
export const verifyDraw = new Hono<AppEnv>()
  .get("/drops/:id/verify", (c) =>
    sharedPage(c, async () => {
      const known = await knownDrop(c, c.req.param("id"));
      if (known === null) return htmlNotFound(c);
      return page(c, known, { email: "", proof: null, problems: [] });
    }),
  )
  .post("/drops/:id/verify", async (c) => {
    const known = await knownDrop(c, c.req.param("id"));
    if (known === null) return htmlNotFound(c);
    if (mediaType(c) !== "application/x-www-form-urlencoded") {
      return htmlProblem(c, "unsupported_media_type");
    }
    const typed = new URLSearchParams(await readText(c, FORM_BYTES_MAX)).get("email") ?? "";
    const email = normalizeEmail(typed);
    if (email !== null) {
      const proof = await proofOf(c, known, email);
      return answerHtml(c, await page(c, known, { email, proof, problems: [] }));
    }
    const { text } = await visitOf(c);
    const problems = [{ input: "email", message: text.refusal.email }];
    const html = await page(c, known, { email: typed.slice(0, 254), proof: null, problems });
    return answerHtml(c, html, { status: 422 });
  });

interface Asked {
  readonly email: string;
  readonly proof: Proof | null;
  readonly problems: readonly { input: string; message: string }[];
}

async function page(c: AppContext, known: KnownDrop, asked: Asked): Promise<string> {
  const { booked, listing } = known;
  const { drop } = booked;
  const [visit, revealed] = await Promise.all([
    visitOf(c, `/drops/${drop.id}/verify`),
    revealedOf(c, known),
  ]);
  // Before it is over there is nothing of a person to tell, whoever asks.
  const shown = revealed === null ? { ...asked, proof: null } : asked;
  return documentOf(
    <ProofPage visit={visit} listing={listing} drop={drop} revealed={revealed} {...shown} />,
  );
}

async function revealedOf(c: AppContext, { booked }: KnownDrop): Promise<Revealed | null> {
  const { clock, drops } = c.get("deps");
  const revealed = await revealDraw(drops, booked, clock.nowMs());
  if (revealed === null) return null;
  return { ...revealed, seedHex: hex(fromBase64(revealed.seed) ?? new Uint8Array(0)) };
}

/** Null while the drop is not over: nobody is told a draw before. */
async function proofOf(c: AppContext, { booked }: KnownDrop, email: string): Promise<Proof | null> {
  const { clock, drops } = c.get("deps");
  if ((await revealDraw(drops, booked, clock.nowMs())) === null) return null;
  const identity = await drops.draws.identity(booked.drop.id, email);
  const draw = await drops.draws.draw(booked.drop, identity);
  return { identityHex: hex(fromBase64(identity) ?? new Uint8Array(0)), draw };
}
