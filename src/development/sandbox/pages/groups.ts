import { PLAY_NAMES, PLAYS, type PlayGroup, type PlayName } from "../cashier/plays.ts";

/** The groups in the order in which the pages have them; what the buyer does stands before them. */
export const PLAY_GROUPS = ["timing", "content", "signature", "back"] as const satisfies Exclude<
  PlayGroup,
  "buyer"
>[];

export function playsIn(group: PlayGroup, offered: readonly PlayName[] = PLAY_NAMES): PlayName[] {
  return offered.filter((name) => PLAYS[name].group === group);
}
