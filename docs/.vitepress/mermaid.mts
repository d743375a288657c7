import { renderMermaidSVG } from 'beautiful-mermaid';

/** The style sheet of a diagram, and in it the colours, which follow from those of the page. */
const SHEET = /<style>[^]*?\bsvg \{([^]*?)\}[^]*?<\/style>/;

/** A Mermaid diagram as SVG with the colours of the page, light or dark, so that the browser runs nothing for it. */
export function diagram(source: string): string {
  const svg = renderMermaidSVG(source, {
    bg: 'var(--vp-c-bg)',
    fg: 'var(--vp-c-text-1)',
    muted: 'var(--vp-c-text-1)',
    line: 'var(--vp-c-text-2)',
    border: 'var(--vp-c-text-3)',
    accent: 'var(--vp-c-brand-1)',
    transparent: true,
  });
  const [sheet, colours] = SHEET.exec(svg) ?? [];
  if (sheet === undefined) throw new Error('a diagram has no colours where they are looked for');
  const inline = colours!
    .replace(/\/\*[^]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .trim();
  // Vue takes no style sheet in a page.
  const own = svg.replace(sheet, '').replace('style="', `style="${inline} `);
  if (/https?:\/\/(?!www\.w3\.org)/.test(own)) throw new Error('a diagram loads from elsewhere');
  return `<div class="diagram" v-pre>${own}</div>`;
}
