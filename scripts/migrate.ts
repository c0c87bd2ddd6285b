import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Miniflare } from "miniflare";

const folder = resolve(import.meta.dirname, "..", "migrations");

/**
 * Brings the D1 database of a throw-away Worker up to date, over its binding. Deployments and
 * `npm run dev` use `wrangler d1 migrations apply`, which remembers what it has applied.
 */
export async function migrate(miniflare: Miniflare): Promise<void> {
  const database = await miniflare.getD1Database("DB");
  const files = (await readdir(folder)).filter((name) => name.endsWith(".sql")).toSorted();
  for (const file of files) {
    // Migrations build on each other.
    const text = await readFile(join(folder, file), "utf8");
    const statements = text
      .split("--> statement-breakpoint")
      .map((statement) => database.prepare(statement));
    await database.batch(statements);
  }
}
