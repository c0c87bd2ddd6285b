import type { Room } from "../../../domain/drop/room.ts";
import type { Drop } from "../../../domain/drop/drop.ts";
import type { Listing } from "../../../domain/product/product.ts";
import type { Visit } from "../visit.ts";
import { Countdown } from "./countdown.tsx";
import { KeysBar, type Keys } from "./keys-bar.tsx";
import { LinePicture } from "./line-picture.tsx";
import { peopleText, phaseWords, waitText } from "./room-words.ts";

export interface Shown {
  readonly room: Room;
  readonly keys: Keys | null;
  /** People who have joined: an estimate; null where nobody knows. */
  readonly inLine: number | null;
}

interface Properties {
  readonly visit: Visit;
  readonly listing: Listing;
  readonly drop: Drop;
  /** What one visitor sees; null for the shell that is the same for everyone, which the script fills. */
  readonly shown: Shown | null;
}

/**
 * The waiting line. All its parts are in the page; the phase, an attribute, says which are seen: so the
 * script changes words and numbers and never makes markup, and pages without scripts are drawn alike.
 */
export function WaitingRoom({ visit, listing, drop, shown }: Properties) {
  const { room: words } = visit.text.drop;
  const phase = shown?.room.phase ?? "loading";
  const { headline, lead } = shown === null ? words.phases.loading : phaseWords(shown.room, visit);
  const { slug, terms } = listing.product;
  const ahead = shown?.room.ahead ?? null;
  return (
    <div
      class="narrow room"
      id="room"
      data-phase={phase}
      {...(shown === null ? forScript(visit, drop) : {})}
    >
      <p class="crumb">
        <a href={`/p/${slug}`}>← {terms.title}</a>
      </p>
      <header class="room-head">
        <h1 id="headline" tabindex={-1}>
          {headline}
        </h1>
        <p class="lead" id="lead">
          {lead}
        </p>
      </header>
      <p class="note note-warn" id="trouble" hidden={shown?.room.isStill !== true}>
        {words.still}
      </p>
      <div class="room-upcoming panel">
        <Countdown visit={visit} opensAtMs={drop.opensAtMs} />
        <p class="room-in-line" hidden={shown === null || shown.inLine === null}>
          {words.inLine} <strong data-in-line>{inLineText(shown, visit)}</strong>
        </p>
      </div>
      <div class="room-line panel stack">
        <dl class="room-figures">
          <div>
            <dt>{words.ahead}</dt>
            <dd data-ahead>{ahead === null ? "–" : peopleText(ahead, visit)}</dd>
          </div>
          <div>
            <dt>{words.wait}</dt>
            <dd data-wait>{shown === null ? "–" : waitText(shown.room, visit)}</dd>
          </div>
        </dl>
        <LinePicture
          visit={visit}
          crowd={ahead === null ? null : { ahead, behind: shown?.room.behind ?? 0 }}
        />
      </div>
      <div class="room-keys panel">
        <KeysBar visit={visit} quantity={drop.quantity} keys={shown?.keys ?? null} />
      </div>
      <p class="room-enter">
        <a class="button button-wide" id="enter" href={`/checkout/${slug}`}>
          {words.enter}
        </a>
      </p>
      <p class="room-join">
        <a class="button" href={`/p/${slug}`}>
          {words.joinLink}
        </a>
      </p>
      <p class="room-verify">
        <a href={`/drops/${drop.id}/verify`}>{visit.text.drop.verify}</a>
      </p>
      <p class="hint room-hint">{words.keepOpen}</p>
      <p class="visually-hidden" role="status" id="announcement"></p>
    </div>
  );
}

/** Everyone who joined so far; a dash until it is known. */
function inLineText(shown: Shown | null, visit: Visit): string {
  return shown === null || shown.inLine === null ? "–" : peopleText(shown.inLine, visit);
}

/** Where the script asks, and the words that it may need when it gets no answer. */
function forScript({ locale, text }: Visit, { id }: Drop) {
  const { room } = text.drop;
  return {
    // The words are to be in the language of the page, whatever was chosen in another tab since.
    "data-place": `/drops/${id}/place?lang=${locale}`,
    "data-offline": room.offline,
    "data-drawing": room.phases.drawing.headline,
    "data-drawing-lead": room.phases.drawing.lead,
  };
}
