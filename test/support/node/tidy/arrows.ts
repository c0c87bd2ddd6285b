import type { Import } from "./imports.ts";

/** Who may import whom. A zone is the first entry whose `of` matches the file. */
interface Zone {
  readonly name: string;
  readonly of: RegExp;
  /** What it may use at run time. */
  readonly uses: readonly RegExp[];
  /** What it may name as a type beyond that: nothing of it is there when the program runs. */
  readonly names?: readonly RegExp[];
  /** Whoever breaks the arrow is told this. */
  readonly instead: string;
}

const DOMAIN = /^src\/domain\//;
const PORTS = /^src\/flows\/([a-z]+\/)?([a-z-]+-)?ports\.ts$/;
const FLOWS = /^src\/flows\//;
const CONTRACT = /^durable-objects\/[^/]+\/([a-z-]+-)?contract\.ts$/;
const OBJECT = /^durable-objects\/[^/]+\/object\.ts$/;
const SHARED = /^durable-objects\/shared\//;
const MESSAGES = /^src\/queues\/messages\.ts$/;
const DEPS = /^src\/platform\/(payment-)?deps\.ts$/;
const OBSERVE = /^src\/platform\/(bindings|log|metrics)\.ts$/;
const HONO = /^hono(\/|$)/;
const ZOD = /^zod$/;

const ZONES: readonly Zone[] = [
  {
    name: "domain",
    of: DOMAIN,
    uses: [DOMAIN, ZOD, /^papaparse$/],
    instead: "The domain is pure: take what you need as an argument.",
  },
  {
    name: "flows",
    of: FLOWS,
    uses: [FLOWS, DOMAIN, CONTRACT],
    instead: "Describe what the flow needs in src/flows/ports.ts; platform/deps.ts fills it.",
  },
  {
    name: "db",
    of: /^src\/db\//,
    uses: [/^src\/db\//, DOMAIN, /^drizzle-orm(\/|$)/, ZOD],
    names: [PORTS, CONTRACT],
    instead: "SQL fills ports: it knows the domain and src/flows/ports.ts.",
  },
  ...["mail", "payments", "captcha", "pictures"].map((port) => ({
    name: `adapters/${port}`,
    of: new RegExp(`^src/adapters/${port}/`),
    uses: [
      new RegExp(`^src/adapters/${port}/`),
      /^src\/adapters\/shared\//,
      DOMAIN,
      ZOD,
      /^cloudflare:sockets$/,
      /^worker-mailer$/,
      /^stripe$/,
      // The platform's own reader of certificates.
      /^node:crypto$/,
    ],
    names: [PORTS],
    instead: "An adapter fills one port: it knows the domain and src/flows/ports.ts.",
  })),
  {
    name: "adapters/shared",
    of: /^src\/adapters\/shared\//,
    uses: [],
    instead: "What adapters of several ports need, and nothing of any of them.",
  },
  {
    name: "adapters/risk",
    of: /^src\/adapters\/risk\//,
    uses: [DOMAIN, /^disposable-email-domains-js\/dist\/dict\//],
    names: [PORTS],
    instead: "A list that others keep comes in as data.",
  },
  {
    name: "http",
    of: /^src\/http\//,
    uses: [/^src\/http\//, FLOWS, DOMAIN, CONTRACT, OBSERVE, HONO, ZOD, /^marked$/, /^uqr$/],
    names: [DEPS, /^src\/platform\/availability\.ts$/],
    instead: "Meet SQL, adapters and objects as c.var.deps.",
  },
  {
    name: "queues",
    of: /^src\/queues\//,
    uses: [/^src\/queues\//, FLOWS, DOMAIN, CONTRACT, OBSERVE, ZOD],
    names: [DEPS],
    instead: "Meet SQL, adapters and objects as the deps argument.",
  },
  {
    name: "scheduled",
    of: /^src\/scheduled\//,
    uses: [/^src\/scheduled\//, FLOWS, DOMAIN, OBSERVE, ZOD],
    names: [DEPS, CONTRACT],
    instead: "Meet SQL, adapters and objects as the deps argument.",
  },
  {
    name: "platform/deps",
    of: DEPS,
    uses: [/^src\/(platform|adapters|db|flows|domain)\//, /^drizzle-orm(\/|$)/],
    instead: "The composition root knows what is below it, not who uses it.",
  },
  {
    name: "platform/worker",
    of: /^src\/platform\/worker\.ts$/,
    uses: [/^src\/(platform|http|queues|scheduled)\//],
    names: [HONO],
    instead: "platform/worker.ts joins the seats to their deps and does nothing else.",
  },
  {
    name: "platform/worker-turns",
    of: /^src\/platform\/worker-turns\.ts$/,
    uses: [/^cloudflare:workers$/],
    names: [/^src\/platform\/turns\.ts$/],
    instead: "platform/worker-turns.ts is what a request has of its own, and nothing else.",
  },
  {
    name: "platform",
    of: /^src\/platform\//,
    uses: [/^src\/platform\/(?!(?:payment-)?deps\.ts|worker\.ts)/, DOMAIN, CONTRACT],
    names: [PORTS, OBJECT, MESSAGES],
    instead: "Only platform/deps.ts knows adapters, SQL and flows.",
  },
  {
    name: "development",
    of: /^src\/development\//,
    uses: [
      /^src\/development\//,
      /^asn1js$/,
      /^src\/http\//,
      DOMAIN,
      OBSERVE,
      /^src\/platform\/(clock|worker)\.ts$/,
      HONO,
      ZOD,
      /^cloudflare:workers$/,
      OBJECT,
    ],
    names: [PORTS, DEPS],
    instead:
      "The simulators are the other side of the wire: they share no adapter with the Worker, so that each checks the other.",
  },
  {
    name: "index",
    of: /^src\/index\.ts$/,
    uses: [/^src\/platform\/worker\.ts$/, OBJECT],
    instead: "The Worker's entry only joins platform/worker.ts and the objects' classes.",
  },
  {
    name: "objects/shared",
    of: SHARED,
    uses: [SHARED],
    instead: "durable-objects/shared knows no object and no platform.",
  },
  {
    name: "object",
    of: OBJECT,
    uses: [/^durable-objects\//, DOMAIN, OBSERVE, /^cloudflare:workers$/],
    names: [MESSAGES],
    instead: "An object's shell knows its folder, durable-objects/shared, the domain and the log.",
  },
  {
    name: "store",
    of: /^durable-objects\//,
    uses: [/^durable-objects\//, DOMAIN],
    names: [MESSAGES],
    instead: "Only object.ts knows the platform: the store also runs over node:sqlite.",
  },
];

/** Null where the import is allowed; otherwise what is wrong and what to do. */
export function brokenArrow(from: string, { target, typeOnly }: Import): string | null {
  const zone = ZONES.find(({ of }) => of.test(from));
  if (zone === undefined)
    return `${from} is in no zone. Add it to test/support/node/tidy/arrows.ts.`;
  const allowed = typeOnly ? [...zone.uses, ...(zone.names ?? [])] : zone.uses;
  if (allowed.some((pattern) => pattern.test(target)) && sameObject(from, target)) return null;
  return `${from} (${zone.name}) may not ${typeOnly ? "name" : "use"} ${target}. ${zone.instead}`;
}

/** One object meets another through its contract only. */
function sameObject(from: string, target: string): boolean {
  const [, home] = /^durable-objects\/([^/]+)\//.exec(from) ?? [];
  const [, other] = /^durable-objects\/([^/]+)\//.exec(target) ?? [];
  if (home === undefined || other === undefined || home === other || other === "shared")
    return true;
  return CONTRACT.test(target);
}
