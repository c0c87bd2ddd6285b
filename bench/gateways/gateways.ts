import { join } from "node:path";
import { buildWorker, startBuiltWorker } from "../../scripts/built-worker.ts";
import { median } from "../load/tally.ts";
import type { Part } from "../part.ts";
import { demand, figure, table, verdict } from "../report/table.ts";
import { subjects, type Subject } from "./notices.ts";
import type { Reading } from "./worker.ts";

const CONFIG = "bench/gateways/wrangler.toml";
/** Notices read in one request: long enough that the request itself does not count. */
const BATCH = 500;
/** What an isolate must read in a second: RSA costs the processor more than a digest. */
const LEAST: Readonly<Record<Subject["signature"], number>> = {
  MD5: 2_000,
  HMAC: 2_000,
  RSA: 1_000,
};

interface Measured {
  readonly gateway: string;
  readonly signature: Subject["signature"];
  readonly perSecond: number;
}

/** How many notices of each gateway one isolate verifies and reads in a second, without the order's commit. */
export const gateways: Part = async ({ options, folder, say }) => {
  const bundle = await buildWorker("bench/gateways/worker.ts", join(folder, "bundle"), CONFIG);
  const state = join(folder, "state");
  const worker = await startBuiltWorker({ bundle, state, bindings: {}, config: CONFIG });
  try {
    const measured: Measured[] = [];
    for (const subject of subjects()) {
      const perSecond = await measure(worker.origin, subject, options);
      say(`  ${subject.gateway}: ${figure(perSecond)}/s`);
      measured.push({ gateway: subject.gateway, signature: subject.signature, perSecond });
    }
    return { markdown: report(measured), data: measured };
  } finally {
    await worker.stop();
  }
};

async function measure(
  origin: string,
  subject: Subject,
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): Promise<number> {
  await read(origin, { ...subject, count: BATCH });
  const rates: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startedAt = performance.now();
    const untilMs = startedAt + (seconds * 1_000) / rounds;
    let notices = 0;
    while (performance.now() < untilMs) {
      await read(origin, { ...subject, count: BATCH });
      notices += BATCH;
    }
    rates.push((notices * 1_000) / (performance.now() - startedAt));
  }
  return median(rates);
}

/** Throws where a notice was not read as money: a quick refusal is no measure. */
async function read(origin: string, reading: Reading): Promise<void> {
  const answer = await fetch(origin, { method: "POST", body: JSON.stringify(reading) });
  const { paid } = (await answer.json()) as { paid: number };
  if (paid !== reading.count)
    throw new Error(`${reading.gateway}: ${paid} of ${reading.count} paid`);
}

function report(measured: readonly Measured[]): string {
  return table(
    [
      ["gateway", "left"],
      ["signature", "left"],
      ["notices a second, one isolate", "right"],
      ["target", "right"],
      ["met", "left"],
    ],
    measured.map(({ gateway, signature, perSecond }) => {
      const atLeast = LEAST[signature];
      return [
        gateway,
        signature,
        figure(perSecond),
        demand({ atLeast }),
        verdict(perSecond >= atLeast),
      ];
    }),
  );
}
