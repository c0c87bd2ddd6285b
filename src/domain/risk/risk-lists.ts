import { canonicalEmail } from "../email.ts";
import { inNetwork, parseNetwork, type Network } from "../network/cidr.ts";

/** What a merchant lets in or keeps out, whatever else speaks for or against it. */
export const RISK_LISTS = ["allow", "deny"] as const;
export type RiskList = (typeof RISK_LISTS)[number];
export const RISK_LIST_KINDS = ["email", "domain", "network", "country", "asn", "device"] as const;
export type RiskListKind = (typeof RISK_LIST_KINDS)[number];

/** Of one shop: each isolate remembers them all. */
export const RISK_LIST_ENTRIES_MAX = 5_000;

export interface RiskListEntry {
  readonly list: RiskList;
  readonly kind: RiskListKind;
  /** In its one form (`normalizeListValue`). */
  readonly value: string;
  readonly expiresAtMs: number | null;
}

/** The value in the one form in which it is stored and compared; null where it is none of the kind. */
export function normalizeListValue(kind: RiskListKind, text: string): string | null {
  const value = text.trim();
  switch (kind) {
    case "email":
      return EMAIL.test(value) ? canonicalEmail(value.toLowerCase()) : null;
    case "domain": {
      const domain = value.toLowerCase().replace(/^@/, "");
      return DOMAIN.test(domain) ? domain : null;
    }
    case "network":
      return parseNetwork(value)?.text ?? null;
    case "country":
      return /^[a-z]{2}$/i.test(value) ? value.toUpperCase() : null;
    case "asn": {
      const number = /^(?:AS)?([1-9]\d{0,9})$/i.exec(value)?.[1];
      return number !== undefined && Number(number) <= ASN_MAX ? number : null;
    }
    case "device":
      return /^[A-Za-z0-9_-]{8,64}$/.test(value) ? value : null;
    default:
      return kind satisfies never;
  }
}

const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,189}$/;
const DOMAIN = /^[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+$/;
/** RFC 6793: 32 bits. */
const ASN_MAX = 2 ** 32 - 1;

type ByLength = Readonly<Record<Network["family"], Map<number, Map<string, RiskListEntry[]>>>>;

/** Who asks, as lists see it. */
export interface Listable {
  readonly email: string;
  /** As `Caller.network` has it. */
  readonly network: string | null;
  readonly country: string | null;
  readonly asn: number | null;
  readonly device: string | null;
}

/** A merchant's lists, made ready once for the thousands of orders that are held against them. */
export interface RiskLists {
  /** The entries that are met and have not expired. */
  find(who: Listable, nowMs: number): RiskListEntry[];
}

export function readyLists(entries: readonly RiskListEntry[]): RiskLists {
  const exact = new Map<string, RiskListEntry[]>();
  /** By length of the prefix: so many looks into a map, however many networks there are. */
  const networks: ByLength = { 4: new Map(), 6: new Map() };
  for (const entry of entries) {
    if (entry.kind !== "network") {
      add(exact, `${entry.kind} ${entry.value}`, entry);
      continue;
    }
    const network = parseNetwork(entry.value);
    if (network === null) continue;
    const family = networks[network.family];
    const ofLength = family.get(network.bits) ?? new Map<string, RiskListEntry[]>();
    family.set(network.bits, ofLength);
    add(ofLength, network.text, entry);
  }
  return {
    find(who, nowMs) {
      const met = exactKeys(who).flatMap((key) => exact.get(key) ?? []);
      const from = who.network === null ? null : parseNetwork(who.network);
      if (from !== null) met.push(...networksAround(networks, from));
      return met.filter(({ expiresAtMs }) => expiresAtMs === null || nowMs < expiresAtMs);
    },
  };
}

function add(map: Map<string, RiskListEntry[]>, key: string, entry: RiskListEntry): void {
  const there = map.get(key);
  if (there === undefined) map.set(key, [entry]);
  else there.push(entry);
}

function exactKeys({ email, country, asn, device }: Listable): string[] {
  const domains = parentDomains(email.slice(email.lastIndexOf("@") + 1));
  return [
    `email ${canonicalEmail(email)}`,
    ...domains.map((domain) => `domain ${domain}`),
    ...(country === null ? [] : [`country ${country}`]),
    ...(asn === null ? [] : [`asn ${asn}`]),
    ...(device === null ? [] : [`device ${device}`]),
  ];
}

/** A domain and those above it, but for the top: "a.b.c" and "b.c". */
export function parentDomains(domain: string): string[] {
  const labels = domain.split(".");
  return labels.slice(0, -1).map((_, from) => labels.slice(from).join("."));
}

function networksAround(networks: ByLength, from: Network): RiskListEntry[] {
  return Array.from(networks[from.family]).flatMap(([bits, ofLength]) => {
    const around = inNetwork(from, bits);
    return around === null ? [] : (ofLength.get(around) ?? []);
  });
}
