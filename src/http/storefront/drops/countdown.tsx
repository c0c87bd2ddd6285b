import { Moment } from "../product-parts.tsx";
import type { Visit } from "../visit.ts";

interface Properties {
  readonly visit: Visit;
  readonly opensAtMs: number;
}

const UNITS = ["days", "hours", "minutes", "seconds"] as const;

/**
 * The figures run by the script alone, by the server's clock; the moment itself is there for those
 * who have no script, or would rather read than watch.
 */
export function Countdown({ visit, opensAtMs }: Properties) {
  const { drop } = visit.text;
  return (
    <div class="countdown" data-countdown={opensAtMs}>
      <p class="countdown-title">{drop.opensIn}</p>
      <p class="countdown-figures scripted" role="timer" aria-hidden="true">
        {UNITS.map((unit) => (
          <span class="countdown-part">
            <b data-unit={unit}>--</b>
            <small>{drop.units[unit]}</small>
          </span>
        ))}
      </p>
      <p class="countdown-moment">
        {drop.opens} <Moment atMs={opensAtMs} />
      </p>
    </div>
  );
}
