import { Hono } from "hono";
import type { AppEnv } from "../../env.ts";
import { answerHtml, documentOf } from "../html.ts";
import { Layout } from "../layout.tsx";
import { htmlNotFound } from "../problems.tsx";
import { sharedPage } from "../shared-page.ts";
import { visit as visitOf, type Visit } from "../visit.ts";
import { knownDrop, type KnownDrop } from "./known-drop.ts";
import { ownPlace } from "./own-place.ts";
import { WaitingRoom, type Shown } from "./waiting-room.tsx";

/** A page without scripts looks again no faster than this, whatever the state says. */
const REFRESH_SECONDS_MIN = 3;

/**
 * The waiting line. "/drops/{id}" is one page for everyone, which a million may load at once: its script
 * asks for the visitor's own place. Browsers without scripts are led on to "/plain", which is drawn for
 * them, loads itself anew at the server's pace, and leads to the checkout like the other.
 */
export const showDropPage = new Hono<AppEnv>()
  .get("/drops/:id", (c) =>
    sharedPage(c, async () => {
      const known = await knownDrop(c, c.req.param("id"));
      if (known === null) return htmlNotFound(c);
      const visit = await visitOf(c);
      return documentOf(<DropPage visit={visit} known={known} shown={null} />);
    }),
  )
  .get("/drops/:id/plain", async (c) => {
    const known = await knownDrop(c, c.req.param("id"));
    if (known === null) return htmlNotFound(c);
    const { shown, pollAfterMs } = await ownPlace(c, known);
    if (shown.room.phase === "admitted") {
      return c.redirect(`/checkout/${known.listing.product.slug}`, 303);
    }
    const visit = await visitOf(c, `/drops/${known.booked.drop.id}`);
    const page = (
      <DropPage visit={visit} known={known} shown={shown} refreshSeconds={secondsOf(pollAfterMs)} />
    );
    return answerHtml(c, await documentOf(page));
  });

interface Properties {
  readonly visit: Visit;
  readonly known: KnownDrop;
  readonly shown: Shown | null;
  readonly refreshSeconds?: number | undefined;
}

const SCRIPTS = ["time.js", "drop-clock.js", "drop-room.js"];

function DropPage({ visit, known, shown, refreshSeconds }: Properties) {
  const { listing, booked } = known;
  const { drop } = booked;
  const title = `${visit.text.drop.room.title} · ${listing.product.terms.title}`;
  const leadOn = shown === null ? { refreshSeconds: 0, refreshTo: `/drops/${drop.id}/plain` } : {};
  return (
    <Layout
      visit={visit}
      title={title}
      styles={["drop.css"]}
      scripts={SCRIPTS}
      refreshSeconds={refreshSeconds}
      {...leadOn}
      unlisted
    >
      <WaitingRoom visit={visit} listing={listing} drop={drop} shown={shown} />
    </Layout>
  );
}

function secondsOf(pollAfterMs: number | null): number | undefined {
  if (pollAfterMs === null) return undefined;
  return Math.max(REFRESH_SECONDS_MIN, Math.ceil(pollAfterMs / 1000));
}
