import type { FunnelSecond } from "./funnel.ts";

/** The funnel over time as an SVG: sums on a scale of tens above, what is under way in the object below. */

const WIDTH = 960;
const LEFT = 72;
const RIGHT = 144;
const PLOT = WIDTH - LEFT - RIGHT;
const SUMS = { top: 84, height: 300 };
const LOAD = { top: 448, height: 150 };
const HEIGHT = 664;
/** More points than this no line shows. */
const POINTS_MAX = 700;

const STAGES = [
  ["arrived", "arrived"],
  ["queued", "in line"],
  ["admitted", "let in"],
  ["reserved", "reserved"],
  ["paid", "paid"],
] as const satisfies readonly (readonly [keyof FunnelSecond, string])[];

interface Title {
  readonly title: string;
  readonly subtitle: string;
  /** Seconds after the start that the drop opens at. */
  readonly opensAt: number;
  readonly requestsMax: number;
}

export function picture(seconds: readonly FunnelSecond[], of: Title): string {
  const last = seconds.at(-1)?.second ?? 1;
  const x = (second: number) => LEFT + (second / last) * PLOT;
  const most = Math.max(10, ...seconds.map(({ arrived }) => arrived));
  const decades = Math.ceil(Math.log10(most));
  const sums = (value: number) =>
    SUMS.top + SUMS.height * (1 - Math.log10(Math.max(1, value)) / decades);
  const loadMost = Math.max(of.requestsMax * 1.1, ...seconds.map(({ held }) => held));
  const load = (value: number) => LOAD.top + LOAD.height * (1 - value / loadMost);
  const shown = thinned(seconds);

  const line = (name: keyof FunnelSecond, y: (value: number) => number) =>
    shown
      .filter((at) => y !== sums || at[name] > 0)
      .map((at, place) => `${place === 0 ? "M" : "L"}${n(x(at.second))} ${n(y(at[name]))}`)
      .join("");

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="t d" font-family="system-ui, -apple-system, 'Segoe UI', sans-serif">
<title id="t">${of.title}</title>
<desc id="d">${of.subtitle}</desc>
<style>
:root { --ground: #fcfcfb; --text: #1d1f24; --soft: #666c78; --grid: #e3e5e9; --arrived: #9aa3b2; --queued: #3b82c4; --admitted: #0f9d8a; --reserved: #e0912f; --paid: #c8415d; --requests: #7a5bc7; --held: #e0912f; }
@media (prefers-color-scheme: dark) { :root { --ground: #15171b; --text: #eceef2; --soft: #9aa1ad; --grid: #2b2f37; --arrived: #7d8696; --queued: #5fa8e6; --admitted: #34c4ae; --reserved: #f0ae5a; --paid: #ee6f89; --requests: #a78bf0; --held: #f0ae5a; } }
.ground { fill: var(--ground); } text { fill: var(--text); font-size: 13px; } .soft { fill: var(--soft); font-size: 12px; } .title { font-size: 20px; font-weight: 650; } .label { font-weight: 600; }
.grid { stroke: var(--grid); stroke-width: 1; } .mark { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 3 4; } .line { fill: none; stroke-width: 2.2; stroke-linejoin: round; }
${STAGES.map(([name]) => `.${name} { stroke: var(--${name}); } text.${name} { stroke: none; fill: var(--${name}); }`).join(" ")}
.requests { fill: var(--requests); opacity: .8; } .held { stroke: var(--held); } text.held { stroke: none; fill: var(--held); } text.requests { opacity: 1; }
</style>
<rect class="ground" width="${WIDTH}" height="${HEIGHT}" rx="10"/>
<text class="title" x="${LEFT}" y="36">${of.title}</text>
<text class="soft" x="${LEFT}" y="58">${of.subtitle}</text>
${gridOf(decades, sums)}
${timesOf(last, of.opensAt, x)}
<line class="mark" x1="${n(x(of.opensAt))}" x2="${n(x(of.opensAt))}" y1="${SUMS.top - 6}" y2="${LOAD.top + LOAD.height}"/>
<text class="soft" x="${n(x(of.opensAt) + 6)}" y="${SUMS.top + SUMS.height - 10}">opens</text>
${STAGES.map(([name]) => `<path class="line ${name}" d="${line(name, sums)}"/>`).join("\n")}
${endLabels(seconds, sums)}
<text class="label" x="${LEFT}" y="${LOAD.top - 18}">In the stock object</text>
<text class="soft" x="${LEFT + 150}" y="${LOAD.top - 18}">requests in each second, and keys held by people who have not paid yet</text>
${barsOf(seconds, x, load)}
<path class="line held" d="${line("held", load)}"/>
<line class="mark" x1="${LEFT}" x2="${LEFT + PLOT}" y1="${n(load(of.requestsMax))}" y2="${n(load(of.requestsMax))}"/>
<text class="soft" x="${LEFT + PLOT + 10}" y="${n(load(of.requestsMax) + 4)}">limit ${of.requestsMax}/s</text>
<text class="label held" x="${LEFT + PLOT + 10}" y="${n(LOAD.top + LOAD.height - 34)}">held</text>
<text class="label requests" x="${LEFT + PLOT + 10}" y="${n(LOAD.top + LOAD.height - 14)}">requests/s</text>
<text class="soft" text-anchor="end" x="${LEFT - 10}" y="${n(LOAD.top + LOAD.height + 4)}">0</text>
<line class="grid" x1="${LEFT}" x2="${LEFT + PLOT}" y1="${LOAD.top + LOAD.height}" y2="${LOAD.top + LOAD.height}"/>
</svg>
`;
}

function thinned(seconds: readonly FunnelSecond[]): readonly FunnelSecond[] {
  const step = Math.max(1, Math.ceil(seconds.length / POINTS_MAX));
  return seconds.filter((_, place) => place % step === 0 || place === seconds.length - 1);
}

function gridOf(decades: number, y: (value: number) => number): string {
  return Array.from({ length: decades + 1 }, (_, power) => {
    const at = n(y(10 ** power));
    const name = (10 ** power).toLocaleString("en");
    return `<line class="grid" x1="${LEFT}" x2="${LEFT + PLOT}" y1="${at}" y2="${at}"/><text class="soft" text-anchor="end" x="${LEFT - 10}" y="${n(y(10 ** power) + 4)}">${name}</text>`;
  }).join("\n");
}

function timesOf(last: number, opensAt: number, x: (second: number) => number): string {
  const span = last / 60;
  const step = [1, 2, 5, 10, 20, 30, 60].find((minutes) => span / minutes <= 12) ?? 120;
  const first = -Math.floor(opensAt / 60 / step) * step;
  const marks: string[] = [];
  for (let minute = first; opensAt + minute * 60 <= last; minute += step) {
    const at = n(x(opensAt + minute * 60));
    const name = minute === 0 ? "0" : `${minute > 0 ? "+" : "−"}${Math.abs(minute)} min`;
    marks.push(
      `<text class="soft" text-anchor="middle" x="${at}" y="${LOAD.top + LOAD.height + 22}">${name}</text>`,
    );
  }
  return marks.join("\n");
}

/** Each line's name and last value at its end, moved apart where they would cover each other. */
function endLabels(seconds: readonly FunnelSecond[], y: (value: number) => number): string {
  const last = seconds.at(-1);
  if (last === undefined) return "";
  const placed = STAGES.map(([name, label]) => ({
    name,
    label,
    value: last[name],
    at: y(last[name]),
  }));
  for (const [place, label] of placed.entries()) {
    const above = placed[place - 1];
    if (above !== undefined) label.at = Math.max(label.at, above.at + 17);
  }
  return placed
    .map(
      ({ name, label, value, at }) =>
        `<text class="label ${name}" x="${LEFT + PLOT + 10}" y="${n(at + 4)}">${label} ${value.toLocaleString("en")}</text>`,
    )
    .join("\n");
}

function barsOf(
  seconds: readonly FunnelSecond[],
  x: (second: number) => number,
  y: (value: number) => number,
): string {
  // The busiest second of each pixel: thinning must not hide a peak.
  const most = new Map<number, number>();
  for (const { second, requests } of seconds) {
    const pixel = Math.floor(x(second));
    most.set(pixel, Math.max(most.get(pixel) ?? 0, requests));
  }
  const bottom = LOAD.top + LOAD.height;
  const bars = Array.from(
    most,
    ([pixel, requests]) => `M${pixel} ${bottom}V${n(y(requests))}h1V${bottom}z`,
  );
  return `<path class="requests" d="${bars.join("")}"/>`;
}

function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}
