/** Plain plots as SVG: what is needed for docs/verification.md and no more. */

/** Points of one thing that is compared. */
export interface Series {
  readonly name: string;
  readonly values: readonly number[];
  /** Colour of the mark. */
  readonly colour: string;
}

const [WIDTH, LEFT, ROW, TOP, BOTTOM] = [720, 210, 30, 40, 44];

const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');

/**
 * A row for each series, a mark for each value, on a logarithmic scale; `lines` are drawn across. Values at or below `least` are drawn
 * there.
 */
export const stripPlot = (p: {
  readonly title: string;
  readonly unit: string;
  readonly series: readonly Series[];
  readonly least: number;
  readonly most: number;
  readonly lines: readonly { readonly at: number; readonly name: string }[];
}): string => {
  const height = TOP + p.series.length * ROW + BOTTOM;
  const [low, high] = [Math.log10(p.least), Math.log10(p.most)];
  const x = (value: number): number => {
    const share = (Math.log10(Math.min(p.most, Math.max(p.least, value))) - low) / (high - low);
    return LEFT + share * (WIDTH - LEFT - 20);
  };
  const decades = Array.from({ length: Math.floor(high) - Math.ceil(low) + 1 }, (_, i) => Math.ceil(low) + i);
  const floor = TOP + p.series.length * ROW;
  const text = (at: number, y: number, content: string, anchor = 'middle'): string =>
    `<text x="${at.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${escaped(content)}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" fill="#333">`,
    `<title>${escaped(p.title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="12" y="20" font-size="14" font-weight="bold">${escaped(p.title)}</text>`,
    ...decades.flatMap((decade) => [
      `<line x1="${x(10 ** decade).toFixed(1)}" x2="${x(10 ** decade).toFixed(1)}" y1="${TOP}" y2="${floor}" stroke="#ddd"/>`,
      text(x(10 ** decade), floor + 16, `1e${decade}`),
    ]),
    ...p.lines.flatMap(({ at, name }) => [
      `<line x1="${x(at).toFixed(1)}" x2="${x(at).toFixed(1)}" y1="${TOP - 6}" y2="${floor}" stroke="#c33" stroke-dasharray="4 3"/>`,
      `<text x="${(x(at) + 3).toFixed(1)}" y="${TOP - 8}" fill="#c33" text-anchor="middle">${escaped(name)}</text>`,
    ]),
    ...p.series.flatMap(({ name, values, colour }, row) => [
      text(LEFT - 10, TOP + row * ROW + 19, name, 'end'),
      ...values.map(
        (value, i) =>
          `<circle cx="${x(value).toFixed(1)}" cy="${(TOP + row * ROW + 10 + ((i * 7) % 11)).toFixed(1)}" r="2" fill="${colour}" fill-opacity="0.5"/>`,
      ),
    ]),
    text((WIDTH + LEFT) / 2, floor + 36, p.unit),
    '</svg>\n',
  ].join('\n');
};
