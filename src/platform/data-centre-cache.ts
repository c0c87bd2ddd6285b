import type { SharedMemory } from "../domain/memory/shared-memory.ts";
import type { Turns } from "../domain/overload/turns.ts";

/** What is used of the Cache API. */
export interface TextCache {
  match(address: string): Promise<Response | undefined>;
  put(address: string, response: Response): Promise<void>;
  delete(address: string): Promise<boolean>;
}

interface Options {
  /** Which deployment's: one must not read what another has written in its own shape. */
  readonly deployment: string;
  readonly turns: Turns;
  /** Null where the platform has none. */
  readonly cache: TextCache | null;
}

/** Far longer than a look takes. Whoever waits has a source to ask, which would have answered by then. */
const PATIENCE_MS = 50;
/** After a failure nobody looks for so long. */
const REST_MS = 1_000;
/** A host that no request can name, so that nothing of this can be had from outside. */
const ORIGIN = "https://edge-memory.invalid";

/** The platform's cache of the data centre that this isolate is in. */
export function platformCache(): TextCache | null {
  return typeof caches === "undefined" ? null : caches.default;
}

/**
 * The data centre's cache (Cache API) as a memory of texts that isolates share. Where it is absent,
 * broken or slow it has nothing, and is left alone for a while. It is of one data centre: what is dropped
 * here is dropped nowhere else.
 */
export function dataCentreCache({ deployment, turns, cache }: Options): SharedMemory | null {
  if (cache === null) return null;
  const address = (name: string) => `${ORIGIN}/${deployment}/${encodeURIComponent(name)}`;
  let restsUntilMs = 0;

  async function patiently<Value>(work: () => Promise<Value>): Promise<Value | null> {
    if (turns.nowMs() < restsUntilMs) return null;
    const slow = turns.wait(PATIENCE_MS).then(() => TOO_SLOW);
    const done = await Promise.race([work().catch(() => TOO_SLOW), slow]);
    if (done !== TOO_SLOW) return done as Value;
    restsUntilMs = turns.nowMs() + REST_MS;
    return null;
  }

  return {
    get: (name) =>
      patiently(async () => (await (await cache.match(address(name)))?.text()) ?? null),
    async put(name, text, seconds) {
      const headers = { "cache-control": `max-age=${seconds}`, "content-type": "application/json" };
      await patiently(() => cache.put(address(name), new Response(text, { headers })));
    },
    async drop(name) {
      await cache.delete(address(name)).catch(() => false);
    },
  };
}

const TOO_SLOW = Symbol("too slow");
