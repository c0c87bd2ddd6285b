type Align = "left" | "right";

/** A table in Markdown. Cells must hold no "|". */
export function table(
  columns: readonly (readonly [title: string, align: Align])[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    line(columns.map(([title]) => title)),
    `|${columns.map(([, align]) => (align === "left" ? "---" : "--:")).join("|")}|`,
    ...rows.map(line),
  ].join("\n");
}

/** "≥ 0.5", "≤ 5", or nothing. */
export function demand({ atLeast, atMost }: { atLeast?: number; atMost?: number }): string {
  if (atLeast !== undefined) return `≥ ${atLeast}`;
  return atMost === undefined ? "" : `≤ ${atMost}`;
}

export function verdict(met: boolean | null): string {
  return met === null ? "" : met ? "yes" : "**no**";
}

/** Three digits that mean something: 1,240 · 87.3 · 0.452. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const digits = value === 0 ? 2 : Math.floor(Math.log10(Math.abs(value)));
  return value.toLocaleString("en", {
    minimumFractionDigits: Math.max(0, Math.min(2, 2 - digits)),
    maximumFractionDigits: Math.max(0, Math.min(5, 2 - digits)),
  });
}
