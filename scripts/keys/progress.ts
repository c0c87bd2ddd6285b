const WIDTH = 24;
/** Where nobody watches, a line now and then is enough. */
const LINE_EVERY_MS = 5_000;

export interface Progress {
  /** Records of this run that are done, of so many that it has to do. */
  show(done: number, total: number): void;
  /** Says something in between. */
  note(text: string): void;
  end(): void;
}

type Screen = Pick<NodeJS.WriteStream, "isTTY"> & { write(text: string): unknown };

/** A bar that stays in its line where somebody watches, else plain lines. All of it to stderr. */
export function progress(stream: Screen, now: () => number): Progress {
  const watched = stream.isTTY;
  const startedAtMs = now();
  let linedAtMs = startedAtMs;
  let onBar = false;
  const clear = () => {
    if (onBar) stream.write("\r\x1b[K");
    onBar = false;
  };
  return {
    show(done, total) {
      const words = progressWords({ done, total, elapsedMs: now() - startedAtMs });
      if (watched) {
        stream.write(`\r${bar(done, total)} ${words}\x1b[K`);
        onBar = true;
      } else if (now() - linedAtMs >= LINE_EVERY_MS) {
        linedAtMs = now();
        stream.write(`${words}\n`);
      }
    },
    note(text) {
      clear();
      stream.write(`${text}\n`);
    },
    end: clear,
  };
}

function bar(done: number, total: number): string {
  const full = Math.round((done / Math.max(1, total)) * WIDTH);
  return `[${"#".repeat(full)}${".".repeat(WIDTH - full)}]`;
}

function progressWords(state: { done: number; total: number; elapsedMs: number }): string {
  const { done, total, elapsedMs } = state;
  const perSecond = done / (Math.max(1, elapsedMs) / 1000);
  const percent = Math.floor((100 * done) / Math.max(1, total));
  const left = done === 0 ? "" : `, ${duration((total - done) / perSecond)} left`;
  return `${percent} %  ${count(done)} of ${count(total)} keys, ${count(perSecond)}/s${left}`;
}

export function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

export function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  const minutes = Math.floor(whole / 60);
  const rest = String(whole % 60).padStart(2, "0");
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}
