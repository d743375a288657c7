import {
  EXPANDED_ANNOTATION,
  MIGRATION_ANNOTATION,
  RELEASE_ANNOTATION,
} from '../../../lib/release-annotations';
import { appOf } from '../../rendering/rendering';
import { type Finding, finding, type Rule } from '../rule';

/** A contraction must not take away what older code that still runs may need. */
export const contractionTooEarly: Rule = {
  name: 'contraction-too-early',
  protects:
    'A migration that takes something away comes after every release that needs it has lost its pods, and the number of the release that expanded is never forgotten.',
  refuse: ({ base, next }) => [
    ...next.ofKind('Job').flatMap((job): Finding[] => {
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
          return finding(
            job,
            `${deployment.metadata.name} runs release ${release}, older than release ${expandedIn}, which expanded the schema`,
            'promote the release that expanded, or a later one, first',
          );
        });
    }),
    ...next.ofKind('Service').flatMap((service): Finding[] => {
      const [was, is] = [base.get('Service', service.metadata.name), service].map((one) =>
        Number(one?.metadata.annotations?.[EXPANDED_ANNOTATION] ?? 0),
      ) as [number, number];
      return is >= was
        ? []
        : [
            finding(
              service,
              `release ${was} expanded the schema last, and it would say ${is === 0 ? 'nothing of it' : is}`,
              'keep expandedIn in the record: it guards the next contraction',
            ),
          ];
    }),
  ],
  permit: ({ object, path }) =>
    object.kind === 'Service' && path[1] === 'annotations' && path[2] === EXPANDED_ANNOTATION,
};
