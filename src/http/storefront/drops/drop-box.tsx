import type { Listing } from "../../../domain/product/product.ts";
import { Price } from "../product-parts.tsx";
import type { Text } from "../text/text.ts";
import type { Visit } from "../visit.ts";
import { Countdown } from "./countdown.tsx";
import type { DropSale } from "./drop-sale.ts";
import { FairPlay } from "./fair-play.tsx";
import { JoinForm } from "./join-form.tsx";
import { numberText } from "./room-words.ts";

interface Properties {
  readonly visit: Visit;
  readonly listing: Listing;
  readonly sale: DropSale;
}

/**
 * What the product page has in the place of the button while its product is sold in a drop. Both what is
 * said before the opening and after are in it: the script turns the page over at the second, and whoever
 * has none gets a new page.
 */
export function DropBox({ visit, listing, sale }: Properties) {
  const { drop, standing, nowMs } = sale;
  const words = visit.text.drop;
  const number = (count: number) => numberText(count, visit.locale);
  const takesPeople = standing === "upcoming" || standing === "open";
  return (
    <aside
      class="panel buy"
      aria-label={words.title}
      id="drop"
      data-standing={standing}
      data-now={String(nowMs)}
      data-place={takesPeople ? `/drops/${drop.id}/place` : undefined}
    >
      <p class="buy-price">
        <Price visit={visit} product={listing.product} />
        <span class="stock stock-low">{words.title}</span>
      </p>
      <ul class="drop-facts" role="list">
        <li>{words.offer(number(drop.quantity))}</li>
        {drop.perBuyer === null ? null : <li>{words.perBuyer(drop.perBuyer)}</li>}
        <li>{words.held(Math.ceil(drop.holdSeconds / 60))}</li>
      </ul>
      {takesPeople ? (
        <>
          <div class="drop-upcoming">
            <Countdown visit={visit} opensAtMs={drop.opensAtMs} />
          </div>
          <p class="note note-accent drop-open">{words.isOpen}</p>
          <p class="note note-accent drop-joined" role="status" hidden>
            <a href={`/drops/${drop.id}`}>{words.inLine}</a>
          </p>
          <JoinForm visit={visit} drop={drop} email="" problems={[]} />
          <p class="hint">
            <a href={`/drops/${drop.id}`}>{words.seePlace}</a>
          </p>
        </>
      ) : (
        <p class="note">{noteOf(standing, words)}</p>
      )}
      <FairPlay visit={visit} drop={drop} />
    </aside>
  );
}

function noteOf(standing: "sold_out" | "halted" | "closed", words: Text["drop"]): string {
  if (standing === "closed") return words.isOver;
  return standing === "sold_out" ? words.isSoldOut : words.isHalted;
}
