const EVERY_MS = 2_000;
/** Far more than a busy machine takes for an answer that does no I/O. */
const ANSWER_MS_MAX = 10_000;
const MISSES_MAX = 2;

/**
 * Resolves once `url` has stopped answering, twice in a row, or `signal` says that nobody waits.
 * Wrangler starts a workerd that died anew, but where it was the one in front, no request reaches
 * the other any more: the port is taken and nothing answers.
 */
export async function untilDeaf(
  url: string,
  signal: AbortSignal,
  everyMs = EVERY_MS,
): Promise<void> {
  let misses = 0;
  while (misses < MISSES_MAX && !signal.aborted) {
    // Asking one after the other is what watching is.
    await pause(everyMs, signal);
    misses = (await answers(url, ANSWER_MS_MAX)) ? 0 : misses + 1;
  }
}

/** Whether `url` answers with success within so many milliseconds. */
export async function answers(url: string, withinMs: number): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(withinMs) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const stop = () => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener("abort", stop, { once: true });
  });
}
