/** What this needs of npm's lock file, version 3: packages by their folder in the tree. */
export interface Lock {
  packages: Record<string, LockedPackage>;
}

export interface LockedPackage {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

export interface Missing {
  /** Folder of the package that wants it. */
  readonly wantedBy: string;
  readonly name: string;
  readonly version: string;
}

const EXACT = /^\d+\.\d+\.\d+[0-9A-Za-z.+-]*$/;

/**
 * Optional dependencies that the lock does not hold at the version wanted. Where a registry answers
 * 404 for the native packages of other platforms, npm leaves them out of the lock without a word,
 * and `npm ci` then refuses every fresh checkout because the lock does not match package.json.
 */
export function missingFrom(lock: Lock): Missing[] {
  return Object.entries(lock.packages).flatMap(([wantedBy, { optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(([name, version]) => {
        const found = resolve(lock, wantedBy, name);
        return found === undefined || (EXACT.test(version) && found.version !== version);
      })
      .map(([name, version]) => ({ wantedBy, name, version })),
  );
}

/**
 * Adds them, as npm itself would have but for the checksum, which only the registry knows. An
 * entry for another platform is never fetched here; where it is fetched, npm checks what the
 * registry says of it. Answers the folders added.
 */
export function completeLock(lock: Lock): string[] {
  const added: string[] = [];
  for (const { wantedBy, name, version } of missingFrom(lock)) {
    const platform = platformOf(name);
    if (!EXACT.test(version) || platform === null) {
      throw new Error(`${name}@${version}, wanted by ${wantedBy}: not a pinned platform package`);
    }
    const top = `node_modules/${name}`;
    const folder = lock.packages[top] === undefined ? top : `${wantedBy}/${top}`;
    const dev = lock.packages[wantedBy]?.dev === true ? { dev: true } : {};
    lock.packages[folder] = { version, ...dev, optional: true, ...platform };
    added.push(folder);
  }
  lock.packages = Object.fromEntries(
    Object.entries(lock.packages).toSorted(([a], [b]) => a.localeCompare(b, "en")),
  );
  return added;
}

/** As Node finds a package from a folder: in its own node_modules, then in those above. */
function resolve(lock: Lock, from: string, name: string): LockedPackage | undefined {
  for (let folder = from; ; folder = parentOf(folder)) {
    const found = lock.packages[`${folder === "" ? "" : `${folder}/`}node_modules/${name}`];
    if (found !== undefined || folder === "") return found;
  }
}

function parentOf(folder: string): string {
  const at = folder.lastIndexOf("/node_modules/");
  return at < 0 ? "" : folder.slice(0, at);
}

const SYSTEMS = "aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32|windows";
const PLATFORM = new RegExp(`(${SYSTEMS})-([a-z0-9]+)(?:-(gnu|musl|msvc|[a-z]+))?$`);

/** Names of native packages end in `<system>-<processor>[-<C library>]`. */
function platformOf(name: string): Pick<LockedPackage, "os" | "cpu" | "libc"> | null {
  if (name.endsWith("-wasm32-wasi")) return { cpu: ["wasm32"] };
  const match = PLATFORM.exec(name);
  if (match?.[1] === undefined || match[2] === undefined) return null;
  const [, system, processor, library] = match;
  const os = system === "windows" ? "win32" : system;
  const cpu = processor === "64" ? "x64" : processor;
  const libc = library === "gnu" ? "glibc" : library === "musl" ? "musl" : null;
  return { os: [os], cpu: [cpu], ...(os === "linux" && libc !== null ? { libc: [libc] } : {}) };
}
