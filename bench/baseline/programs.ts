import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { chmod, chown, mkdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

/** Programs that are not npm's to install. */
export interface Installed {
  readonly redisServer: string;
  readonly initdb: string;
  readonly postgres: string;
}

export const HOW_TO_INSTALL = "apt-get install redis-server postgresql";

const DEBIAN_POSTGRES = "/usr/lib/postgresql";
const STOP_MS = 10_000;
const READY_MS = 20_000;

/** Null where one of them is missing. */
export function findPrograms(): Installed | null {
  const redisServer = onPath("redis-server");
  const initdb = onPath("initdb");
  const postgres = onPath("postgres");
  if (redisServer === null || initdb === null || postgres === null) return null;
  return { redisServer, initdb, postgres };
}

/** Debian keeps PostgreSQL's servers off the path, a folder for each version: the newest is taken. */
function onPath(name: string): string | null {
  const versions = existsSync(DEBIAN_POSTGRES) ? readdirSync(DEBIAN_POSTGRES) : [];
  const newestFirst = versions.toSorted((a, b) => Number(b) - Number(a));
  const folders = [
    ...(process.env["PATH"] ?? "").split(delimiter),
    ...newestFirst.map((version) => join(DEBIAN_POSTGRES, version, "bin")),
  ];
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

interface Signals {
  /** Ends it in order. */
  readonly stop: NodeJS.Signals;
  /** Ends it now, whoever it waits for. */
  readonly atOnce: NodeJS.Signals;
}

const ANY: Signals = { stop: "SIGTERM", atOnce: "SIGKILL" };
/** Its fast shutdown cuts clients off, its immediate one does not write: nothing is kept here. */
const POSTGRES: Signals = { stop: "SIGINT", atOnce: "SIGQUIT" };

/** What runs. It does not outlive this process, unless that is killed outright. */
const running = new Map<ChildProcess, Signals>();
process.once("exit", () => {
  for (const [child, { atOnce }] of running) child.kill(atOnce);
});

/** A program of ours, ended by its own id and nobody else's. */
export class Program {
  readonly #child: ChildProcess;
  readonly #signals: Signals;
  #said = "";

  constructor(
    command: string,
    words: readonly string[],
    options: { env?: NodeJS.ProcessEnv; uid?: number; gid?: number; cwd?: string },
    signals: Signals = ANY,
  ) {
    const child = spawn(command, words, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    running.set(child, signals);
    child.once("exit", () => running.delete(child));
    this.#child = child;
    this.#signals = signals;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#said = (this.#said + text).slice(-4_000);
      });
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Waits until it has said so; answers the match. Throws with its last words if it never does. */
  async said(what: RegExp): Promise<RegExpExecArray> {
    for (const until = Date.now() + READY_MS; Date.now() < until;) {
      const match = what.exec(this.#said);
      if (match !== null) return match;
      if (this.#child.exitCode !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`it never said ${what}: ${this.#said}`);
  }

  /** Throws with its last words if it has ended by itself. */
  mustRun(): void {
    if (this.#child.exitCode !== null) throw new Error(`it has ended: ${this.#said}`);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill(this.#signals.stop);
    const patience = setTimeout(() => this.#child.kill(this.#signals.atOnce), STOP_MS);
    await exited;
    clearTimeout(patience);
  }
}

export type Fsync = "always" | "everysec";

/** Redis with nothing but its append-only file, on a socket in `folder`. */
export async function startRedis(
  { redisServer }: Installed,
  folder: string,
  fsync: Fsync,
): Promise<{ program: Program; socket: string }> {
  await mkdir(folder);
  const socket = join(folder, "redis.sock");
  const words = ["--port", "0", "--unixsocket", socket, "--dir", folder, "--save", ""];
  const program = new Program(
    redisServer,
    [...words, "--appendonly", "yes", "--appendfsync", fsync],
    {},
  );
  await program.said(/eady to accept connections/);
  return { program, socket };
}

/** PostgreSQL as it comes (fsync and synchronous_commit are on), on a socket in `folder`. */
export async function startPostgres(
  { initdb, postgres }: Installed,
  folder: string,
): Promise<{ program: Program; folder: string; user: string }> {
  await mkdir(folder);
  const user = "bench";
  const owner = await ownerOf(folder);
  const data = join(folder, "data");
  await promisify(execFile)(initdb, ["-D", data, "-U", user, "-A", "trust", "-E", "UTF8"], {
    ...owner,
    cwd: folder,
  });
  const words = ["-D", data, "-k", folder, "-c", "listen_addresses="];
  const program = new Program(postgres, words, { ...owner, cwd: folder }, POSTGRES);
  await program.said(/ready to accept connections/);
  return { program, folder, user };
}

/** PostgreSQL refuses to run as root: there it is the package's own user who owns the folder. */
async function ownerOf(folder: string): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {};
  const id = async (flag: string) =>
    Number((await promisify(execFile)("id", [flag, "postgres"])).stdout.trim());
  const [uid, gid] = [await id("-u"), await id("-g")];
  await chown(folder, uid, gid);
  await chmod(folder, 0o755);
  return { uid, gid };
}
