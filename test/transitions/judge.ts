import { judge } from '../../ops/check/transition';
import { ManifestParser } from '../../ops/rendering/parse';
import { Rendering } from '../../ops/rendering/rendering';
import type { Tree } from './tree';

/** Why a step must not be merged. */
export interface Refused {
  readonly rule: string;
  readonly object: string;
  readonly reason: string;
}

/** Folders that today's check takes for no environment. */
const RESERVED = ['argocd', 'compose'];

/** What `seda check` refuses of the step from one tree to the next. Nothing is, where it returns none. */
export function refusals(base: Tree, next: Tree): Refused[] {
  const [before, here] = [folders(base), folders(next)];
  if (here.size === 0) return [refused('nothing rendered', 'dist', 'it has no manifests')];
  const names = [...new Set([...before.keys(), ...here.keys()])].sort();
  return names.flatMap((name) => folderRefusals(name, before.get(name), here.get(name)));
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
): readonly Refused[] {
  if (next === undefined)
    return [refused('environment removed', name, 'everything in its namespace would be pruned')];
  if (base !== undefined && same(base, next)) return [];
  try {
    const isNew = base === undefined;
    return judge(
      name,
      base === undefined ? new Rendering([]) : parseRendering(base),
      parseRendering(next),
      { allowInPlace: isNew, oneCommit: isNew },
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
    if (RESERVED.includes(name)) continue;
    if (!found.has(name)) found.set(name, new Map());
    found.get(name)!.set(file, text);
  }
  return found;
}

function same(base: Files, next: Files): boolean {
  return base.size === next.size && [...base].every(([file, text]) => next.get(file) === text);
}
