import type { DrizzleD1Database } from "drizzle-orm/d1";

/**
 * D1 through Drizzle. `transaction()` throws on D1 (it has no BEGIN): writes that belong together go
 * through `batch`, which is one transaction, each statement with its own guard.
 */
export type Db = DrizzleD1Database;
