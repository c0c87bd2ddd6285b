import {
  COUNTERS,
  GAUGES,
  HISTOGRAMS,
  type CounterName,
  type Family,
  type GaugeName,
  type HistogramName,
} from "../domain/metric-names.ts";

/** Combinations of labels of one name. What comes beyond is counted together, as "other". */
const SERIES_MAX = 96;
const OTHER = "other";
const PREFIX = "kamidrop_";
/** Upper bounds in seconds; a buyer feels the first, a proxy gives up at the last. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

export const OPEN_METRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/** One value of a gauge, with its labels in the order of their names. */
export interface Reading {
  readonly labels?: readonly string[];
  readonly value: number;
}

/**
 * What one isolate has counted since it began. To count is a look into two maps and an addition: after
 * the first of a kind nothing is allocated. Labels are bounded twice: they are codes of ours, and of one
 * name there are never more than SERIES_MAX.
 */
export class Metrics {
  readonly #counters = seriesOf<CounterName, { value: number }>(COUNTERS, () => ({ value: 0 }));
  readonly #histograms = seriesOf<HistogramName, Histogram>(HISTOGRAMS, newHistogram);
  readonly #gauges = new Map<GaugeName, (() => readonly Reading[])[]>();

  count(name: CounterName, first = "", second = ""): void {
    this.#counters[name].at(first, second).value++;
  }

  observe(name: HistogramName, seconds: number, first = ""): void {
    const histogram = this.#histograms[name].at(first, "");
    histogram.sum += seconds;
    histogram.count++;
    for (let place = 0; place < BOUNDS.length; place++) {
      if (seconds <= (BOUNDS[place] ?? 0)) {
        histogram.within[place] = (histogram.within[place] ?? 0) + 1;
        return;
      }
    }
  }

  /** What `read` answers is shown each time that somebody looks; it costs nothing in between. */
  watch(name: GaugeName, read: () => readonly Reading[]): void {
    this.#gauges.set(name, [...(this.#gauges.get(name) ?? []), read]);
  }

  /** OpenMetrics 1.0 text (github.com/prometheus/OpenMetrics, §"Text format"). */
  text(): string {
    const lines: string[] = [];
    for (const [name, series] of entriesOf(this.#counters)) {
      head(lines, name, "counter", series.family);
      series.each((first, second, { value }) => {
        lines.push(`${PREFIX}${name}_total${labelled(series.family, [first, second])} ${value}`);
      });
    }
    for (const [name, series] of entriesOf(this.#histograms)) {
      head(lines, name, "histogram", series.family);
      series.each((first, _, histogram) => drawn(lines, name, series.family, first, histogram));
    }
    for (const [name, reads] of this.#gauges) {
      const family = GAUGES[name];
      head(lines, name, "gauge", family);
      for (const { labels = [], value } of reads.flatMap((read) => read())) {
        lines.push(`${PREFIX}${name}${labelled(family, labels)} ${value}`);
      }
    }
    return `${lines.join("\n")}\n# EOF\n`;
  }
}

interface Histogram {
  /** How many were within a bound and not within the one before it. */
  readonly within: number[];
  count: number;
  sum: number;
}

function newHistogram(): Histogram {
  return { within: BOUNDS.map(() => 0), count: 0, sum: 0 };
}

/** The cells of one name, by its labels. */
class Series<Cell> {
  readonly family: Family;
  readonly #make: () => Cell;
  readonly #cells = new Map<string, Map<string, Cell>>();
  #size = 0;

  constructor(family: Family, make: () => Cell) {
    this.family = family;
    this.#make = make;
  }

  at(first: string, second: string): Cell {
    return this.#cells.get(first)?.get(second) ?? this.#add(first, second);
  }

  each(visit: (first: string, second: string, cell: Cell) => void): void {
    for (const [first, row] of this.#cells) {
      for (const [second, cell] of row) visit(first, second, cell);
    }
  }

  #add(first: string, second: string): Cell {
    const full = this.#size >= SERIES_MAX;
    if (full && !(first === OTHER && second === OTHER)) return this.at(OTHER, OTHER);
    const cell = this.#make();
    const row = this.#cells.get(first) ?? new Map<string, Cell>();
    this.#cells.set(first, row.set(second, cell));
    this.#size++;
    return cell;
  }
}

function seriesOf<Name extends string, Cell>(
  families: Readonly<Record<Name, Family>>,
  make: () => Cell,
): Readonly<Record<Name, Series<Cell>>> {
  const made = entriesOf(families).map(([name, family]) => [name, new Series(family, make)]);
  // Each name of `families` has become one of these.
  return Object.fromEntries(made) as Record<Name, Series<Cell>>;
}

function entriesOf<Name extends string, Value>(record: Readonly<Record<Name, Value>>) {
  return Object.entries(record) as [Name, Value][];
}

function head(lines: string[], name: string, type: string, { help }: Family): void {
  lines.push(`# TYPE ${PREFIX}${name} ${type}`, `# HELP ${PREFIX}${name} ${help}`);
}

function drawn(
  lines: string[],
  name: string,
  family: Family,
  first: string,
  { within, count, sum }: Histogram,
): void {
  let below = 0;
  const bucket = (bound: string, value: number) =>
    lines.push(`${PREFIX}${name}_bucket${labelled(family, [first], `le="${bound}"`)} ${value}`);
  for (const [place, bound] of BOUNDS.entries()) {
    below += within[place] ?? 0;
    bucket(Number.isInteger(bound) ? `${bound}.0` : String(bound), below);
  }
  bucket("+Inf", count);
  const labels = labelled(family, [first]);
  lines.push(`${PREFIX}${name}_sum${labels} ${sum}`, `${PREFIX}${name}_count${labels} ${count}`);
}

function labelled({ labels }: Family, values: readonly string[], more?: string): string {
  const said = labels.map((label, place) => `${label}="${escaped(values[place] ?? "")}"`);
  if (more !== undefined) said.push(more);
  return said.length === 0 ? "" : `{${said.join(",")}}`;
}

function escaped(value: string): string {
  return value
    .replaceAll("\\", String.raw`\\`)
    .replaceAll('"', '\\"')
    .replaceAll("\n", "\\n");
}
