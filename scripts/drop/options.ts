import { parseArgs } from "node:util";

export const USAGE = `npm run drop -- [options]

  --arrivals N   people who come                                1000000
  --keys K       keys on offer                                     1000
  --seed S       of the crowd, the draw and all chance                1
  --hold H       seconds that a key is held for a payment   120, --real 45
  --isolates I   between which the arrivals are spread               20
  --out FOLDER   where the picture (SVG) and the numbers (JSON) go
  --real         the same over HTTP, on the built Worker, on this machine

Exits with 1 where a law is broken, with 2 where the options are.`;

export interface Options {
  readonly arrivals: number;
  readonly keys: number;
  readonly seed: number;
  readonly hold: number;
  readonly isolates: number;
  readonly out: string | null;
  readonly real: boolean;
  readonly help: boolean;
}

/** Null where they make no sense, with the reason. */
export function readOptions(args: readonly string[]): Options | { readonly wrong: string } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        arrivals: { type: "string" },
        keys: { type: "string", default: "1000" },
        seed: { type: "string", default: "1" },
        hold: { type: "string" },
        isolates: { type: "string", default: "20" },
        out: { type: "string" },
        real: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    const { real, help, out = null } = values;
    const numbers = {
      arrivals: Number(values.arrivals ?? (real ? 20_000 : 1_000_000)),
      keys: Number(values.keys),
      seed: Number(values.seed),
      hold: Number(values.hold ?? (real ? 45 : 120)),
      isolates: Number(values.isolates),
    };
    for (const [name, number] of Object.entries(numbers)) {
      if (!Number.isSafeInteger(number) || number < 1)
        return { wrong: `--${name} is a number from 1` };
    }
    return { ...numbers, out, real, help };
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
}
