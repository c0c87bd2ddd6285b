import type { Miniflare } from "miniflare";

const MINUTES_MS = 5 * 60_000;

/**
 * A mail whose sender was killed is leased to the dead for four minutes, and one whose message died
 * with its queue is asked for by the schedule a while later. For the mails of now those minutes pass,
 * and the schedule runs. One that is not lost after all is sent once nevertheless.
 */
export async function lapseLeasesOfTheDead(miniflare: Miniflare): Promise<void> {
  const database = await miniflare.getD1Database("DB");
  await database
    .prepare(
      "UPDATE deliveries SET due_at_ms = due_at_ms - ?1 WHERE state IN ('sending', 'queued')",
    )
    .bind(MINUTES_MS)
    .run();
  const worker = await miniflare.getWorker();
  await worker.scheduled({ cron: "* * * * *" });
}
