import type { Page } from "playwright-core";

/**
 * What of WCAG 2.2 AA a program can judge of the page as it is drawn: contrast (1.4.3), names of
 * controls (4.1.2), order of headings (1.3.1), unique ids, target size (2.5.8), reflow (1.4.10).
 * Each finding is one line; none is the aim.
 */
export function audit(page: Page): Promise<string[]> {
  // Runs in the browser: everything it needs stands inside.
  return page.evaluate(() => {
    const findings: string[] = [];
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    type Colour = [number, number, number, number];

    const isShown = (element: Element) =>
      element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    const isHiddenText = (element: Element) =>
      element.closest(".visually-hidden, .skip, [aria-hidden=true]") !== null;
    const describe = (element: Element) =>
      `<${element.tagName.toLowerCase()} class="${element.getAttribute("class") ?? ""}"> ` +
      (element.textContent ?? "").trim().slice(0, 40);

    /** Any CSS colour as red, green, blue and alpha: the canvas knows them all. */
    function colour(text: string): Colour {
      if (canvas === null) throw new Error("no canvas");
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = text;
      canvas.fillRect(0, 0, 1, 1);
      const [red = 0, green = 0, blue = 0, alpha = 0] = canvas.getImageData(0, 0, 1, 1).data;
      return [red, green, blue, alpha / 255];
    }

    function over([r, g, b, a]: Colour, [r2, g2, b2]: Colour): Colour {
      return [r * a + r2 * (1 - a), g * a + g2 * (1 - a), b * a + b2 * (1 - a), 1];
    }

    function background(element: Element | null): Colour {
      if (element === null) return colour("Canvas");
      const own = colour(getComputedStyle(element).backgroundColor);
      return own[3] === 1 ? own : over(own, background(element.parentElement));
    }

    function luminance([r, g, b]: Colour): number {
      const [x = 0, y = 0, z = 0] = [r, g, b].map((value) => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    }

    function contrast(element: Element): number {
      const ground = background(element);
      const ink = over(colour(getComputedStyle(element).color), ground);
      const [dark = 0, light = 0] = [luminance(ink), luminance(ground)].toSorted((a, b) => a - b);
      return (light + 0.05) / (dark + 0.05);
    }

    for (const element of document.body.querySelectorAll("*")) {
      const own = [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && (node.textContent ?? "").trim() !== "",
      );
      if (!own || !isShown(element) || isHiddenText(element) || element.closest("svg")) continue;
      // What cannot be used need not stand out (1.4.3).
      if (element.closest("label:has(:disabled), :disabled, [aria-disabled=true]")) continue;
      const { fontSize, fontWeight } = getComputedStyle(element);
      const size = Number.parseFloat(fontSize);
      const isLarge = size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700);
      const ratio = contrast(element);
      if (ratio < (isLarge ? 3 : 4.5)) {
        findings.push(`contrast ${ratio.toFixed(2)}: ${describe(element)}`);
      }
    }

    for (const control of document.querySelectorAll<HTMLInputElement>("input, select, button")) {
      if (control.type === "hidden" || !isShown(control)) continue;
      const name =
        control.getAttribute("aria-label") ??
        [...(control.labels ?? [])].map((label) => label.textContent).join("") +
          (control.tagName === "BUTTON" ? (control.textContent ?? "") : "");
      if (name.trim() === "") findings.push(`no name: ${control.outerHTML.slice(0, 80)}`);
    }

    const levels = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((heading) =>
      Number(heading.tagName.slice(1)),
    );
    if (levels.filter((level) => level === 1).length !== 1) findings.push("not one h1");
    levels.forEach((level, at) => {
      if (level > (levels[at - 1] ?? 0) + 1) findings.push(`heading level ${level} skips one`);
    });

    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
    if (twice.length > 0) findings.push(`ids twice: ${twice.join(" ")}`);

    for (const target of document.querySelectorAll("a, button, summary, input")) {
      if (!isShown(target) || isHiddenText(target)) continue;
      // Links in running text are excepted; a choice is its whole label, a card's link its whole card.
      if (target.closest(".prose, .alert, .choice, .card-link") !== null) continue;
      const { width, height } = target.getBoundingClientRect();
      if (width > 0 && (width < 24 || height < 24)) findings.push(`small: ${describe(target)}`);
    }

    if (document.documentElement.scrollWidth > innerWidth) {
      findings.push(`wider than the window of ${innerWidth}`);
    }
    return findings;
  });
}
