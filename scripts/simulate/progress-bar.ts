const WIDTH = 30;

/** A bar on stderr that stays in its line; silent where nobody watches. */
export function progressBar(total: number): {
  show(done: number, words: string): void;
  end(): void;
} {
  const { stderr } = process;
  return {
    show(done, words) {
      if (!stderr.isTTY) return;
      const full = Math.round((done / total) * WIDTH);
      stderr.write(
        `\r[${"#".repeat(full)}${".".repeat(WIDTH - full)}] ${done}/${total}  ${words} `,
      );
    },
    end() {
      if (stderr.isTTY) stderr.write("\n");
    },
  };
}
