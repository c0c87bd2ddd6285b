/**
 * Where we send requests on a merchant's word (gateways, later webhooks): only into the public
 * Internet, so that nobody makes us knock at doors that only our own machines can reach (SSRF).
 * A name is judged by what it says; what it resolves to is Cloudflare's to refuse, which carries no
 * request of a Worker into a private network.
 */

/** Names that are answered inside a house only: RFC 6761, 6762, 8375, and what networks use besides. */
const INNER_NAMES =
  /(^|\.)(localhost|local|internal|intranet|private|lan|home|corp|arpa|onion|invalid|test|example|svc|consul|docker)$/;

/** Null for text that is no address of ours to call: https, public, no password. */
export function publicHttpsUrl(text: string): URL | null {
  const url = URL.parse(text);
  if (url === null || url.protocol !== "https:" || url.username !== "" || url.password !== "") {
    return null;
  }
  return isPublicHost(url.hostname) && isWebPort(url.port) ? url : null;
}

/** HTTPS's own port ("" of a URL), or one that needs no rights of a system: cashiers that somebody hosts are there. Never SSH's or mail's. */
function isWebPort(port: string): boolean {
  return port === "" || Number(port) >= 1024;
}

/** For developers: any https address, whatever its name, and this very machine by http, where the simulator is. */
export function developmentUrl(text: string): URL | null {
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "") return null;
  const local = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  return url.protocol === "https:" || (local && url.protocol === "http:") ? url : null;
}

/**
 * `hostname` as the WHATWG URL parser writes it: lower case, and every way of writing an IPv4 address
 * ("0x7f.1", "2130706433") already as four numbers.
 */
function isPublicHost(hostname: string): boolean {
  const host = hostname.replace(/\.+$/, "");
  if (host.startsWith("[")) return isPublicIpv6(host.slice(1, -1));
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return isPublicIpv4(host.split(".").map(Number));
  return host.includes(".") && !INNER_NAMES.test(host);
}

/** Every block of IANA's IPv4 special-purpose registry that is not globally reachable, and multicast. */
function isPublicIpv4(octets: readonly number[]): boolean {
  const [a = 0, b = 0, c = 0] = octets;
  if (a === 0 || a === 10 || a === 127 || a >= 224) return false;
  if (a === 100 && b >= 64 && b < 128) return false;
  if (a === 169 && b === 254) return false;
  if (a === 172 && b >= 16 && b < 32) return false;
  if (a === 192 && b === 168) return false;
  if (a === 192 && b === 0 && (c === 0 || c === 2)) return false;
  if (a === 198 && (b === 18 || b === 19 || (b === 51 && c === 100))) return false;
  return !(a === 203 && b === 0 && c === 113);
}

/**
 * Of IPv6 only global unicast, 2000::/3, without documentation, and without the ranges that wrap an
 * IPv4 address (6to4, Teredo): nobody's gateway is there, and they lead anywhere.
 */
function isPublicIpv6(text: string): boolean {
  const [first = 0, second = 0] = firstGroups(text);
  if (first < 0x2000 || first > 0x3fff) return false;
  if (first === 0x2002) return false;
  return !(first === 0x2001 && (second === 0 || second === 0xdb8));
}

/** The first two groups; "::" at the start stands for zeros. */
function firstGroups(text: string): number[] {
  const [head = ""] = text.split("::", 1);
  return head.split(":").map((group) => (group === "" ? 0 : Number.parseInt(group, 16)));
}
