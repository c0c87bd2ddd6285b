import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildWorker, startBuiltWorker, type BuiltWorker } from "../../scripts/built-worker.ts";
import { migrate } from "../../scripts/migrate.ts";
import { ShopClient, throwAwaySecrets } from "../../scripts/shop-client.ts";
import exportExpected from "../data/keys/export.expected.json" with { type: "json" };
import messyExpected from "../data/keys/messy.expected.json" with { type: "json" };

/** `npm run keys` as people run it, against the built Worker, through a gate that can hold answers. */
const root = resolve(import.meta.dirname, "..", "..");
const secrets = throwAwaySecrets();
let folder: string;
let worker: BuiltWorker;
let shop: ShopClient;
let gate: Gate;
/** The gate's. */
let origin: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kamidrop-keys-"));
  const bundle = await buildWorker("src/development/index.ts", join(folder, "bundle"));
  worker = await startBuiltWorker({
    bundle,
    state: join(folder, "state"),
    bindings: { ...secrets, KAMIDROP_ENV: "development" },
    withoutAssets: true,
    onLog: () => {},
  });
  await migrate(worker.miniflare);
  shop = new ShopClient(worker.origin, secrets.ADMIN_TOKEN);
  await shop.open();
  gate = new Gate(worker.origin);
  origin = await gate.open();
});

