import { areaText, dotOf, LINE_HEIGHT, LINE_SIZE, TITLE_SIZE, widthOf } from './dot';
import { Labels, type Point, type Rectangle } from './labels';
import type { Arrow, Box, Picture } from './model';
import { COLOURS, SMALL, TEXT } from './palette';

/** What Graphviz says where things stand, in its format `json0`: points, from the lower left corner. */
interface Layout {
  readonly bb: string;
  readonly objects: readonly {
    readonly name: string;
    readonly pos?: string;
    readonly width?: string;
    readonly height?: string;
    readonly bb?: string;
  }[];
  readonly edges?: readonly { readonly id?: string; readonly pos: string }[];
}

const MARGIN = 20;
const FONT = 'Helvetica, Arial, sans-serif';
const WIDTHS = { traffic: 3.5, preview: 1.5, uses: 1.2 } as const;

/**
 * The picture as SVG. The same picture gives the same bytes.
 *
 * @param layout lays a graph in the language of Graphviz out, and gives its `json0`
 */
export function svgOf(picture: Picture, layout: (dot: string) => string): string {
  return new Drawing(picture, JSON.parse(layout(dotOf(picture))) as Layout).svg();
}

class Drawing {
  private readonly size: Point;
  private readonly labels: Labels;

  constructor(
    private readonly picture: Picture,
    private readonly layout: Layout,
  ) {
    const [, , width = 0, height = 0] = numbers(layout.bb);
    this.size = [width + 2 * MARGIN, height + 2 * MARGIN];
    this.labels = new Labels(
      [...picture.arrows.map((_, index) => this.line(index)), this.border()],
      picture.boxes.map(({ id }) => this.room(id)),
    );
  }

