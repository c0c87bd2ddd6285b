import type { Deps } from "../platform/deps.ts";
import { problemAtHand } from "./problem.ts";
import { newRequestId } from "./request-id.ts";

const PATH = "/api/v1/orders";

/**
 * An order that is refused before anything of it is read or looked up (domain/overload/early-refusal.ts); null for
 * one that is to be heard, and for everything else. The answer is that of a full line.
 */
export function refuseEarly(
  request: Request,
  deps: Pick<Deps, "earlyRefusal" | "metrics" | "clock">,
): Response | null {
  if (request.method !== "POST" || !isOrder(request.url)) return null;
  if (!deps.earlyRefusal.refuses(deps.clock.nowMs(), Math.random())) return null;
  deps.metrics.count("shed", "door");
  deps.metrics.count("requests", "api_place_order", "5xx");
  const requestId = newRequestId();
  return problemAtHand(
    "busy",
    requestId,
    {},
    {
      "retry-after": String(1 + Math.floor(Math.random() * 4)),
    },
  );
}

/** Whether an order is posted there: looked at before the address is taken apart. */
export function isOrder(url: string): boolean {
  const from = url.indexOf("/", url.indexOf("://") + 3);
  if (!url.startsWith(PATH, from)) return false;
  const next = url.charAt(from + PATH.length);
  return next === "" || next === "?";
}