afterAll(async () => {
  gate.server.close();
  gate.server.closeAllConnections();
  await worker.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Stands in front of the shop. What it keeps back, the shop has done all the same. */
class Gate {
  readonly server = createServer((request, response) => {
    this.#pass(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  /** Imports that the shop has answered. */
  answered = 0;
  /** Imports that are answered with 503 before one reaches the shop. */
  busy = 0;
  readonly #target: string;
  #letsThrough = Infinity;
  #holding = Promise.withResolvers<void>();
  #kept: (() => void)[] = [];

  constructor(target: string) {
    this.#target = target;
  }

  async open(): Promise<string> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Keeps all answers of imports back after so many more; resolves when there is one. */
  keepBackAfter(more: number): Promise<void> {
    this.#letsThrough = this.answered + more;
    this.#holding = Promise.withResolvers();
    return this.#holding.promise;
  }

  letGo(): void {
    this.#letsThrough = Infinity;
    for (const answer of this.#kept) answer();
    this.#kept = [];
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const isImport = request.method === "POST";
    if (isImport && this.busy > 0) {
      this.busy--;
      response.writeHead(503, { "retry-after": "1" }).end("{}");
      return;
    }
    const { method = "GET", url = "/", headers } = request;
    const { host: _, connection: __, "content-length": ___, ...own } = headers;
    const answer = await fetch(this.#target + url, {
      method,
      headers: own as Record<string, string>,
      body: isImport ? body : null,
    });
    const said = await answer.text();
    const give = () => {
      response.writeHead(answer.status, { "content-type": "application/json" }).end(said);
    };
    if (isImport && ++this.answered > this.#letsThrough) {
      this.#kept.push(give);
      this.#holding.resolve();
    } else give();
  }
}

function start(words: readonly string[], token = secrets.ADMIN_TOKEN): ChildProcess {
  const program = join(root, "scripts", "keys", "main.ts");
  const env = {
    ...process.env,
    INIT_CWD: folder,
    KAMIDROP_TOKEN: token,
    KAMIDROP_SHOP: origin,
  };
  return spawn(process.execPath, ["--no-warnings", program, ...words], { cwd: folder, env });
}

async function keys(words: readonly string[], token?: string) {
  const child = start(words, token);
  if (child.stdout === null || child.stderr === null) throw new Error("no pipes");
  const ended = once(child, "exit");
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: (await ended)[0] as number | null, out, err };
}

async function file(name: string, content: string): Promise<string> {
  await writeFile(join(folder, name), content);
  return name;
}

const stockOf = (id: string) => shop.admin<{ free: number }>("GET", `/products/${id}/stock`);

describe("an import of many calls", () => {
  const LINES = 34_000;
  const lines = Array.from({ length: LINES }, (_, n) => `KAMI-${String(n).padStart(8, "0")}`);

  test("that was killed in the middle is gone on with, and every key is there once", async () => {
    const product = await shop.product("killed");
    // The last line is a key of the first part, and one in the middle is none.
    const content = [
      ...lines.slice(0, 25_000),
      "x".repeat(5_000),
      ...lines.slice(25_000),
      lines[7],
    ];
    const words = ["import", product.slug, await file("many.txt", content.join("\n"))];
    const keptBack = gate.keepBackAfter(1);
    // One call at once, so that it is the second whose answer never comes.
    const first = start([...words, "--in-flight", "1"]);
    await keptBack;
    first.kill("SIGKILL");
    await once(first, "exit");

    gate.letGo();
    gate.busy = 1;
    const { code, out, err } = await keys([...words, "--report", "report.csv"]);
    expect(err).toContain(
      `10,000 of them were imported by an earlier run; going on after line 10,000`,
    );
    expect(err).toContain("HTTP 503: again in 1.0 s");
    expect(out).toMatch(/^accepted +34,000$/m);
    expect(out).toMatch(/^duplicates +1: line 34002$/m);
    expect(out).toMatch(/^rejected +1: line 25001 \(too_long\)$/m);
    expect(code).toBe(1);
    expect(await readFile(join(folder, "report.csv"), "utf8")).toBe(
      "line,outcome,why\n25001,rejected,too_long\n34002,duplicate,in the pool already\n",
    );
    expect(await stockOf(product.id)).toMatchObject({ free: LINES, held: 0, sold: 0, void: 0 });

    const sent = gate.answered;
    const again = await keys([...words, "--json"]);
    expect(again.err).toContain("All of them were imported by an earlier run.");
    expect(JSON.parse(again.out)).toMatchObject({
      finished: true,
      accepted: LINES,
      records_sent: 0,
    });
    expect(gate.answered).toBe(sent);
  });

  test("that is asked to stop ends what is under way, says so, and is gone on with", async () => {
    const product = await shop.product("stopped");
    const words = [
      "import",
      product.slug,
      await file("stop.txt", lines.join("\n")),
      "--in-flight",
      "1",
    ];
    const keptBack = gate.keepBackAfter(1);
    const first = start(words);
    if (first.stderr === null) throw new Error("no pipe");
    const ended = once(first, "exit");
    const said: string[] = [];
    first.stderr.on("data", (chunk: Buffer) => {
      said.push(String(chunk));
      if (String(chunk).includes("Stopping after the calls")) gate.letGo();
    });
    await keptBack;
    first.kill("SIGINT");
    expect((await ended)[0]).toBe(1);
    expect(said.join("")).toContain("Run the same command again to go on");
    const { err, out } = await keys(words);
    expect(err).toContain("20,000 of them were imported by an earlier run");
    expect(out).toMatch(/^accepted +34,000$/m);
    expect(await stockOf(product.id)).toMatchObject({ free: LINES });
  });
});

describe("files as merchants have them", () => {
  test("the messy one is taken as its expectation says, by the lines of the file", async () => {
    const product = await shop.product("messy");
    const messy = await readFile(join(root, "test/data/keys/messy.txt"), "utf8");
    const words = ["import", product.slug, await file("messy.txt", messy)];
    const tried = await keys([...words, "--dry-run", "--json"]);
    const done = await keys([...words, "--json", "--report", "messy.csv"]);
    const counts = {
      finished: true,
      accepted: messyExpected.accepted,
      duplicates: messyExpected.duplicates.length,
      rejected: messyExpected.rejected.length,
      blank: messyExpected.blank,
      available: messyExpected.accepted,
    };
    expect(JSON.parse(tried.out)).toMatchObject({ ...counts, dry_run: true });
    expect(JSON.parse(done.out)).toMatchObject(counts);
    const report = (await readFile(join(folder, "messy.csv"), "utf8")).trim().split("\n").slice(1);
    const expected = [
      ...messyExpected.duplicates.map((row) => ({
        line: row.line,
        words: `duplicate,as line ${row.first_line}`,
      })),
      ...messyExpected.rejected.map(({ line, reason }) => ({ line, words: `rejected,${reason}` })),
    ].toSorted((a, b) => a.line - b.line);
    expect(report).toEqual(expected.map((row) => `${row.line},${row.words}`));
  });

  test("the export is taken as its expectation says, each key for its variant", async () => {
    const price = { amount_minor: 1000, currency: "CNY" };
    const variants = ["30d", "1y"].map((id) => ({ id, title: id, price }));
    const product = await shop.product("export", { variants });
    const csv = await readFile(join(root, "test/data/keys/export.csv"), "utf8");
    const { out, code } = await keys(["import", product.slug, await file("e.csv", csv), "--json"]);
    expect(JSON.parse(out)).toMatchObject({
      records: exportExpected.records,
      accepted: exportExpected.accepted,
      duplicates: exportExpected.duplicates,
      rejected: exportExpected.rejected.length,
    });
    expect(code).toBe(1);
    const stock = await keys(["stock", product.slug]);
    expect(stock).toMatchObject({ code: 0, err: "" });
    expect(stock.out).toMatch(new RegExp(`^free +${exportExpected.accepted}$`, "m"));
  });
});

describe("what cannot be done is said before anything is sent", () => {
  test.each([
    ["an unknown product", ["import", "nowhere", "one.txt"], 'no product "nowhere"'],
    ["a file that is not there", ["import", "messy", "none.txt"], "none.txt cannot be read"],
    ["a folder", ["import", "messy", "."], "is not a file"],
    [
      "a report in no folder",
      ["import", "messy", "one.txt", "--report", "no/where.csv"],
      "--report",
    ],
    [
      "a journal in no folder",
      ["import", "messy", "one.txt", "--journal", "no/where"],
      "--journal",
    ],
    ["no command", ["export", "messy"], "Say what to do"],
    ["no file", ["import", "messy"], "takes a product and a file"],
    ["an option that is none", ["import", "messy", "one.txt", "--fast"], "--fast"],
    ["a CSV without its header", ["import", "messy", "one.txt", "--format", "csv"], "holds no key"],
  ])("%s", async (_, words, said) => {
    await file("one.txt", "KEY-1");
    const { code, out, err } = await keys(words);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(said);
  });

  test("a token that is not good", async () => {
    const words = ["import", "messy", await file("one.txt", "KEY-1")];
    const { code, err } = await keys(words, "kdm_not-this-one");
    expect(code).toBe(2);
    expect(err).toContain("Send a valid token");
  });

  test("a CSV whose columns the shop does not know", async () => {
    const words = ["import", "messy", await file("odd.csv", "serial\nKEY-1\n")];
    const { code, err } = await keys(words);
    expect(code).toBe(2);
    expect(err).toContain('"key" is missing');
  });
});
