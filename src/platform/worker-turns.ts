import { waitUntil } from "cloudflare:workers";
import type { Turns } from "./turns.ts";

export const workerTurns: Turns = {
  nowMs: () => Date.now(),
  wait: (ms) => scheduler.wait(ms),
  keepAlive: (work) => waitUntil(work),
};
