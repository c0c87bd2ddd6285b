import { resolve } from "node:path";
import { devVars } from "./dev-vars.ts";
import { explain } from "./explain.ts";
import { portIsFree } from "./port.ts";
import { seedOnce } from "./seed.ts";
import { keepTime } from "./tick.ts";
import { untilDeaf } from "./watch.ts";
import { applyMigrations, startServer, type Server } from "./wrangler.ts";

/**
 * `npm run dev`: a working shop on this machine, with nothing to prepare and nothing to download.
 * PORT (8787) says where, KAMIDROP_STATE (.wrangler/state) in which folder it keeps its data.
 */
const root = resolve(import.meta.dirname, "..", "..");
const port = Number(process.env["PORT"] || 8787);
const state = resolve(root, process.env["KAMIDROP_STATE"] || ".wrangler/state");
const origin = `http://localhost:${port}`;
const health = `${origin}/healthz`;
// Not in .dev.vars: wrangler reads only the required secrets from there.
const workerVars = { PUBLIC_ORIGIN: origin, KAMIDROP_ENV: "development" };

const PARENT_POLL_MS = 500;

async function main(): Promise<number> {
  const [word] = process.argv.slice(2);
  if (word !== undefined) {
    return fail(`"${word}" is not understood. Another port: PORT=8788 npm run dev`);
  }
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return fail("PORT is no port.");
  if (!(await portIsFree(port))) {
    return fail(
      `Port ${port} is in use. Stop what uses it, or choose another: PORT=8788 npm run dev`,
    );
  }
  const vars = await devVars(root);
  say("Bringing the local database up to date…");
  await applyMigrations(root, state);
  say("Starting…");
  const run: Run = { server: start(), askedToStop: false };
  stopWhenAsked(run);

  try {
    await run.server.ready(health);
    const seeded = await seedOnce({ origin, state, adminToken: vars.ADMIN_TOKEN });
    say(explain({ origin, state, adminToken: vars.ADMIN_TOKEN, seeded }));
    const code = await keepRunning(run);
    throw new Error(`The development server ended by itself (exit code ${code ?? "none"}).`);
  } catch (error) {
    await run.server.stop();
    if (run.askedToStop) return 0;
    return fail(error instanceof Error ? error.message : String(error));
  }
}

interface Run {
  server: Server;
  askedToStop: boolean;
}

function start(): Server {
  return startServer({ root, state, port, vars: workerVars });
}

/** Until the server ends. One that no longer answers is ended, and another takes its place. */
async function keepRunning(run: Run): Promise<number | null> {
  keepTime(origin);
  for (;;) {
    const watching = new AbortController();
    const deaf = untilDeaf(health, watching.signal).then(() => "deaf" as const);
    // One server after the other is what keeping is.
    const end = await Promise.race([run.server.exited, deaf]);
    watching.abort();
    if (end !== "deaf") return end;
    say("The shop no longer answers. Starting it again; the data stays…");
    await run.server.stop();
    if (run.askedToStop) return null;
    run.server = start();
    await run.server.ready(health);
  }
}

/** Ctrl-C and SIGTERM stop the server; a second one does not wait for it. */
function stopWhenAsked(run: Run): void {
  const stop = () => {
    if (run.askedToStop) run.server.kill();
    run.askedToStop = true;
    void run.server.stop();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  stopWithNpm(stop);
}

/**
 * npm passes a signal on to the shell that it started us with, and that shell dies of it without a
 * word to us: being somebody else's child is how we learn of it.
 */
function stopWithNpm(stop: () => void): void {
  if (process.env["npm_lifecycle_event"] === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, PARENT_POLL_MS);
  timer.unref();
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function fail(text: string): number {
  process.stderr.write(`${text}\n`);
  return 1;
}

process.exitCode = await main().catch((error: unknown) =>
  fail(error instanceof Error ? error.message : String(error)),
);
