import { lazyTable } from "../../lazy-table.ts";

/** Where a gateway sends its notices whose requests name no address: what a merchant enters at its desk. */
const TABLE = "dev_gateway_webhooks (gateway TEXT PRIMARY KEY, url TEXT NOT NULL)";

export async function setWebhook(db: D1Database, gateway: string, url: string): Promise<void> {
  await lazyTable(db, TABLE);
  await db
    .prepare("INSERT OR REPLACE INTO dev_gateway_webhooks VALUES (?1, ?2)")
    .bind(gateway, url)
    .run();
}

/** "" where none was entered: a notice to it fails, and says so. */
export async function webhookOf(db: D1Database, gateway: string): Promise<string> {
  await lazyTable(db, TABLE);
  const row = await db
    .prepare("SELECT url FROM dev_gateway_webhooks WHERE gateway = ?1")
    .bind(gateway)
    .first<{ url: string }>();
  return row?.url ?? "";
}
