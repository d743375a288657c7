/** What a box stands for, which gives it its colour. */
export type Tone = 'blue' | 'green' | 'pods' | 'outside' | 'route' | 'secret' | 'monitoring';

/** One box of the picture. */
export interface Box {
  /** Kind and name, unique in the picture and readable: "Deployment/seda-api-blue". */
  readonly id: string;
  readonly title: string;
  /** Small print, one line each. */
  readonly lines: readonly string[];
  readonly tone: Tone;
  /** In the environment's namespace, and not beside it. */
  readonly inside: boolean;
  /** It serves nobody now. */
  readonly idle?: boolean;
}

/** One arrow of the picture. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
  /** The way of the users' requests, the same of the colour that serves nobody, or anything else. */
  readonly kind: 'traffic' | 'preview' | 'uses';
  /** The colour whose arrow it is. */
  readonly tone?: Tone;
  /** The arrow points up: what it starts from stands below what it leads to. */
  readonly upwards?: boolean;
}

/** An environment as a person would draw it. */
export interface Picture {
  readonly title: string;
  /** For those who cannot see it. */
  readonly description: string;
  readonly namespace: string;
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
}

/** A part of a diagram. */
export interface Part {
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
}

/** The first of each id. */
export function unique<T extends { readonly id: string }>(items: readonly T[]): T[] {
  return items.filter(({ id }, index) => items.findIndex((item) => item.id === id) === index);
}
