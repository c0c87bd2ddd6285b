import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { promisify } from "node:util";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from "wrangler";
import { OFFLINE } from "./offline.ts";

/**
 * The built Worker on a real workerd, storage on disk, without wrangler's development server in
 * front of it: what benches, rehearsals and system tests talk to.
 */
export interface BuiltWorker {
  /** Without a slash at the end. */
  readonly origin: string;
  readonly miniflare: Miniflare;
  stop(): Promise<void>;
}

export interface BuiltWorkerOptions {
  /** A folder that `buildWorker` wrote. */
  readonly bundle: string;
  /** Where D1 and objects keep their files. */
  readonly state: string;
  /** 0: any free port. */
  readonly port?: number;
  readonly bindings: Readonly<Record<string, string>>;
  readonly config?: string;
  /**
   * Leaves out the local stand-in for static assets. On the platform they are served in front of the
   * Worker; the stand-in is two more hops for every request, and would be what a bench measures.
   */
  readonly withoutAssets?: boolean;
  /** The Worker's own log. Not given: warnings and errors go to standard error. */
  readonly onLog?: (log: { level: string; message: string }) => void;
}

const root = resolve(import.meta.dirname, "..");

/** Bundles `entry` as `wrangler deploy` would, without deploying. Returns the folder. */
export async function buildWorker(
  entry: string,
  outDir: string,
  config = "wrangler.toml",
): Promise<string> {
  const wrangler = join(root, "node_modules", "wrangler", "bin", "wrangler.js");
  const words = [wrangler, "deploy", entry, "--dry-run", "--outdir", outDir, "-c", config];
  await promisify(execFile)(process.execPath, words, {
    cwd: root,
    env: { ...process.env, ...OFFLINE },
  });
  return outDir;
}

export async function startBuiltWorker(options: BuiltWorkerOptions): Promise<BuiltWorker> {
  const { bundle, state, bindings, port = 0, config = "wrangler.toml", onLog = warn } = options;
  Object.assign(process.env, OFFLINE);
  const { workerOptions, main } = optionsOf(join(root, config));
  const script = await entryScript(bundle, main);
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port,
      logRequests: false,
      handleStructuredLogs: onLog,
      resourcePersistencePath: join(state, "v3"),
      workers: [
        {
          ...servedBy(workerOptions, options),
          name: "kamidrop",
          rootPath: root,
          modules: [{ type: "ESModule", path: script.name, contents: script.contents }],
          bindings: { ...(workerOptions.bindings as object), ...bindings },
        },
      ],
    } as Parameters<typeof convertV4MiniflareOptions>[0]),
  );
  const url = await miniflare.ready;
  return { origin: url.origin, miniflare, stop: () => miniflare.dispose() };
}

/** The configuration's own secrets are `bindings`: wrangler is not to look for any, nor to miss them. */
function optionsOf(config: string) {
  const secrets = { required: [] };
  return unstable_getMiniflareWorkerOptions({ ...unstable_readConfig({ config }), secrets });
}

function servedBy(options: object, { withoutAssets = false }: BuiltWorkerOptions): object {
  return withoutAssets ? { ...options, assets: undefined } : options;
}

function warn({ level, message }: { level: string; message: string }): void {
  if (level === "warn" || level === "error") process.stderr.write(`${message}\n`);
}

/** esbuild names the script for the entry: src/index.ts is index.js, bench/ceiling/worker.ts worker.js. */
async function entryScript(bundle: string, main: string | undefined) {
  const files = await readdir(bundle);
  const name = ["index.js", `${basename(main ?? "index.ts", ".ts")}.js`].find((candidate) =>
    files.includes(candidate),
  );
  if (name === undefined) throw new Error(`${bundle} holds no bundle; build it first`);
  return { name: "index.js", contents: await readFile(join(bundle, name), "utf8") };
}
