import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** The variable by which the processes of one run know each other. */
export const RUN_VARIABLE = "KAMIDROP_DEV_RUN";

/**
 * Ends what a server that died by itself has left behind: a workerd without its wrangler keeps the
 * port and a processor busy for ever. Only processes that carry this run's mark are touched. Where
 * there is no /proc nothing is found, and nothing is ended.
 */
export async function endLeftOvers(run: string): Promise<void> {
  const entries = await readdir("/proc").catch(() => []);
  const ids = entries.filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  await Promise.all(
    ids.map(async (id) => {
      const environ = await readFile(join("/proc", id, "environ"), "latin1").catch(() => "");
      if (environ.split("\0").includes(`${RUN_VARIABLE}=${run}`)) end(Number(id));
    }),
  );
}

function end(id: number): void {
  try {
    process.kill(id, "SIGKILL");
  } catch (error) {
    // Gone in the meantime, which is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
