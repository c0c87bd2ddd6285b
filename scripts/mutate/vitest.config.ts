import { basename } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that play whole shops and take seconds: they judge what the others let pass. */
const SLOW = ["model.test.ts", "archive.test.ts", "shards.test.ts"];

/** The first failure ends a mutant's run, so the cheapest judges come first. */
class CheapestFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const cost = ({ moduleId }: TestSpecification): number => SLOW.indexOf(basename(moduleId));
    return Promise.resolve(files.toSorted((a, b) => cost(a) - cost(b)));
  }
}

/** What a mutant must survive: the tests that run in Node and take seconds, all files together. */
export default defineConfig({
  test: {
    environment: "node",
    include: ["test/domain/**/*.test.ts", "test/store/**/*.test.ts"],
    testTimeout: 60_000,
    // One worker for all files: starting one for each takes longer than most of them.
    isolate: false,
    sequence: { sequencer: CheapestFirst },
  },
});
