import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join, relative, resolve } from "node:path";

/** The checkout as its laws see it: what is tracked, and what would be at the next `git add`. */
export const root = resolve(import.meta.dirname, "..", "..", "..", "..");

const BINARY = new Set([".png", ".jpg", ".jpeg", ".webp", ".ico", ".woff2", ".gz"]);

const NOT_OURS = /^(\.git|\.wrangler|node_modules|coverage|dist|out)(\/|$)|^\.dev\.vars/;

/** Paths from the root with "/", sorted. */
export const files: readonly string[] = (existsSync(join(root, ".git")) ? listed() : walked())
  .filter((path) => path !== "" && existsSync(join(root, path)))
  .toSorted();

function listed(): string[] {
  // The setting lets a build account read a checkout that another account made.
  const words = ["-c", "safe.directory=*", "ls-files", "--cached", "--others"];
  const options = ["--exclude-standard", "-z"];
  return execFileSync("git", [...words, ...options], { cwd: root, encoding: "utf8" }).split("\0");
}

/** A copy without git, such as an unpacked archive. */
function walked(): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !NOT_OURS.test(path));
}

export function isText(path: string): boolean {
  return !BINARY.has(extname(path));
}

const texts = new Map<string, string>();

export function textOf(path: string): string {
  let text = texts.get(path);
  if (text === undefined) {
    text = readFileSync(join(root, path), "utf8");
    texts.set(path, text);
  }
  return text;
}

/** Files of TypeScript under any of the folders. */
export function codeUnder(...folders: readonly string[]): string[] {
  return files.filter(
    (path) => /\.tsx?$/.test(path) && folders.some((folder) => path.startsWith(`${folder}/`)),
  );
}

const COMMENT_OR_STRING =
  /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;

/** The text without its comments, on the same lines: what a word means in prose is not a call. */
export function withoutComments(text: string): string {
  return text.replace(COMMENT_OR_STRING, (found) =>
    found.startsWith("/") ? found.replace(/[^\n]/g, " ") : found,
  );
}

/** `path:line` of every match of `pattern` outside comments. */
export function linesWith(path: string, pattern: RegExp): string[] {
  return withoutComments(textOf(path))
    .split("\n")
    .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}`] : []));
}
