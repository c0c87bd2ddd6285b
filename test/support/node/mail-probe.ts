import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildWorker, startBuiltWorker } from "../../../scripts/built-worker.ts";
import type { MailSettings } from "../../../src/adapters/mail/mail-settings.ts";
import type { Mail, MailOutcome } from "../../../src/flows/ports.ts";

const ENTRY = "test/support/worker/mail-probe.ts";
const CONFIG = "test/support/worker/mail-probe.toml";

export interface MailProbe {
  /** `goOnMs`: how long the Worker's invocation goes on afterwards. */
  send(settings: MailSettings, mail: Mail, goOnMs?: number): Promise<MailOutcome>;
  stop(): Promise<void>;
}

/** The senders as production bundles them, on a workerd of their own. */
export async function startMailProbe(): Promise<MailProbe> {
  const folder = await mkdtemp(join(tmpdir(), "kamidrop-mail-"));
  const bundle = await buildWorker(ENTRY, join(folder, "out"), CONFIG);
  const worker = await startBuiltWorker({
    bundle,
    state: join(folder, "state"),
    bindings: {},
    config: CONFIG,
  });
  return {
    async send(settings, mail, goOnMs = 0) {
      const body = JSON.stringify({ settings, mail, goOnMs });
      const response = await fetch(worker.origin, { method: "POST", body });
      return (await response.json()) as MailOutcome;
    },
    async stop() {
      await worker.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
