import { createHash } from "node:crypto";
import type { Journal, PartDone } from "./journal.ts";
import type { Part } from "./parts.ts";
import { readParts, type KeyFileSource, type Reading } from "./read-file.ts";
import { BadFile } from "./records.ts";
import type { PartAnswer, Product, SendOptions } from "./shop.ts";

export interface ImportOrder {
  readonly source: KeyFileSource;
  readonly product: Product;
  readonly label: string | null;
  readonly dryRun: boolean;
  /** Calls under way at once. With one, the keys are sold in the very order of the file. */
  readonly inFlight: number;
}

/** What an import does to the world, and who hears of it. */
export interface ImportWorld {
  send(part: Part, options: SendOptions): Promise<PartAnswer>;
  /** What earlier runs did; null where nothing is remembered (a dry run). */
  readonly journal: Journal | null;
  /** Whether no further part shall be begun: Ctrl-C. */
  stopping(): boolean;
  /** Ends the calls that are under way: one of them has failed for good. */
  abandon(): void;
  /** What the file holds, and how much of it is done, before anything is sent. */
  onSurvey(survey: Survey): void;
  /** Each part once, in the order of the file, those of earlier runs among them. */
  onDone(done: PartDone): void;
  /** After each part of this run. */
  onProgress(answer: PartAnswer): void;
}

export interface Survey {
  readonly parts: number;
  readonly records: number;
  readonly blank: number;
  /** Of earlier runs. */
  readonly partsDone: number;
  readonly recordsDone: number;
  /** The line of the file after which this run goes on. */
  readonly lastLineDone: number;
}

/**
 * Imports a file of any length, 10,000 keys a call. The file is read twice: first to see that all of
 * it can be read, and that what earlier runs have sent still stands in it; then to send the rest. A
 * run that dies at any moment is gone on with by the next, and however often a part is sent, the shop
 * takes it once: its idempotency key is made of what is in it. False: it was stopped before the end.
 */
export async function importFile(order: ImportOrder, world: ImportWorld): Promise<boolean> {
  const survey = await surveyFile(order.source, world);
  if (survey === null) return false;
  world.onSurvey(survey);
  return sendRest(order, world, survey);
}

/** Null where it was stopped on the way. */
async function surveyFile(source: KeyFileSource, world: ImportWorld): Promise<Survey | null> {
  const reading: Reading = { records: 0, blank: 0 };
  const earlier = world.journal?.read();
  const sums = { parts: 0, partsDone: 0, recordsDone: 0, lastLineDone: 0 };
  let done = await nextOf(earlier);
  for await (const part of readParts(source, reading)) {
    if (world.stopping()) return null;
    sums.parts++;
    if (done === null) continue;
    if (done.digest !== part.digest) throw changed(world.journal, part);
    world.onDone(done);
    sums.partsDone = done.part;
    sums.recordsDone += done.records;
    sums.lastLineDone = done.last_line;
    done = await nextOf(earlier, sums.partsDone);
  }
  if (done !== null) throw changed(world.journal, null);
  if (reading.records === 0) throw new BadFile("The file holds no key.");
  return { ...sums, records: reading.records, blank: reading.blank };
}

/** The part after that one. The journal is in order; what stands twice in it was sent twice. */
async function nextOf(
  earlier: AsyncGenerator<PartDone, void, undefined> | undefined,
  after = 0,
): Promise<PartDone | null> {
  for (;;) {
    // One line after the other.
    const next = await earlier?.next();
    if (next?.value === undefined) return null;
    if (next.value.part === after + 1) return next.value;
  }
}

function changed(journal: Journal | null, part: Part | null): BadFile {
  const where = part === null ? "is shorter than" : `differs from line ${part.lines[0]} on from`;
  return new BadFile(
    `The file ${where} what an earlier run has sent (${journal?.path}). To import it as it is now, say --restart: what the pool has already is not added again.`,
  );
}

async function sendRest(
  { source, product, label, dryRun, inFlight }: ImportOrder,
  world: ImportWorld,
  { partsDone }: Survey,
): Promise<boolean> {
  const underWay: Promise<PartAnswer>[] = [];
  const settleFirst = async () => {
    const answer = await underWay.shift();
    if (answer === undefined) return;
    world.journal?.append(answer.done);
    world.onDone(answer.done);
    world.onProgress(answer);
  };
  try {
    for await (const part of readParts(source, { records: 0, blank: 0 })) {
      if (part.number <= partsDone) continue;
      if (underWay.length >= inFlight) await settleFirst();
      if (world.stopping()) break;
      const idempotencyKey = nameOf(part, { product, label, dryRun });
      const csv = source.format === "csv";
      const sending = world.send(part, { product: product.id, csv, label, dryRun, idempotencyKey });
      // It is waited for in its turn; failing before that is not failing unheard.
      sending.catch(() => {});
      underWay.push(sending);
    }
    while (underWay.length > 0) await settleFirst();
  } catch (error) {
    world.abandon();
    await Promise.allSettled(underWay);
    throw error;
  }
  return !world.stopping();
}

/** The same part of the same file to the same place has the same name, in whichever run. */
function nameOf(part: Part, about: Pick<ImportOrder, "product" | "label" | "dryRun">): string {
  const { product, label, dryRun } = about;
  const facts = JSON.stringify([product.id, label, dryRun, part.number, part.digest]);
  return `keys-import-${createHash("sha256").update(facts).digest("hex")}`;
}
