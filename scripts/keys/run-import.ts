import { accessSync, constants, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { AdminApi, ShopAway, ShopRefused } from "./admin-api.ts";
import { Course } from "./course.ts";
import { importFile } from "./import-file.ts";
import { Journal } from "./journal.ts";
import type { Options } from "./options.ts";
import { progress } from "./progress.ts";
import { BadFile } from "./records.ts";
import { Shop, type Product } from "./shop.ts";
import { stopWhenAsked, type Stop } from "./stop.ts";

/** `keys import`, as a person sees it. Answers the exit code; throws what is wrong before it begins. */
export async function runImport(options: Options): Promise<number> {
  requireFile(options.file);
  const bar = progress(process.stderr, () => performance.now());
  const stop = stopWhenAsked(bar.note);
  const onWait = (trouble: string, waitMs: number) => {
    bar.note(`${trouble}: again in ${(waitMs / 1000).toFixed(1)} s.`);
  };
  const shop = new Shop(new AdminApi(options.address, { signal: stop.signal, onWait }));
  const product = await productOf(shop, options.product);
  if (options.report !== null) requireFolder(options.report, "--report");
  bar.note(`Reading ${basename(options.file)}…`);
  const course = new Course(options, product, bar);
  const end = await attempt(options, { shop, product, course, stop });
  process.stdout.write(`${course.summary(end === "finished")}\n`);
  if (end instanceof Error) process.stderr.write(`${end.message}\n`);
  if (end !== "finished" && !options.dryRun) {
    process.stderr.write(
      "Run the same command again to go on: what is in the pool stays there once.\n",
    );
  }
  if (end instanceof ShopRefused || end instanceof BadFile) return 2;
  return end === "finished" && course.tally.rejected === 0 ? 0 : 1;
}

interface Attempt {
  readonly shop: Shop;
  readonly product: Product;
  readonly course: Course;
  readonly stop: Stop;
}

/** What fails once sending has begun is part of the outcome: the rest of it is still to be told. */
async function attempt(
  options: Options,
  { shop, product, course, stop }: Attempt,
): Promise<"finished" | "stopped" | Error> {
  const { file: path, format, encoding, label, dryRun, inFlight } = options;
  const order = { source: { path, format, encoding }, product, label, dryRun, inFlight };
  try {
    const finished = await importFile(order, {
      journal: journalOf(options, product),
      send: (part, how) => shop.send(part, how),
      stopping: () => stop.asked(),
      abandon: () => stop.now(),
      onSurvey: (survey) => course.onSurvey(survey),
      onDone: (done) => course.onDone(done),
      onProgress: (answer) => course.onProgress(answer),
    });
    return finished ? "finished" : "stopped";
  } catch (error) {
    if (course.survey === null) throw error;
    if (stop.asked()) return "stopped";
    if (isForPeople(error)) return error;
    throw error;
  } finally {
    course.close();
    stop.forget();
  }
}

function isForPeople(error: unknown): error is Error {
  return error instanceof BadFile || error instanceof ShopRefused || error instanceof ShopAway;
}

/** A token that may only import cannot look at the product, and need not. */
async function productOf(shop: Shop, idOrSlug: string): Promise<Product> {
  try {
    return await shop.product(idOrSlug);
  } catch (error) {
    if (!(error instanceof ShopRefused)) throw error;
    if (error.status === 403) return { id: idOrSlug, title: idOrSlug };
    if (error.status !== 404) throw error;
    throw new ShopRefused(404, `The shop has no product "${idOrSlug}" that this token may see.`);
  }
}

function journalOf(options: Options, { id }: Product): Journal | null {
  if (options.dryRun) return null;
  const { address, file, format, label, restart } = options;
  const { origin: shop, merchant } = address;
  const about = { shop, merchant, product: id, format, label };
  const journal = options.journal ? new Journal(options.journal) : Journal.besides(file, about);
  requireFolder(journal.path, "--journal");
  if (restart) journal.forget();
  return journal;
}

function requireFile(path: string): void {
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    throw new BadFile(`${path} cannot be read.`, { cause: error });
  }
  if (!statSync(path).isFile()) throw new BadFile(`${path} is not a file.`);
}

function requireFolder(path: string, option: string): void {
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch (error) {
    throw new BadFile(`${path} cannot be written: say ${option} FILE.`, { cause: error });
  }
}
