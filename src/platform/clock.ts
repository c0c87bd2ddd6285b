import type { Patience } from "../domain/overload/patience.ts";
import type { Clock, Entropy } from "../flows/ports.ts";

/** Far longer than D1 takes from anywhere, and short for someone who waits to order. */
const PATIENCE_MS = 500;

/** The platform's clock: it stands still between I/O, which is fine grain enough for deadlines. */
export const systemClock: Clock = { nowMs: () => Date.now() };

export const systemPatience: Patience = () => scheduler.wait(PATIENCE_MS);

export const systemEntropy: Entropy = {
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
};
