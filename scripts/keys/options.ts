import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Format } from "./records.ts";
import type { ShopAddress } from "./admin-api.ts";

export const USAGE = `npm run keys -- import <product id or slug> <file> [options]
npm run keys -- stock <product id or slug> [options]

  --shop URL          the shop (KAMIDROP_SHOP; http://localhost:8787)
  --token TOKEN       its admin token (KAMIDROP_TOKEN; for a shop on this machine, .dev.vars)
  --merchant NAME     slug or id of the merchant to act for
  --json              the outcome as JSON

import, of a text (one key a line) or a CSV with a header, also compressed with gzip:
  --format lines|csv  by the name of the file if it is not said
  --encoding NAME     of the file: gb18030, utf-16le, … (what its BOM says, else utf-8)
  --batch LABEL       a label of the import, in the merchant's lists
  --dry-run           says what would happen, and does nothing
  --report FILE       writes every line that was not taken to a CSV
  --in-flight N       calls at once, 1 to 4 (2); with 1 keys are sold in the order of the file
  --journal FILE      where it is noted what is done; beside the file if it is not said
  --restart           forgets what an earlier run of the same import has done
`;

/** What was asked for cannot be done as it was said. */
export class BadUsage extends Error {
  override readonly name = "BadUsage";
}

export interface Options {
  readonly command: "import" | "stock";
  readonly address: ShopAddress;
  readonly product: string;
  /** Whole paths; "" for commands that read none. */
  readonly file: string;
  readonly format: Format;
  readonly encoding: string | null;
  readonly label: string | null;
  readonly report: string | null;
  readonly journal: string | null;
  readonly inFlight: number;
  readonly dryRun: boolean;
  readonly restart: boolean;
  readonly json: boolean;
}

export function readOptions(words: readonly string[], env: NodeJS.ProcessEnv): Options {
  const { values, positionals } = parse(words);
  const [command, product, file, ...rest] = positionals;
  if (command !== "import" && command !== "stock") {
    throw new BadUsage("Say what to do: import or stock.");
  }
  const wanted = command === "import" ? [product, file] : [product];
  if (wanted.includes(undefined) || rest.length > 0 || (command === "stock" && file)) {
    throw new BadUsage(
      `${command} takes ${command === "import" ? "a product and a file" : "a product"}.`,
    );
  }
  return {
    command,
    address: addressOf(values, env),
    product: product ?? "",
    file: file === undefined ? "" : pathOf(file, env),
    format: formatOf(values.format, file ?? ""),
    encoding: values.encoding ?? null,
    label: values.batch ?? null,
    report: values.report === undefined ? null : pathOf(values.report, env),
    journal: values.journal === undefined ? null : pathOf(values.journal, env),
    inFlight: inFlightOf(values["in-flight"]),
    dryRun: values["dry-run"],
    restart: values.restart,
    json: values.json,
  };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        shop: { type: "string" },
        token: { type: "string" },
        merchant: { type: "string" },
        format: { type: "string" },
        encoding: { type: "string" },
        batch: { type: "string" },
        report: { type: "string" },
        journal: { type: "string" },
        "in-flight": { type: "string", default: "2" },
        "dry-run": { type: "boolean", default: false },
        restart: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new BadUsage(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** npm starts us in the root of the checkout: a path is meant from where npm was called. */
function pathOf(said: string, env: NodeJS.ProcessEnv): string {
  return resolve(env["INIT_CWD"] ?? ".", said);
}

function formatOf(said: string | undefined, file: string): Format {
  if (said === "lines" || said === "csv") return said;
  if (said !== undefined) throw new BadUsage("--format is lines or csv.");
  return /\.csv(\.gz)?$/i.test(file) ? "csv" : "lines";
}

function inFlightOf(said: string): number {
  const value = Number(said);
  if (Number.isInteger(value) && value >= 1 && value <= 4) return value;
  throw new BadUsage("--in-flight is a number from 1 to 4.");
}

function addressOf(
  values: { shop?: string | undefined; token?: string | undefined; merchant?: string | undefined },
  env: NodeJS.ProcessEnv,
): ShopAddress {
  const shop = values.shop ?? env["KAMIDROP_SHOP"] ?? `http://localhost:${env["PORT"] || 8787}`;
  if (!URL.canParse(shop)) throw new BadUsage(`${shop} is no address of a shop.`);
  const { origin, hostname } = new URL(shop);
  const local = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  const token = values.token ?? env["KAMIDROP_TOKEN"] ?? (local ? localToken() : null);
  if (token === null) throw new BadUsage("Say --token, or set KAMIDROP_TOKEN.");
  return { origin, token, merchant: values.merchant ?? null };
}

/** Of the shop that `npm run dev` runs. It is sent to nobody but this machine. */
function localToken(): string | null {
  const path = join(resolve(import.meta.dirname, "..", ".."), ".dev.vars");
  try {
    const line = /^\s*ADMIN_TOKEN\s*=\s*["']?(\S+?)["']?\s*$/m.exec(readFileSync(path, "utf8"));
    return line?.[1] ?? null;
  } catch {
    return null;
  }
}
