/** Figures in the picture of a line. */
export const LINE_SLOTS = 45;
/** Figures before "you" at the most: the rest are behind. */
const AHEAD_MAX = 30;

export interface LineScale {
  /** People that one figure stands for: 1, 2, 5, 10, 20, 50 … */
  readonly peoplePerSlot: number;
  /** Figures before you, and behind you. */
  readonly ahead: number;
  readonly behind: number;
}

/** How a line of that many people is drawn. Whoever has anyone before them sees a figure before them. */
export function lineScale(ahead: number, behind: number): LineScale {
  const peoplePerSlot = roundStep(Math.max(0, ahead) / AHEAD_MAX);
  const drawn = Math.ceil(Math.max(0, ahead) / peoplePerSlot);
  return {
    peoplePerSlot,
    ahead: drawn,
    behind: Math.min(LINE_SLOTS - 1 - drawn, Math.ceil(Math.max(0, behind) / peoplePerSlot)),
  };
}

/** The first of 1, 2, 5, 10, 20, 50 … that is not below `least`. */
function roundStep(least: number): number {
  let step = 1;
  while (step < least) {
    const leading = Number(String(step)[0]);
    step *= leading === 2 ? 2.5 : 2;
  }
  return step;
}
