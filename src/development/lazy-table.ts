const made = new WeakMap<D1Database, Set<string>>();

/**
 * Makes a table of the development build where it is missing. These tables are no migrations, so
 * that production's schema knows nothing of them.
 */
export async function lazyTable(db: D1Database, definition: string): Promise<void> {
  const known = made.get(db) ?? new Set<string>();
  made.set(db, known);
  if (known.has(definition)) return;
  await db.prepare(`CREATE TABLE IF NOT EXISTS ${definition}`).run();
  known.add(definition);
}
