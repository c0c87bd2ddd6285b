import type { Clock, Entropy } from "../flows/ports.ts";

/** The platform's clock: it stands still between I/O, which is fine grain enough for deadlines. */
export const systemClock: Clock = { nowMs: () => Date.now() };

export const systemEntropy: Entropy = {
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
};
