import { parseImage } from '../../lib/image';
import { COMPOSE_FOLDER } from '../../environments/layout';
import { judge } from '../../ops/check/judge';
import { ManifestParser } from '../../ops/rendering/parse';
import { Rendering } from '../../ops/rendering/rendering';
import type { Tree } from './tree';

/** Why a step must not be merged. */
export interface Refused {
  readonly rule: string;
  readonly object: string;
  readonly reason: string;
}

/**
 * What `seda check` refuses of the step from one tree to the next. Nothing is, where it returns none.
 *
 * @param earlier trees of commits before the base
 */
export function refusals(base: Tree, next: Tree, earlier: readonly Tree[] = []): Refused[] {
  const [before, here] = [folders(base), folders(next)];
  if (here.size === 0) return [refused('nothing rendered', 'dist', 'it has no manifests')];
  const former = formerNames(before, here);
  const history = [before, ...earlier.map(folders)];
  const ran = (environment: string, image: string): boolean => {
    const { digest } = parseImage(image);
    if (digest === undefined) return false;
    return history.some((commit) =>
      [...(commit.get(environment)?.values() ?? [])].some((text) => text.includes(digest)),
    );
  };
  return [...new Set([...before.keys(), ...here.keys()])]
    .filter((name) => ![...former.values()].includes(name))
    .sort()
    .flatMap((name) =>
      folderRefusals(name, before.get(former.get(name) ?? name), here.get(name), ran),
    );
}

const refused = (rule: string, object: string, reason: string): Refused => ({
  rule,
  object,
  reason,
});

type Files = ReadonlyMap<string, string>;

/** A text that several trees have is read once. */
const parser = new ManifestParser();

const parseRendering = (files: Files): Rendering =>
  parser.rendering(
    [...files].map(([path, text]) => ({ path, at: path, id: text, text: () => text })),
  );

function folderRefusals(
  name: string,
  base: Files | undefined,
  next: Files | undefined,
  ran: (environment: string, image: string) => boolean,
): readonly Refused[] {
  if (next === undefined)
    return [refused('environment removed', name, 'everything in its namespace would be pruned')];
  if (base !== undefined && same(base, next)) return [];
  try {
    return judge(
      name,
      base === undefined ? new Rendering([]) : parseRendering(base),
      parseRendering(next),
      { ran },
    ).refusals;
  } catch (error) {
    return [refused('unreadable', name, error instanceof Error ? error.message : String(error))];
  }
}

function folders(tree: Tree): Map<string, Files> {
  const found = new Map<string, Map<string, string>>();
  for (const [file, text] of tree) {
    if (!/\.(ya?ml|json)$/.test(file)) continue;
    const [first = '', ...rest] = file.split('/');
    const name = rest.length > 0 ? first : first.replace(/\.[^.]+$/, '').replace(/\.k8s$/, '');
    if (name === COMPOSE_FOLDER) continue;
    if (!found.has(name)) found.set(name, new Map());
    found.get(name)!.set(file, text);
  }
  return found;
}

/** A folder of another name is the same environment where the namespace is the same. */
function formerNames(
  before: ReadonlyMap<string, Files>,
  here: ReadonlyMap<string, Files>,
): Map<string, string> {
  const namespaceOf = (files: Files): string | undefined => {
    try {
      return parseRendering(files).namespace;
    } catch {
      return undefined;
    }
  };
  const gone = [...before].filter(([name]) => !here.has(name));
  if (gone.length === 0) return new Map();
  return new Map(
    [...here].flatMap(([name, files]) => {
      if (before.has(name)) return [];
      const namespace = namespaceOf(files);
      const found = gone.find(
        ([, old]) => namespace !== undefined && namespaceOf(old) === namespace,
      );
      return found ? [[name, found[0]] as const] : [];
    }),
  );
}

function same(base: Files, next: Files): boolean {
  return base.size === next.size && [...base].every(([file, text]) => next.get(file) === text);
}
