import type { Visit } from "../visit.ts";
import { numberText } from "./room-words.ts";

export interface Keys {
  readonly quantity: number;
  readonly remaining: number;
  readonly held: number;
}

interface Properties {
  readonly visit: Visit;
  readonly quantity: number;
  /** Null until the script knows. */
  readonly keys: Keys | null;
}

const WIDTH = 640;

/** Keys sold, reserved and free, side by side: drawn by attributes, since styles may not be inline. */
export function KeysBar({ visit, quantity, keys }: Properties) {
  const { room } = visit.text.drop;
  const [before, after] = room.left;
  const number = (count: number) => numberText(count, visit.locale);
  const held = keys?.held ?? 0;
  const remaining = keys?.remaining ?? quantity;
  const sold = Math.max(0, quantity - remaining - held);
  const at = (count: number) => Math.round((WIDTH * Math.min(count, quantity)) / quantity);
  return (
    <div class="keys-bar" data-keys-bar={quantity}>
      <p class="keys-bar-title">
        {before}
        <strong data-count="free">{keys === null ? "–" : number(remaining)}</strong>
        {after(number(quantity))}
      </p>
      <svg viewBox={`0 0 ${WIDTH} 14`} preserveAspectRatio="none" aria-hidden="true">
        <rect class="keys-free" width={WIDTH} height="14" />
        <rect class="keys-held" width={at(sold + held)} height="14" data-bar="held" />
        <rect class="keys-sold" width={at(sold)} height="14" data-bar="sold" />
      </svg>
      <ul class="keys-legend" role="list">
        <li class="keys-legend-sold">
          {room.sold} <span data-count="sold">{number(sold)}</span>
        </li>
        <li class="keys-legend-held">
          {room.reserved} <span data-count="held">{number(held)}</span>
        </li>
        <li class="keys-legend-free">
          {room.free} <span data-count="free">{number(remaining)}</span>
        </li>
      </ul>
    </div>
  );
}
