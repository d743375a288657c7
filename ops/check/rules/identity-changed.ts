import { WAVE_ANNOTATION } from '../../../lib/wave-plan';
import type { Difference } from '../../rendering/differences';
import { finding, type Rule } from '../rule';
import { isDescriptive } from '../descriptive';

/** The namespace and the identity of the pods. */
export const identityChanged: Rule = {
  name: 'identity-changed',
  protects:
    'The Namespace keeps its labels, above all those of Pod Security, or makes them stricter; a ServiceAccount keeps the identity that its annotations give it.',
  refuse: ({ differences }) =>
    differences
      .filter((difference) => isIdentity(difference) && !isStricter(difference))
      .map(({ object, path, before, after }) =>
        finding(
          object,
          `${path.slice(1).join(' ')} changes from ${JSON.stringify(before) ?? 'nothing'} to ${JSON.stringify(after) ?? 'nothing'}`,
          'keep it, or allow it after somebody has looked at it',
        ),
      ),
  permit: (difference) => isIdentity(difference) && isStricter(difference),
};

function isIdentity({ object, path, change }: Difference): boolean {
  return (
    change === 'changed' &&
    ((object.kind === 'Namespace' && path[0] === 'metadata') ||
      (object.kind === 'ServiceAccount' && path[1] !== 'labels')) &&
    path[2] !== WAVE_ANNOTATION
  );
}

const LEVELS = ['privileged', 'baseline', 'restricted'];

/** The second number of a version such as v1.36. */
function minor(version: unknown): number {
  const text = String(version ?? 'v1.0');
  return text === 'latest' ? Infinity : Number(/^v1\.(\d+)$/.exec(text)?.[1] ?? -1);
}

function isStricter({ object, path, before, after }: Difference): boolean {
  if (object.kind === 'ServiceAccount')
    return (
      (path[0] === 'automountServiceAccountToken' && after === false) ||
      // Others give pods an identity in a cloud, and with it rights that nobody sees here.
      (path[1] === 'annotations' && before === undefined && isDescriptive(path[2] ?? ''))
    );
  const key = path[2] ?? '';
  if (/^pod-security\.kubernetes\.io\/(enforce|audit|warn)$/.test(key))
    return LEVELS.indexOf(String(after)) >= LEVELS.indexOf(String(before));
  if (/^pod-security\.kubernetes\.io\/\w+-version$/.test(key))
    return after !== undefined && minor(after) >= minor(before);
  return (
    isDescriptive(key) &&
    !/^(name|instance|app)|inject|mesh|istio|linkerd/.test(key) &&
    before === undefined
  );
}
