import { LINE_SLOTS, lineScale } from "../../../domain/drop/line-scale.ts";
import type { Visit } from "../visit.ts";
import { legendText } from "./room-words.ts";

/** Three lanes of fifteen, back and forth as a rope barrier leads a queue. */
const LANES = 3;
const PER_LANE = LINE_SLOTS / LANES;
const FIRST_X = 104;
const STEP_X = 37;
const FIRST_Y = 42;
const STEP_Y = 58;

interface Properties {
  readonly visit: Visit;
  /** People before and behind, estimates; null until the script knows. */
  readonly crowd: { readonly ahead: number; readonly behind: number } | null;
}

/**
 * The line as a picture: a figure is so and so many people, "you" stands among them, and the way to
 * the checkout is what is left of it. What it shows is said in words beside it.
 */
export function LinePicture({ visit, crowd }: Properties) {
  const { room } = visit.text.drop;
  const scale = crowd === null ? null : lineScale(crowd.ahead, crowd.behind);
  return (
    <figure class="line">
      <svg class="line-picture" viewBox="0 0 660 188" aria-hidden="true" data-line>
        <path class="line-rope" d={ropePath()} />
        <g class="line-door">
          <path d="M14 92V34a20 20 0 0 1 20-20h10a20 20 0 0 1 20 20v58z" />
          <circle cx="53" cy="60" r="3" />
          <text x="39" y="112">
            {room.entrance}
          </text>
        </g>
        {Array.from({ length: LINE_SLOTS }, (_, slot) => (
          <g
            class={`line-person ${classOf(slot, scale)}`}
            data-slot={slot}
            transform={`translate(${xOf(slot)} ${yOf(slot)})`}
          >
            <circle cy="-8" r="6" />
            <path d="M-9 11a9 10 0 0 1 18 0z" />
          </g>
        ))}
      </svg>
      <figcaption class="line-legend">
        <svg viewBox="-10 -15 20 27" class="line-you" aria-hidden="true">
          <circle cy="-8" r="6" />
          <path d="M-9 11a9 10 0 0 1 18 0z" />
        </svg>
        {room.you}
        <span class="hint" data-legend>
          {legendText(scale?.peoplePerSlot ?? 1, visit)}
        </span>
      </figcaption>
    </figure>
  );
}

function classOf(slot: number, scale: ReturnType<typeof lineScale> | null): string {
  if (scale === null) return "line-nobody";
  if (slot < scale.ahead) return "line-ahead";
  if (slot === scale.ahead) return "line-you";
  return slot <= scale.ahead + scale.behind ? "line-behind" : "line-nobody";
}

function xOf(slot: number): number {
  const along = slot % PER_LANE;
  const isBack = Math.floor(slot / PER_LANE) % 2 === 1;
  return FIRST_X + STEP_X * (isBack ? PER_LANE - 1 - along : along);
}

function yOf(slot: number): number {
  return FIRST_Y + STEP_Y * Math.floor(slot / PER_LANE);
}

function ropePath(): string {
  const right = xOf(PER_LANE - 1);
  const left = FIRST_X;
  const [one, two, three] = [0, 1, 2].map((lane) => FIRST_Y + STEP_Y * lane + 14);
  const turn = STEP_Y / 2;
  return (
    `M60 ${one}H${right}a${turn} ${turn} 0 0 1 0 ${STEP_Y}H${left}` +
    `a${turn} ${turn} 0 0 0 0 ${STEP_Y}H${right}M${left} ${two}M${left} ${three}`
  );
}
