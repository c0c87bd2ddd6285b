const MINUTE_MS = 60_000;

/**
 * Cron does not fire locally: this calls the schedule once a minute, as wrangler.toml has it.
 * A minute that fails is the Worker's to log; the next one comes anyway.
 */
export function keepTime(origin: string): void {
  const timer = setInterval(() => {
    const url = `${origin}/cdn-cgi/handler/scheduled?cron=${encodeURIComponent("* * * * *")}`;
    fetch(url, { signal: AbortSignal.timeout(MINUTE_MS) })
      .then((response) => response.arrayBuffer())
      .catch((error: unknown) => process.stderr.write(`schedule: ${String(error)}\n`));
  }, MINUTE_MS);
  timer.unref();
}
