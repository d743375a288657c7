import { COMPOSE_FOLDER } from '../../environments/layout';
import { parseImage } from '../../lib/image';
import { judgeAll } from '../../ops/check';
import { faultsInEveryVersion } from '../../ops/check/schema';
import type { Refusal } from '../../ops/check/rule';
import type { ManifestFile, ManifestFiles } from '../../ops/rendering/files';
import { stepOf } from '../../ops/rendering/load';
import { ManifestParser } from '../../ops/rendering/parse';
import type { Tree } from './tree';

/** A text that several trees have is read once. */
const parser = new ManifestParser();

/**
 * What `seda check` refuses of the step from one tree to the next. Nothing is, where it returns none.
 *
 * @param earlier trees of commits before the base
 */
export function refusals(base: Tree, next: Tree, earlier: readonly Tree[] = []): Refusal[] {
  const [before, here] = [filesOf(base), filesOf(next)];
  const history = [before, ...earlier.map(filesOf)];
  const ran = (environment: string, image: string): boolean => {
    const { digest } = parseImage(image);
    return (
      digest !== undefined &&
      history.some((commit) =>
        (commit.get(environment) ?? []).some(({ text }) => text().includes(digest)),
      )
    );
  };
  try {
    const step = stepOf(before, here, ran, parser);
    return judgeAll(step, { schemaFaults: faultsInEveryVersion }).flatMap(
      (verdict) => verdict.refusals,
    );
  } catch (error) {
    // What cannot be read is no step.
    const { message } = error as Error;
    return [{ rule: 'unreadable', object: 'dist', reason: message, remedy: 'render it again' }];
  }
}

/** The files of a tree by environment, as the check finds them below dist/. */
function filesOf(tree: Tree): ManifestFiles {
  const found = new Map<string, ManifestFile[]>();
  for (const [path, text] of tree) {
    if (!/\.(ya?ml|json)$/.test(path)) continue;
    const [first = '', ...rest] = path.split('/');
    const name = rest.length > 0 ? first : first.replace(/\.[^.]+$/, '').replace(/\.k8s$/, '');
    if (name === COMPOSE_FOLDER) continue;
    const file = { path, at: `dist/${path}`, id: text, text: () => text };
    found.set(name, [...(found.get(name) ?? []), file]);
  }
  return found;
}
