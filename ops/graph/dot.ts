import type { Arrow, Box, Picture } from './model';

/** Points; also the pixels of the picture. */
export const TITLE_SIZE = 13;
export const LINE_SIZE = 11;
export const LINE_HEIGHT = 15;
const PADDING = { x: 10, y: 9 };
const INCH = 72;

/** Widths of letters in Arial, in thousandths of their size, wherever they are far from those of a small letter. */
const NARROW = /[ijlft.,:;'|!/\\()[\]{} I-]/;
const WIDE = /[mwMW@%]/;
const CAPITAL = /[A-Z&]/;

/** Width of a text; a little more than Arial needs, because the viewer's font may be another one. */
export function widthOf(text: string, size: number): number {
  const thousandths = [...text].reduce(
    (sum, letter) =>
      sum +
      (NARROW.test(letter) ? 340 : WIDE.test(letter) ? 880 : CAPITAL.test(letter) ? 720 : 580),
    0,
  );
  return (thousandths * size) / 1000;
}

/** What a box needs for its texts. */
function sizeOf({ title, lines }: Box): { width: number; height: number } {
  const width = Math.max(
    widthOf(title, TITLE_SIZE) * 1.06,
    ...lines.map((line) => widthOf(line, LINE_SIZE)),
  );
  return {
    width: Math.ceil(width) + 2 * PADDING.x,
    height: (lines.length + 1) * LINE_HEIGHT + 2 * PADDING.y,
  };
}

/** What is written into the area of the namespace. */
export function areaText({ namespace }: Picture): string {
  return `namespace ${namespace}`;
}

/** The picture as Graphviz lays it out: boxes of known size, from the users at the top to what is outside at the bottom. */
export function dotOf(picture: Picture): string {
  const { boxes, arrows } = picture;
  const areaWidth = Math.ceil(widthOf(areaText(picture), LINE_SIZE)) + 2 * PADDING.x;
  const inside = boxes.filter((box) => box.inside);
  const colours = boxes
    .filter(({ tone }) => tone === 'blue' || tone === 'green')
    .sort((a, b) => (a.tone < b.tone ? -1 : 1));
  const leading = colours.flatMap(({ id }) =>
    arrows.filter(({ to, kind }) => to === id && kind !== 'uses').map(({ from }) => from),
  );
  const isInside = (id: string) => inside.some((box) => box.id === id);
  // What the pods talk to stands below all that is inside, and not in a long row beside it.
  const deep = new Set(
    arrows
      .filter(({ from, to, kind }) => kind === 'uses' && isInside(from) && isInside(to))
      .map(({ from }) => from),
  );
  const depth = (arrow: Arrow) => (deep.has(ends(arrow)[0]) && !isInside(ends(arrow)[1]) ? 2 : 1);
  return [
    'digraph {',
    '  graph [rankdir=TB, newrank=true, nodesep=0.22, ranksep=0.55];',
    '  node [shape=box, fixedsize=true, label=""];',
    '  edge [arrowsize=0.8];',
    '  subgraph cluster_namespace {',
    // Twice as wide as its text: an arrow from outside goes through, often in the middle, and the text stands beside it.
    `    graph [margin=18, label=<<table border="0" fixedsize="true" width="${2 * areaWidth}" height="${LINE_HEIGHT}"><tr><td></td></tr></table>>];`,
    ...inside.map((box) => `    ${node(box)}`),
    // Blue stands left of green, whichever serves: what moves is the traffic.
    ...[leading, colours.map(({ id }) => id)].flatMap(sideBySide),
    '  }',
    ...boxes.filter((box) => !box.inside).map((box) => `  ${node(box)}`),
    ...arrows.map((arrow, index) => `  ${edge(arrow, index, depth(arrow))}`),
    '}',
    '',
  ].join('\n');
}

function node(box: Box): string {
  const { width, height } = sizeOf(box);
  return `${quoted(box.id)} [width=${(width / INCH).toFixed(4)}, height=${(height / INCH).toFixed(4)}];`;
}

/** The upper end of an arrow and the lower one. */
function ends({ from, to, upwards }: Arrow): [string, string] {
  return upwards ? [to, from] : [from, to];
}

function edge(arrow: Arrow, index: number, ranks: number): string {
  return `${ends(arrow).map(quoted).join(' -> ')} [id=${index}, minlen=${ranks}${arrow.upwards ? ', dir=back' : ''}];`;
}

function sideBySide(ids: readonly string[]): string[] {
  return ids.length < 2
    ? []
    : [`    { rank=same; ${ids.map(quoted).join(' -> ')} [style=invis]; }`];
}

/** A text of DOT. A backslash would begin one of its escapes. */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
