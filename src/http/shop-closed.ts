import type { AppContext } from "./env.ts";
import { problem } from "./problem.ts";

/** When a program may look again: a merchant opens a shop by hand. */
const RETRY_SECONDS = 60;

/** A shop that is closed, told to a program. */
export function shopClosed(c: AppContext): Response {
  c.header("retry-after", String(RETRY_SECONDS));
  return problem(c, "shop_closed");
}
