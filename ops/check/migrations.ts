import {
  EXPANDED_ANNOTATION,
  MIGRATION_ANNOTATION,
  RELEASE_ANNOTATION,
} from '../../lib/release-annotations';
import { appOf, type Rendering } from '../rendering/rendering';
import { type Refusal, refusal } from './refusal';

/** A contraction must not take away what older code that still runs may need. */
export function contractRefusals(base: Rendering, next: Rendering): Refusal[] {
  return next.ofKind('Job').flatMap((job) => {
    const { annotations = {}, name } = job.metadata;
    if (annotations[MIGRATION_ANNOTATION] !== 'contract' || base.get('Job', name)) return [];
    const expandedIn = Number(annotations[EXPANDED_ANNOTATION] ?? 0);
    return next
      .ofKind('Deployment')
      .filter(
        (deployment) =>
          appOf(deployment) === appOf(job) &&
          next.slot(deployment).pods > 0 &&
          Number(deployment.metadata.annotations?.[RELEASE_ANNOTATION] ?? Infinity) < expandedIn,
      )
      .map((deployment) => {
        const release = deployment.metadata.annotations?.[RELEASE_ANNOTATION];
        return refusal(
          'contract too early',
          job,
          `${deployment.metadata.name} runs release ${release}, older than release ${expandedIn}, which expanded the schema`,
          'promote the release that expanded, or a later one, first',
        );
      });
  });
}
