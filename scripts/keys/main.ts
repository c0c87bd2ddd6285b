import { AdminApi, ShopAway, ShopRefused } from "./admin-api.ts";
import { BadUsage, readOptions, USAGE, type Options } from "./options.ts";
import { BadFile } from "./records.ts";
import { runImport } from "./run-import.ts";
import { Shop } from "./shop.ts";

/**
 * `npm run keys`: the merchant's keys from the command line (docs/keys.md). Exits with 0 when all is
 * done, 1 when something is left to do (lines that were rejected, an import that did not come to its
 * end), 2 when it cannot be done as it was said.
 */
async function main(words: readonly string[]): Promise<number> {
  if (words.length === 0 || words.includes("--help")) {
    process.stdout.write(USAGE);
    return words.length === 0 ? 2 : 0;
  }
  const options = readOptions(words, process.env);
  return options.command === "import" ? runImport(options) : showStock(options);
}

async function showStock({ address, product, json }: Options): Promise<number> {
  const { signal } = new AbortController();
  const shop = new Shop(new AdminApi(address, { signal, onWait: () => {} }));
  const stock = await shop.stock(product);
  const rows = Object.entries(stock).filter(([, value]) => typeof value === "number");
  const text = rows.map(([name, value]) => `${name.padEnd(10)}${String(value)}`).join("\n");
  process.stdout.write(`${json ? JSON.stringify(stock) : text}\n`);
  return 0;
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  if (error instanceof BadUsage) process.stderr.write(`${error.message}\n\n${USAGE}`);
  else if (error instanceof BadFile || error instanceof ShopRefused || error instanceof ShopAway) {
    process.stderr.write(`${error.message}\n`);
  } else if (!isAborted(error)) throw error;
  return error instanceof ShopAway || isAborted(error) ? 1 : 2;
});

/** By a second Ctrl-C, before there was anything to sum up. */
function isAborted(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}
