import { execFile, spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { OFFLINE } from "../offline.ts";
import { endLeftOvers, RUN_VARIABLE } from "./left-overs.ts";
import { answers } from "./watch.ts";

/** A cold start on a slow machine bundles and boots well within this. */
const START_MS_MAX = 120_000;
const STOP_MS_MAX = 5_000;
const POLL_MS = 150;
const ANSWER_MS_MAX = 10_000;

/** Errors only, unless WRANGLER_LOG asks for more. Asks nothing: a question would stop the start. */
const environment = {
  ...process.env,
  ...OFFLINE,
  WRANGLER_LOG: process.env["WRANGLER_LOG"] ?? "error",
  CI: "true",
};

function wrangler(root: string, ...words: string[]): [string, string[]] {
  const program = join(root, "node_modules", "wrangler", "bin", "wrangler.js");
  return [process.execPath, ["--no-warnings", program, ...words]];
}

/** Before the server starts: a second process at the same SQLite files would disturb it. */
export async function applyMigrations(root: string, state: string): Promise<void> {
  const words = ["d1", "migrations", "apply", "kamidrop", "--local", "--persist-to", state];
  const [node, args] = wrangler(root, ...words);
  try {
    await promisify(execFile)(node, args, { cwd: root, env: environment });
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`The database could not be brought up to date.\n${stdout}${stderr}`, {
      cause: error,
    });
  }
}

export interface Server {
  /** Waits until `url` answers. Throws when the server ends before, or takes too long. */
  ready(url: string): Promise<void>;
  /** The exit code, once it and all that it started have ended; null when a signal ended it. */
  readonly exited: Promise<number | null>;
  /** Asks it to end and waits; what does not end is killed. */
  stop(): Promise<void>;
  kill(): void;
}

export interface ServerOptions {
  readonly root: string;
  readonly state: string;
  readonly port: number;
  readonly vars: Readonly<Record<string, string>>;
}

/** The development build under `wrangler dev`; what it has to say of errors goes to our stderr. */
export function startServer({ root, state, port, vars }: ServerOptions): Server {
  const settings = Object.entries(vars).flatMap(([name, value]) => ["--var", `${name}:${value}`]);
  const words = ["dev", "src/development/index.ts", "--port", String(port), "--persist-to", state];
  const quiet = ["--show-interactive-dev-session=false", "--inspector-port", "0"];
  const [node, args] = wrangler(root, ...words, ...quiet, ...settings);
  const run = randomUUID();
  const child = spawn(node, args, {
    cwd: root,
    env: { ...environment, [RUN_VARIABLE]: run },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once("error", () => resolve(null));
    child.once("exit", resolve);
  });
  const exited = ended.then(async (code) => {
    await endLeftOvers(run);
    return code;
  });
  return {
    ready: (url) => waitUntilReady(child, url),
    exited,
    kill: () => child.kill("SIGKILL"),
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS_MAX);
      await exited;
      clearTimeout(timer);
    },
  };
}

async function waitUntilReady(child: ChildProcess, url: string): Promise<void> {
  const deadline = Date.now() + START_MS_MAX;
  while (Date.now() < deadline) {
    if (hasEnded(child)) throw new Error("The development server ended before it was ready.");
    // Asking one after the other is what waiting is.
    if (await answers(url, ANSWER_MS_MAX)) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`The development server did not answer within ${START_MS_MAX / 1000} s.`);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
