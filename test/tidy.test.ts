import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path/posix";
import { describe, expect, test } from "vitest";
import { missingFrom, type Lock } from "../scripts/lock/complete-lock.ts";
import { brokenArrow } from "./support/node/tidy/arrows.ts";
import { importsOf, parseImports } from "./support/node/tidy/imports.ts";
import {
  codeUnder,
  files,
  isText,
  linesWith,
  root,
  textOf,
  withoutComments,
} from "./support/node/tidy/repository.ts";

/** The repository's own rules. Each failure lists where, and says what to do. */
const production = codeUnder("src", "durable-objects");
const everything = codeUnder("src", "durable-objects", "scripts", "bench", "test");
const self = new Set(files.filter((path) => /^test\/(tidy\.|support\/node\/tidy\/)/.test(path)));

describe("import arrows", () => {
  test("everyone imports only what DESIGN allows", () => {
    const broken = production.flatMap((path) =>
      importsOf(path).flatMap((found) => brokenArrow(path, found) ?? []),
    );
    expect(broken).toEqual([]);
  });

  test("every relative import names its file with its extension", () => {
    const dangling = everything.flatMap((path) =>
      importsOf(path)
        .filter(({ target }) => /^(src|durable-objects|scripts|bench|test)\//.test(target))
        .filter(({ target }) => !existsSync(join(root, target.replace(/\?raw$/, ""))))
        .map(({ target }) => `${path}: ${target} is not a file. Write the extension.`),
    );
    expect(dangling).toEqual([]);
  });

  test.each([
    ["src/domain/money.ts", "src/platform/log.ts", false],
    ["src/domain/money.ts", "node:crypto", false],
    ["src/flows/orders/place-order.ts", "src/db/orders.ts", false],
    ["src/flows/orders/place-order.ts", "src/platform/deps.ts", true],
    ["src/db/orders.ts", "src/http/env.ts", true],
    ["src/adapters/mail/smtp.ts", "src/adapters/payments/epay/epay.ts", false],
    ["src/http/api/get-order.ts", "src/db/orders.ts", true],
    ["src/http/api/get-order.ts", "src/platform/deps.ts", false],
    ["src/http/api/get-order.ts", "durable-objects/product-stock/store.ts", true],
    ["src/queues/order-events.ts", "src/adapters/mail/smtp.ts", false],
    ["src/platform/objects.ts", "src/db/orders.ts", false],
    ["src/index.ts", "src/development/index.ts", false],
    ["src/development/sandbox/epay/epay.ts", "src/adapters/payments/epay/epay.ts", false],
    ["durable-objects/product-stock/store.ts", "cloudflare:workers", false],
    ["durable-objects/product-stock/store.ts", "src/platform/log.ts", false],
    ["durable-objects/product-stock/object.ts", "durable-objects/drop-controller/store.ts", true],
    ["src/http/app.ts", "test/support/shop.ts", true],
    ["scripts/dev/main.ts", "src/domain/ids.ts", false],
  ])("the law can fail: %s to %s", (from, target, typeOnly) => {
    expect(brokenArrow(from, { target, typeOnly })).toMatch(/\S/);
  });

  test("the scanner sees every form of import and no comment", () => {
    const text = [
      'import "a";',
      'import b from "b";',
      'import type { C } from "c";',
      'import {\n  d,\n  type D,\n} from "d";',
      'export * from "e";',
      'export { f } from "f";',
      'const g = await import("g");',
      '// import "no";',
      '/* import "no"; */ const url = "https://h";',
    ].join("\n");
    expect(parseImports(text).map(({ target }) => target)).toEqual([..."abcdefg"]);
    expect(parseImports(text)[2]).toEqual({ target: "c", typeOnly: true });
    expect(withoutComments('a("http://x"); // b')).toBe('a("http://x");     ');
  });
});

describe("what code may do where", () => {
  const CLOCK_AND_WORLD =
    /\b(Date\.now|Math\.random|setTimeout|setInterval|fetch)\(|\bnew Date\(\)|\b(crypto|console|performance|scheduler|process)\./;

  test("the domain has no clock, randomness, network or console", () => {
    const found = codeUnder("src/domain").flatMap((path) => linesWith(path, CLOCK_AND_WORLD));
    expect(found, "Take time, randomness and I/O as arguments.").toEqual([]);
  });

  test("flows meet the world only through ports", () => {
    const found = codeUnder("src/flows")
      .filter((path) => path !== "src/flows/orders/body-hash.ts")
      .flatMap((path) => linesWith(path, CLOCK_AND_WORLD));
    expect(found, "Use a port; digests are in src/flows/orders/body-hash.ts.").toEqual([]);
  });

  test("an object's rules take the time as an argument", () => {
    const found = codeUnder("durable-objects")
      .filter((path) => basename(path) !== "object.ts")
      .flatMap((path) => linesWith(path, /\bDate\.now\(|\bMath\.random\(|\bnew Date\(\)/));
    expect(found, "Only object.ts has a clock: pass nowMs.").toEqual([]);
  });

  test("D1 is written by batch, never by drizzle's transaction", () => {
    const found = codeUnder("src/db").flatMap((path) => linesWith(path, /\.transaction\(/));
    expect(found, "db.transaction() throws on D1: use batch, each statement guarded.").toEqual([]);
  });

  test("only platform/log.ts writes to the console", () => {
    const found = everything
      .filter((path) => path !== "src/platform/log.ts" && !self.has(path))
      .flatMap((path) => linesWith(path, /\bconsole\s*[.[]/));
    expect(found, "In src use log(); in scripts and bench, process.stdout.").toEqual([]);
  });
});

describe("reading", () => {
  test("no file of the Worker is longer than 300 lines", () => {
    const long = production
      .map((path) => ({ path, lines: textOf(path).split("\n").length - 1 }))
      .filter(({ lines }) => lines > 300)
      .map(({ path, lines }) => `${path}: ${lines} lines. Which two things live there?`);
    expect(long).toEqual([]);
  });

  test("files are named in kebab-case, for what they export", () => {
    const FREE =
      /^((bench\/)?README|LICENSE|docs\/ARCHITECTURE\.md|migrations\/|test\/data\/|public\/_headers)/;
    const KEBAB = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/;
    const VAGUE = /^(utils?|helpers?|common|managers?|services?|misc)$/;
    const named = files.filter((path) => !FREE.test(path));
    const odd = named.filter((path) => path.split("/").some((part) => !KEBAB.test(part)));
    const vague = named.filter((path) =>
      path.split(/[/.]/).some((part) => part.split("-").some((word) => VAGUE.test(word))),
    );
    expect(odd, "Rename in kebab-case.").toEqual([]);
    expect(vague, "Name it for the one thing that it does.").toEqual([]);
  });

  test("nothing is left for later: no skipped or lone tests, no TODO, no silenced compiler", () => {
    const LEFT = /\b(TODO|FIXME|XXX)\b|@ts-(ignore|nocheck|expect-error)/;
    const ALONE = /\b(test|it|describe)(\.\w+)*\.(only|skip|todo)\(/;
    const found = everything
      .filter((path) => !self.has(path))
      .flatMap((path) =>
        textOf(path)
          .split("\n")
          .flatMap((line, index) =>
            LEFT.test(line) || ALONE.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [],
          ),
      );
    expect(found, "Finish it, or open an issue and take the line out.").toEqual([]);
  });

  test("a linter rule is switched off only with its reason", () => {
    const silent = everything.flatMap((path) => {
      const explained = new Set<string>();
      const lines = textOf(path).split("\n");
      return lines.flatMap((line, index) => {
        const rule = /(?:ox|es)lint-disable[\w-]*\s+([\w/-]+)/.exec(line)?.[1];
        if (rule === undefined) return [];
        const above = lines[index - 1]?.trim() ?? "";
        if (line.includes(" -- ") || /^(\/\/|\*|\{?\/\*)/.test(above)) explained.add(rule);
        return explained.has(rule) ? [] : [`${path}:${index + 1} (${rule})`];
      });
    });
    expect(silent, "Say why it is safe in a comment above, or after --.").toEqual([]);
  });
});

describe("docs", () => {
  const pages = files.filter((path) => path === "README.md" || /^docs\/.*\.md$/.test(path));
  const decisions = pages.filter((path) => path.startsWith("docs/decisions/"));

  test("every decision has its context, decision, consequences and alternatives", () => {
    const incomplete = decisions.flatMap((path) =>
      ["Context", "Decision", "Consequences", "Alternatives"]
        .filter((heading) => !textOf(path).includes(`\n## ${heading}\n`))
        .map((heading) => `${path} lacks "## ${heading}"`),
    );
    expect(incomplete).toEqual([]);
  });

  test("each decision has a number of its own", () => {
    const numbers = decisions.map((path) => basename(path).slice(0, 4));
    const twice = numbers.filter((number, index) => numbers.indexOf(number) !== index);
    expect(twice, "Take a free number.").toEqual([]);
  });

  test("every relative link leads to a file", () => {
    const broken = pages.flatMap((path) =>
      [...textOf(path).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)/g)]
        .map(([, target]) => join(dirname(path), target ?? ""))
        .filter((target) => !existsSync(join(root, target)))
        .map((target) => `${path}: ${target} does not exist`),
    );
    expect(broken).toEqual([]);
  });

  test("every page of docs that code or prose names is there", () => {
    const missing = files
      .filter((path) => isText(path) && !path.startsWith("test/data/") && !self.has(path))
      .flatMap((path) =>
        [...textOf(path).matchAll(/\bdocs\/(decisions\/(\d{4})|[\w-]+\.md|runbooks\/[\w-]+\.md)/g)]
          .filter(([name, , number]) =>
            number === undefined
              ? !existsSync(join(root, name))
              : !decisions.some((page) => page.startsWith(`docs/decisions/${number}-`)),
          )
          .map(([name]) => `${path}: ${name}`),
      );
    expect(missing, "Write the page or correct the name.").toEqual([]);
  });

  test("each promise R1 to R8 names tests that exist", () => {
    const rows = new Map(
      [...textOf("docs/ARCHITECTURE.md").matchAll(/^\| (R[1-8])\b.*$/gm)].map((row) => [
        row[1],
        [...row[0].matchAll(/`(test\/[\w./-]+)`/g)].map((match) => match[1] ?? ""),
      ]),
    );
    const promises = Array.from({ length: 8 }, (_, index) => `R${index + 1}`);
    expect([...rows.keys()].toSorted()).toEqual(promises);
    const unproven = promises.filter((promise) => rows.get(promise)?.length === 0);
    expect(unproven, "docs/ARCHITECTURE.md names no test for it.").toEqual([]);
    const gone = [...rows.values()].flat().filter((path) => !existsSync(join(root, path)));
    expect(gone, "docs/ARCHITECTURE.md names a test that is not there.").toEqual([]);
  });
});

describe("what is shipped", () => {
  const lock = JSON.parse(textOf("package-lock.json")) as Lock;

  test("compatibility_date is no newer than every workerd among the tools can run", () => {
    const DAYS_AHEAD = 7;
    const newest = Object.entries(lock.packages)
      .filter(([folder]) => folder.endsWith("node_modules/workerd"))
      .map(([, { version = "" }]) => /^1\.(\d{4})(\d{2})(\d{2})\./.exec(version) ?? [])
      .map(([, year, month, day]) => Date.UTC(Number(year), Number(month) - 1, Number(day)))
      .map((atMs) => new Date(atMs + DAYS_AHEAD * 86_400_000).toISOString().slice(0, 10))
      .toSorted()[0];
    const late = files
      .filter((path) => path.endsWith(".toml"))
      .flatMap((path) => {
        const date = /^compatibility_date = "([\d-]+)"$/m.exec(textOf(path))?.[1];
        return date !== undefined && date <= (newest ?? "") ? [] : [`${path}: ${date}`];
      });
    expect(late, `docs/decisions/0002: at most ${newest} with these tools.`).toEqual([]);
  });

  test("dependencies are pinned exactly", () => {
    const { dependencies, devDependencies } = JSON.parse(textOf("package.json")) as Record<
      "dependencies" | "devDependencies",
      Record<string, string>
    >;
    const loose = Object.entries({ ...dependencies, ...devDependencies })
      .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
      .map(([name, version]) => `${name}: ${version}`);
    expect(loose, "Write the exact version.").toEqual([]);
  });

  test("the lock holds the packages of every platform", () => {
    const missing = missingFrom(lock).map(({ name, version }) => `${name}@${version}`);
    expect(missing, "Run `npm run lock`; without them `npm ci` refuses a fresh checkout.").toEqual(
      [],
    );
  });

  test("every migration of D1 is in the journal, in order", () => {
    const { entries } = JSON.parse(textOf("migrations/meta/_journal.json")) as {
      entries: { idx: number; tag: string; when: number }[];
    };
    const onDisk = files.filter((path) => /^migrations\/[^/]+\.sql$/.test(path));
    expect(onDisk.map((path) => basename(path, ".sql"))).toEqual(entries.map(({ tag }) => tag));
    expect(entries.map(({ idx }) => idx)).toEqual(entries.map((_, index) => index));
    const times = entries.map(({ when }) => when);
    expect(times, "wrangler and drizzle apply by time").toEqual(times.toSorted((a, b) => a - b));
  });

  test("nothing tracked knows the machine or the registry it was made with", () => {
    const PLACES = ["work", "root", "home", "Users"].map((folder) => `/${folder}/`);
    const PLACE = new RegExp(`(^|[\\s"'\`(=:])(${PLACES.join("|")})[\\w.-]`);
    const REGISTRY = /https?:\/\/[\w.-]*(registry|npmjs|artifactory|verdaccio|nexus)|"resolved":/;
    const found = files
      .filter((path) => isText(path) && !self.has(path) && path !== ".npmrc")
      .flatMap((path) =>
        textOf(path)
          .split("\n")
          .flatMap((line, index) =>
            PLACE.test(line) || REGISTRY.test(line) ? [`${path}:${index + 1}`] : [],
          ),
      );
    expect(found, "Write paths from the root of the checkout; no registry hosts.").toEqual([]);
  });
});
