const MINUTE_MS = 60_000;

/** As wrangler.toml has them; the second every minute here, which does it no harm. */
const CRONS = ["* * * * *", "*/2 * * * *"];

/**
 * Cron does not fire locally: this calls the schedule once a minute.
 * A minute that fails is the Worker's to log; the next one comes anyway.
 */
export function keepTime(origin: string): void {
  const timer = setInterval(() => CRONS.forEach((cron) => call(origin, cron)), MINUTE_MS);
  timer.unref();
}

function call(origin: string, cron: string): void {
  const url = `${origin}/cdn-cgi/handler/scheduled?cron=${encodeURIComponent(cron)}`;
  fetch(url, { signal: AbortSignal.timeout(MINUTE_MS) })
    .then((response) => response.arrayBuffer())
    .catch((error: unknown) => process.stderr.write(`schedule: ${String(error)}\n`));
}