  svg(): string {
    const { title, description, boxes, arrows } = this.picture;
    const [width, height] = this.size.map(Math.ceil);
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title description" font-family="${FONT}" text-anchor="middle">`,
      `<title id="title">${escaped(title)}</title>`,
      `<desc id="description">${escaped(description)}</desc>`,
      `<rect x="0.5" y="0.5" width="${width! - 1}" height="${height! - 1}" rx="10" fill="#ffffff" stroke="#cbd5e1"/>`,
      this.namespace(),
      ...arrows.map((arrow, index) => this.arrow(arrow, index)),
      ...boxes.map((box) => this.box(box)),
      ...arrows.map((arrow, index) => this.label(arrow, index)),
      '</svg>',
    ]
      .filter((line) => line !== '')
      .join('\n')
      .concat('\n');
  }

  /** From the lower left corner to the upper left one. */
  private at([x = 0, y = 0]: readonly number[]): Point {
    return [x + MARGIN, this.size[1] - MARGIN - y];
  }

  /** The area of the namespace. */
  private area(): Rectangle {
    const [left = 0, bottom = 0, right = 0, top = 0] = numbers(
      this.layout.objects.find(({ name }) => name === 'cluster_namespace')!.bb!,
    );
    const [x, y] = this.at([left, top]);
    return { x, y, width: right - left, height: top - bottom };
  }

  private border(): Point[] {
    const { x, y, width, height } = this.area();
    const [right, bottom] = [x + width, y + height];
    return [[x, y], [right, y], [right, bottom], [x, bottom], [x, y]]; // prettier-ignore
  }

  private namespace(): string {
    const { x, y, width, height } = this.area();
    const text = areaText(this.picture);
    const inner = { x: x + 14, y: y + 9, width: width - 28, height: LINE_HEIGHT };
    const place = this.labels.along(inner, widthOf(text, LINE_SIZE), LINE_HEIGHT);
    return [
      `<rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" rx="10" fill="#f1f5f9" stroke="#94a3b8" stroke-dasharray="6 4"/>`,
      `<text x="${n(place.x)}" y="${n(place.y + 11)}" text-anchor="start" font-size="${LINE_SIZE}" fill="${SMALL}">${escaped(text)}</text>`,
    ].join('\n');
  }

  private room(id: string): Rectangle {
    const {
      pos = '',
      width = '',
      height = '',
    } = this.layout.objects.find(({ name }) => name === id)!;
    const [x, y] = this.at(numbers(pos));
    const [w, h] = [Number(width) * 72, Number(height) * 72];
    return { x: x - w / 2, y: y - h / 2, width: w, height: h };
  }

  private box({ id, title, lines, tone, idle }: Box): string {
    const { x: left, y: top, width, height } = this.room(id);
    const [x, y] = [left + width / 2, top + height / 2];
    const { fill, line } = COLOURS[tone];
    const strong = ['blue', 'green', 'pods'].includes(tone) && !idle;
    const first = y - (lines.length * LINE_HEIGHT) / 2 + 4;
    return [
      `<rect x="${n(left)}" y="${n(top)}" width="${n(width)}" height="${n(height)}" rx="8" fill="${fill}" stroke="${line}" stroke-width="${strong ? 2.5 : 1.2}"${idle ? ' stroke-dasharray="6 4"' : ''}/>`,
      `<text x="${n(x)}" y="${n(first)}" font-size="${TITLE_SIZE}" font-weight="bold" fill="${TEXT}">${escaped(title)}</text>`,
      ...lines.map(
        (text, index) =>
          `<text x="${n(x)}" y="${n(first + (index + 1) * LINE_HEIGHT)}" font-size="${LINE_SIZE}" fill="${SMALL}">${escaped(text)}</text>`,
      ),
    ].join('\n');
  }

  /** The curve of an arrow: a start, and three points for each of its pieces; and the tips at its ends. */
  private course(index: number): {
    readonly spline: readonly Point[];
    readonly tips: readonly { readonly of: Point; readonly tip: Point }[];
  } {
    const parts = this.layout.edges!.find(({ id }) => id === String(index))!.pos.split(' ');
    const spline = parts
      .filter((part) => !/^[se],/.test(part))
      .map((part) => this.at(numbers(part)));
    const ends = parts.filter((part) => /^[se],/.test(part));
    return {
      spline,
      tips: ends.map((part) => ({
        of: part.startsWith('s') ? spline[0]! : spline.at(-1)!,
        tip: this.at(numbers(part.slice(2))),
      })),
    };
  }

  private arrow({ kind, tone }: Arrow, index: number): string {
    const { spline, tips } = this.course(index);
    const colour = tone === undefined ? SMALL : COLOURS[tone].line;
    const [first, ...rest] = spline;
    return [
      `<path d="M${point(first!)}C${rest.map(point).join(' ')}" fill="none" stroke="${colour}" stroke-width="${WIDTHS[kind]}"${kind === 'preview' ? ' stroke-dasharray="6 4"' : ''}/>`,
      ...tips.map(({ of, tip }) => head(of, tip, kind === 'traffic' ? 6 : 4, colour)),
    ].join('\n');
  }

  private label({ label }: Arrow, index: number): string {
    if (label === undefined) return '';
    const { x, y, width } = this.labels.beside(
      this.line(index),
      widthOf(label, LINE_SIZE),
      LINE_SIZE,
    );
    return `<text x="${n(x + width / 2)}" y="${n(y + 9)}" font-size="${LINE_SIZE}" fill="${SMALL}">${escaped(label)}</text>`;
  }

  /** An arrow as points along it, from end to end. */
  private line(index: number): Point[] {
    const { spline, tips } = this.course(index);
    const points = spline
      .slice(0, -1)
      .flatMap((_, start) =>
        start % 3 === 0 ? STEPS.map((t) => onCurve(spline.slice(start, start + 4), t)) : [],
      );
    const before = tips.filter(({ of }) => of === spline[0]).map(({ tip }) => tip);
    const after = tips.filter(({ of }) => of !== spline[0]).map(({ tip }) => tip);
    return [...before, ...points, ...after];
  }
}

const STEPS = Array.from({ length: 21 }, (_, index) => index / 20);

/** A point of one piece, which is a cubic Bezier curve. */
function onCurve(piece: readonly Point[], t: number): Point {
  const weights = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t ** 3];
  const along = (axis: 0 | 1) =>
    piece.reduce((sum, one, index) => sum + one[axis] * weights[index]!, 0);
  return [along(0), along(1)];
}

/** The triangle from the end of a line to where it points. */
function head([x, y]: Point, [tipX, tipY]: Point, half: number, colour: string): string {
  const length = Math.hypot(tipX - x, tipY - y) || 1;
  const [sideX, sideY] = [((tipY - y) / length) * half, ((x - tipX) / length) * half];
  return `<path d="M${point([x + sideX, y + sideY])}L${point([tipX, tipY])}L${point([x - sideX, y - sideY])}Z" fill="${colour}"/>`;
}

function numbers(text: string): number[] {
  return text.split(',').map(Number);
}

function point([x, y]: Point): string {
  return `${n(x)},${n(y)}`;
}

/** A tenth of a pixel is enough. */
function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
