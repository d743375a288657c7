/** A place of the picture, in pixels. */
export type Point = readonly [x: number, y: number];

/** The place that a text takes, or a box. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Pixels that a text keeps beside it from everything else, and half of them above and below; less where there is no such place.
 * The viewer's font may be wider than Arial, and lines have a width.
 */
const AIR = [8, 4, 2];
/** Pixels between two points of a line that are looked at; less than any text is high. */
const STEP = 2;
/** How far from its line a label may stand, in pixels. */
const DISTANCES = [7, 11, 16, 24];
/** Where along its line a label may stand: first the middle, then ever nearer to the ends. */
const PLACES = [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4].flatMap((off) => [
  0.5 - off,
  0.5 + off,
]);

/** Finds places for texts which no line goes through and no box covers. */
export class Labels {
  private readonly taken: Rectangle[];
  private readonly points: readonly Point[];

  constructor(lines: readonly (readonly Point[])[], boxes: readonly Rectangle[]) {
    this.taken = [...boxes];
    this.points = lines.flatMap(dense);
  }

  /** Beside a line; in the middle of it, where there is no place beside it. */
  beside(line: readonly Point[], width: number, height: number): Rectangle {
    const points = dense(line);
    const around = DISTANCES.flatMap((distance) =>
      PLACES.flatMap((place) => {
        const [x, y] = points[Math.round(place * (points.length - 1))]!;
        const [right, down] = [width / 2 + distance, height / 2 + distance];
        return [
          [x + right, y],
          [x - right, y],
          [x, y - down],
          [x, y + down],
        ].map(([cx, cy]) => ({ x: cx! - width / 2, y: cy! - height / 2, width, height }));
      }),
    );
    const [x, y] = points[Math.floor(points.length / 2)]!;
    return this.first(around, { x: x - width / 2, y: y - height / 2, width, height });
  }

  /** Along the upper edge of an area, as far left as there is a place. */
  along({ x, y, width: room }: Rectangle, width: number, height: number): Rectangle {
    const steps = Math.max(0, Math.floor((room - width) / STEP));
    const places = Array.from({ length: steps + 1 }, (_, step) => ({
      ...{ x: x + step * STEP, y, width, height },
    }));
    return this.first(places, { x, y, width, height });
  }

  private first(places: readonly Rectangle[], otherwise: Rectangle): Rectangle {
    const place =
      AIR.flatMap((air) => places.find((one) => this.isFree(one, air)) ?? [])[0] ?? otherwise;
    this.taken.push(place);
    return place;
  }

  private isFree({ x, y, width, height }: Rectangle, air: number): boolean {
    const [left, right] = [x - air, x + width + air];
    const [top, bottom] = [y - air / 2, y + height + air / 2];
    return (
      !this.points.some(([px, py]) => px > left && px < right && py > top && py < bottom) &&
      !this.taken.some(
        (one) =>
          one.x < right && left < one.x + one.width && one.y < bottom && top < one.y + one.height,
      )
    );
  }
}

/** The same line with a point every few pixels. */
function dense(line: readonly Point[]): Point[] {
  return line.flatMap(([x, y], index): Point[] => {
    const [fromX, fromY] = line[index - 1] ?? [x, y];
    const pieces = Math.max(1, Math.ceil(Math.hypot(x - fromX, y - fromY) / STEP));
    return Array.from({ length: index === 0 ? 1 : pieces }, (_, piece) => {
      const part = (piece + 1) / pieces;
      return [fromX + (x - fromX) * part, fromY + (y - fromY) * part];
    });
  });
}
