import type { Manifest } from '../../lib/manifests';
import { canonical } from './canonical';
import type { Rendering } from './rendering';

/** One thing that is other in the next rendering: an object that came or went, or a field of one that stayed. */
export interface Difference {
  readonly change: 'added' | 'removed' | 'changed';
  /** The object in the next rendering; of one that is gone, in the base. */
  readonly object: Manifest;
  /** Keys and indexes of the field; none where the object came or went. */
  readonly path: readonly string[];
  /** Absent where there was no such field. */
  readonly before?: unknown;
  readonly after?: unknown;
}

/** A field for messages, e.g. `spec.template.spec.containers[0].image`. */
export function fieldOf({ path }: Difference): string {
  return path
    .map((key, index) =>
      /^\d+$/.test(key)
        ? `[${key}]`
        : /[./]/.test(key)
          ? `["${key}"]`
          : index === 0
            ? key
            : `.${key}`,
    )
    .join('');
}

/** All in which two renderings differ, as Kubernetes sees it: what it would not act on is no difference. */
export function differencesOf(base: Rendering, next: Rendering): Difference[] {
  return [
    ...next.objects.flatMap((object): Difference[] => {
      const old = base.sameAs(object);
      if (old === undefined) return [{ change: 'added', object, path: [], after: object }];
      return old === object
        ? []
        : changesIn(canonical(old), canonical(object), []).map((change) => ({
            ...change,
            change: 'changed',
            object,
          }));
    }),
    ...base.objects.flatMap((object): Difference[] =>
      next.sameAs(object) ? [] : [{ change: 'removed', object, path: [], before: object }],
    ),
  ];
}

type Change = Pick<Difference, 'path' | 'before' | 'after'>;

/** A list of another length is one change: by their index its entries cannot be told apart. */
function changesIn(before: unknown, after: unknown, path: readonly string[]): Change[] {
  if (Object.is(before, after)) return [];
  const isMap = ['labels', 'annotations'].includes(path.at(-1) ?? '');
  const [one, other] = [before, after].map((value) =>
    entriesOf(value === undefined && isMap ? {} : value),
  );
  const comparable =
    one !== undefined &&
    other !== undefined &&
    Array.isArray(before) === Array.isArray(after) &&
    (!Array.isArray(before) || one.size === other.size);
  if (!comparable) return [{ path, before, after }];
  return [...new Set([...one.keys(), ...other.keys()])].flatMap((key) =>
    changesIn(one.get(key), other.get(key), [...path, key]),
  );
}

function entriesOf(value: unknown): Map<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : undefined;
}
