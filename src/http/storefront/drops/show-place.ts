import { Hono } from "hono";
import { lineScale } from "../../../domain/drop/line-scale.ts";
import type { AppContext, AppEnv } from "../../env.ts";
import { problem } from "../../problem.ts";
import { textOf } from "../text/text.ts";
import { localeOf } from "../visit.ts";
import { knownDrop } from "./known-drop.ts";
import { ownPlace, type OwnPlace } from "./own-place.ts";
import { legendText, peopleText, phaseWords, waitText } from "./room-words.ts";

/**
 * What changes on the waiting page, for the browser that asks, as its script puts it in: words in the
 * page's language, counts as they are drawn. Programs ask GET /api/v1/drops/{id}/state.
 */
export const showPlace = new Hono<AppEnv>().get("/drops/:id/place", async (c) => {
  const known = await knownDrop(c, c.req.param("id"));
  if (known === null) return problem(c, "not_found");
  const place = await ownPlace(c, known);
  c.header("cache-control", "no-store");
  const { opensAtMs } = known.booked.drop;
  return c.json(placeJson(c, place, { slug: known.listing.product.slug, opensAtMs }));
});

function placeJson(
  c: AppContext,
  { shown, pollAfterMs }: OwnPlace,
  { slug, opensAtMs }: { slug: string; opensAtMs: number },
) {
  const locale = localeOf(c);
  const text = textOf(locale);
  const words = text.drop.room;
  const reader = { locale, text };
  const { room, keys, inLine } = shown;
  return {
    phase: room.phase,
    ...phaseWords(room, reader),
    still: room.isStill ? words.still : null,
    ahead: room.ahead === null ? null : peopleText(room.ahead, reader),
    wait: room.ahead === null ? null : waitText(room, reader),
    in_line: inLine === null ? null : peopleText(inLine, reader),
    picture: room.ahead === null ? null : picture(room.ahead, room.behind, reader),
    keys: keys === null ? null : { sold: sold(keys), held: keys.held, free: keys.remaining },
    enter: room.phase === "admitted" ? `/checkout/${slug}` : null,
    poll_after_ms: pollAfterMs,
    // A drop may be put off while people wait for it.
    opens_at_ms: opensAtMs,
    now_ms: c.get("deps").clock.nowMs(),
  };
}

function picture(ahead: number, behind: number, reader: Parameters<typeof legendText>[1]) {
  const scale = lineScale(ahead, behind);
  return {
    ahead: scale.ahead,
    behind: scale.behind,
    legend: legendText(scale.peoplePerSlot, reader),
  };
}

function sold({ quantity, remaining, held }: NonNullable<OwnPlace["shown"]["keys"]>): number {
  return Math.max(0, quantity - remaining - held);
}
