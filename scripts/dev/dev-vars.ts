import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const versioned = () => `1:${randomBytes(32).toString("base64")}`;

/** The secrets that wrangler.toml requires, and how a fresh one is made. */
const MAKERS = {
  SEALING_KEYS: versioned,
  TOKEN_SECRETS: versioned,
  IDENTITY_SECRET: versioned,
  ADMIN_TOKEN: () => `kdm_${randomBytes(32).toString("base64url")}`,
} as const;
type Name = keyof typeof MAKERS;

const HEADER = `# Secrets of the local shop, made by npm run dev. Never commit them.
# Without SEALING_KEYS the keys in the local database cannot be opened again.
`;

/**
 * The secrets in .dev.vars. What is missing is made and added; what is there is never changed,
 * since keys in the local store are sealed with it.
 */
export async function devVars(root: string): Promise<Readonly<Record<Name, string>>> {
  const path = join(root, ".dev.vars");
  const text = await readFile(path, "utf8").catch(noFile);
  const values = parse(text ?? "");
  const missing = (Object.keys(MAKERS) as Name[]).filter((name) => !values.has(name));
  for (const name of missing) values.set(name, MAKERS[name]());
  if (missing.length > 0) {
    const before = text === null ? HEADER : text.replace(/([^\n])$/, "$1\n");
    const lines = missing.map((name) => `${name}="${values.get(name)}"\n`);
    await writeFile(path, before + lines.join(""), { mode: 0o600 });
  }
  const named = (Object.keys(MAKERS) as Name[]).map((name) => [name, values.get(name) ?? ""]);
  return Object.fromEntries(named) as Record<Name, string>;
}

function parse(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    const match = /^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line);
    if (match?.[1] === undefined) continue;
    values.set(match[1], (match[2] ?? "").replace(/^(["'])(.*)\1$/, "$2"));
  }
  return values;
}

function noFile(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}
