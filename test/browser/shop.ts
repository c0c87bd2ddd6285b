import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { buildWorker, startBuiltWorker } from "../../scripts/built-worker.ts";
import { seedOnce } from "../../scripts/dev/seed.ts";
import { migrate } from "../../scripts/migrate.ts";
import { ShopClient, throwAwaySecrets } from "../../scripts/shop-client.ts";

/** The demo shop as `npm run dev` seeds it, on the development build, and a browser to visit it. */
export interface VisitedShop {
  readonly origin: string;
  readonly client: ShopClient;
  /** A new visitor: own cookies, own storage. */
  visitor(options?: BrowserContextOptions): Promise<Visitor>;
  close(): Promise<void>;
}

export interface Visitor {
  readonly page: Page;
  /** Another tab of the same visitor. */
  tab(): Promise<Page>;
  /** What the browser complained of (policies, scripts), and where it went that is not the shop. */
  readonly complaints: string[];
  readonly strangers: string[];
}

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export async function openShop(): Promise<VisitedShop> {
  const folder = await mkdtemp(join(tmpdir(), "kamidrop-browser-"));
  const secrets = throwAwaySecrets();
  const port = await freePort();
  // Links in mails need to know it before the first request.
  const origin = `http://127.0.0.1:${port}`;
  const state = join(folder, "state");
  const worker = await startBuiltWorker({
    bundle: await buildWorker("src/development/index.ts", join(folder, "bundle")),
    state,
    port,
    bindings: { ...secrets, KAMIDROP_ENV: "development", PUBLIC_ORIGIN: origin },
  });
  await migrate(worker.miniflare);
  await seedOnce({ origin, state, adminToken: secrets.ADMIN_TOKEN });
  const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args: ARGUMENTS });
  return {
    origin,
    client: new ShopClient(origin, secrets.ADMIN_TOKEN),
    visitor: (options) => visit(browser, origin, options),
    async close() {
      await browser.close();
      await worker.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function visit(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext({ baseURL: origin, locale: "zh-CN", ...options });
  const complaints: string[] = [];
  const strangers: string[] = [];
  context.on("weberror", (error) => complaints.push(String(error.error())));
  context.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    complaints.push(`${message.text()} (${message.location().url})`);
  });
  context.on("request", (request) => {
    if (!request.url().startsWith(`${origin}/`)) strangers.push(request.url());
  });
  return { page: await context.newPage(), tab: () => context.newPage(), complaints, strangers };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
