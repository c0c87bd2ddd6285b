import { Marked, type RendererObject, type Tokens } from "marked";

/**
 * A merchant's Markdown as HTML that is safe in any page. Safe because nothing is taken out of it
 * afterwards: raw HTML is never let in (it is shown as text), and an address becomes a link or an
 * image only if its scheme is on a list. Pure.
 */
export function renderMarkdown(markdown: string): string {
  return marked.parse(markdown, { async: false });
}

const renderer: RendererObject = {
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
      : `<a href="${address}" rel="nofollow noopener noreferrer">${inner}</a>`;
  },
  image({ href, text }: Tokens.Image) {
    const address = safeAddress(href, IMAGE_SCHEMES);
    const alt = escapeHtml(text);
    return address === null ? alt : `<img src="${address}" alt="${alt}" loading="lazy">`;
  },
  code: ({ text }: Tokens.Code) => `<pre><code>${escapeHtml(text)}\n</code></pre>\n`,
  checkbox: ({ checked }: Tokens.Checkbox) => (checked ? "☑ " : "☐ "),
};

const marked = new Marked({ gfm: true, breaks: true, renderer });

const LINK_SCHEMES = ["http", "https", "mailto"];
const IMAGE_SCHEMES = ["https"];

/**
 * The address, ready for an attribute, or null where its scheme is not listed. What a browser would
 * skip before it reads a scheme (control characters, white space) is not let through at all.
 */
function safeAddress(href: string, schemes: readonly string[]): string | null {
  const address = href.replaceAll("&amp;", "&").trim();
  if (/[\p{Cc}\s]/u.test(address)) return null;
  const scheme = /^([^/?#]*?):/.exec(address)?.[1]?.toLowerCase();
  if (scheme !== undefined && !schemes.includes(scheme)) return null;
  return escapeHtml(address);
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
