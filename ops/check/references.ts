import { CONTENT_HASH, referencesOf, type Rendering } from '../rendering/rendering';
import { type Refusal, refusal } from './refusal';

/** What pods read must be there as long as they run. */
export function referenceRefusals(base: Rendering, next: Rendering): Refusal[] {
  const has = ({ kind, name }: { kind: string; name: string }, rendering: Rendering) =>
    rendering.get(kind, name) !== undefined ||
    (kind === 'Secret' && rendering.get('ExternalSecret', name) !== undefined);
  return next
    .ofKind('Deployment')
    .filter((deployment) => next.slot(deployment).pods > 0)
    .flatMap((deployment) =>
      referencesOf(deployment)
        // What neither rendering ever had is made by somebody else, except what has a hash of its content.
        .filter(
          (reference) =>
            !has(reference, next) && (CONTENT_HASH.test(reference.name) || has(reference, base)),
        )
        .map(({ kind, name }) =>
          refusal(
            'missing reference',
            deployment,
            `its pods read the ${kind} ${name}, which is gone`,
            `keep it as long as ${deployment.metadata.name} has pods`,
          ),
        ),
    );
}
