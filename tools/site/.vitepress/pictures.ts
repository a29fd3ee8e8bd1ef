/** Pictures that pages draw as code (Mermaid), made into SVG by the build: nothing is loaded or drawn in the browser. */
import { renderMermaidSVG } from 'beautiful-mermaid';

/** The site's own colours, so that pictures follow light and dark. */
const colours = {
  bg: 'var(--vp-c-bg)',
  fg: 'var(--vp-c-text-1)',
  line: 'var(--vp-c-text-3)',
  accent: 'var(--vp-c-brand-1)',
  muted: 'var(--vp-c-text-2)',
  surface: 'var(--vp-c-bg-soft)',
  border: 'var(--vp-c-divider)',
};

const escaped = (text: string): string => text.replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`);

/** The picture as an element of a page. Its line `accTitle: ...` is what a screen reader says of it. */
export const picture = (source: string): string => {
  const [, title = 'picture'] = /^\s*accTitle: (.+)$/m.exec(source) ?? [];
  const svg = renderMermaidSVG(source.replace(/^\s*accTitle: .+\n/m, ''), { ...colours, transparent: true })
    // The generator asks a font server for its font; the site has the font.
    .replace(/@import url\([^)]*\);/, '');
  // A literal for the page's template: as markup the template would drop the picture's styles.
  const literal = escaped(JSON.stringify(svg));
  return `<div class="picture" role="img" aria-label="${escaped(title)}" v-html="${literal}"></div>\n`;
};
