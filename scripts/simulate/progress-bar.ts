const WIDTH = 30;

export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly orders: number;
  readonly seconds: number;
}

/** One line: how far, how many, how fast, how much longer. */
export function progressText({ done, total, orders, seconds }: Progress): string {
  const full = Math.floor((done / total) * WIDTH);
  const bar = "█".repeat(full) + "░".repeat(WIDTH - full);
  const rate = seconds > 0 ? Math.round(orders / seconds) : 0;
  const left = done > 0 ? Math.ceil((seconds / done) * (total - done)) : null;
  const parts = [
    `${counted(done)}/${counted(total)} worlds`,
    `${counted(orders)} orders`,
    `${counted(rate)} a second`,
    ...(left === null ? [] : [`${left} s left`]),
  ];
  return `${bar} ${parts.join(" · ")}`;
}

/** 1234567 as 1,234,567. */
export function counted(number: number): string {
  return number.toLocaleString("en");
}

/** A line on stderr that is written over; silent where nobody watches. */
export const statusLine = {
  show(text: string): void {
    const { stderr } = process;
    if (!stderr.isTTY) return;
    stderr.write(`\r\u001B[2K${text.slice(0, Math.max(20, stderr.columns - 1))}`);
  },
  clear(): void {
    if (process.stderr.isTTY) process.stderr.write("\r\u001B[2K");
  },
};
