import { basename } from "node:path";
import type { Survey } from "./import-file.ts";
import type { PartDone } from "./journal.ts";
import type { Options } from "./options.ts";
import { count, type Progress } from "./progress.ts";
import { reportFile, type ReportFile } from "./report-file.ts";
import type { PartAnswer, Product } from "./shop.ts";
import { summaryJson, summaryText, Tally } from "./tally.ts";

/** How an import is going: it hears of everything, and says it to whoever watches. */
export class Course {
  readonly tally = new Tally();
  /** Null until the whole file was read: nothing was sent before. */
  survey: Survey | null = null;
  readonly #options: Options;
  readonly #product: Product;
  readonly #bar: Progress;
  readonly #report: ReportFile | null;
  #startedAtMs = 0;
  #recordsSent = 0;
  #available: number | null = null;

  constructor(options: Options, product: Product, bar: Progress) {
    this.#options = options;
    this.#product = product;
    this.#bar = bar;
    this.#report = options.report === null ? null : reportFile(options.report);
  }

  onSurvey(survey: Survey): void {
    this.survey = survey;
    this.#startedAtMs = performance.now();
    const { records, parts, recordsDone, lastLineDone } = survey;
    const { file, dryRun } = this.#options;
    const doing = dryRun ? "Trying" : "Importing";
    this.#bar.note(
      `${doing} ${count(records)} keys of ${basename(file)} (${count(parts)} calls) into "${this.#product.title}".`,
    );
    if (recordsDone === 0) return;
    this.#bar.note(
      recordsDone === records
        ? "All of them were imported by an earlier run."
        : `${count(recordsDone)} of them were imported by an earlier run; going on after line ${count(lastLineDone)}.`,
    );
  }

  onDone(done: PartDone): void {
    this.tally.add(done);
    this.#report?.add(done);
  }

  onProgress({ done, available }: PartAnswer): void {
    this.#recordsSent += done.records;
    this.#available = available;
    const { records, recordsDone } = this.survey ?? { records: 0, recordsDone: 0 };
    this.#bar.show(this.#recordsSent, records - recordsDone);
  }

  close(): void {
    this.#bar.end();
    this.#report?.close();
  }

  summary(finished: boolean): string {
    const { dryRun, json } = this.#options;
    const finish = {
      finished,
      dryRun,
      blank: this.survey?.blank ?? 0,
      available: this.#available,
      recordsSent: this.#recordsSent,
      seconds: (performance.now() - this.#startedAtMs) / 1000,
    };
    return json ? summaryJson(this.tally, finish) : summaryText(this.tally, finish);
  }
}
