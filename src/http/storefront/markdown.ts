import { Marked, type RendererObject, type Tokens } from "marked";

/**
 * A merchant's Markdown as HTML that is safe in any page. Safe because nothing is taken out of it
 * afterwards: raw HTML is never let in (it is shown as text), and an address becomes a link or an
 * image only if its scheme is on a list. `pictureAt`: where a picture is shown from. Pure.
 */
export function renderMarkdown(
  markdown: string,
  pictureAt: (address: string) => string = (address) => address,
): string {
  return new Marked({ gfm: true, breaks: true, renderer: rendererOf(pictureAt) }).parse(markdown, {
    async: false,
  });
}

const RENDERER: RendererObject = {
  html: ({ text }: Tokens.HTML | Tokens.Tag) => escapeHtml(text),
  /** They stand below the page's title (h1) and that of the description (h2). */
  heading({ tokens, depth }: Tokens.Heading) {
    const level = Math.min(depth + 2, 6);
    return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>\n`;
  },
  link({ href, tokens }: Tokens.Link) {
    const inner = this.parser.parseInline(tokens);
    const address = safeAddress(href, LINK_SCHEMES);
    return address === null
      ? inner
      : `<a href="${escapeHtml(address)}" rel="nofollow noopener noreferrer">${inner}</a>`;
  },
  code: ({ text }: Tokens.Code) => `<pre><code>${escapeHtml(text)}\n</code></pre>\n`,
  checkbox: ({ checked }: Tokens.Checkbox) => (checked ? "☑ " : "☐ "),
};

function rendererOf(pictureAt: (address: string) => string): RendererObject {
  return {
    ...RENDERER,
    image({ href, text }: Tokens.Image) {
      const address = safeAddress(href, IMAGE_SCHEMES);
      const alt = escapeHtml(text);
      if (address === null) return alt;
      return `<img src="${escapeHtml(pictureAt(address))}" alt="${alt}" width="640" height="400" loading="lazy" decoding="async">`;
    },
  };
}

const LINK_SCHEMES = ["http", "https", "mailto"];
const IMAGE_SCHEMES = ["https"];

/**
 * The address, or null where its scheme is not listed. What a browser would
 * skip before it reads a scheme (control characters, white space) is not let through at all.
 */
function safeAddress(href: string, schemes: readonly string[]): string | null {
  const address = href.replaceAll("&amp;", "&").trim();
  if (/[\p{Cc}\s]/u.test(address)) return null;
  const scheme = /^([^/?#]*?):/.exec(address)?.[1]?.toLowerCase();
  return scheme !== undefined && !schemes.includes(scheme) ? null : address;
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
