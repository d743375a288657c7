import type { Manifest } from '../../../lib/manifests';
import {
  EXPANDED_ANNOTATION,
  MIGRATION_ANNOTATION,
  RELEASE_ANNOTATION,
  ROLLED_BACK_ANNOTATION,
} from '../../../lib/release-annotations';
import { appOf, type Rendering } from '../../rendering/rendering';
import { isMigration, migrationsOf } from '../bundle';
import { containerOf } from '../job-spec';
import { type Finding, finding, type Rule, type Step } from '../rule';
import { workloadOf } from '../../rendering/workloads';

const kindOf = ({ metadata }: Manifest) => metadata.annotations?.[MIGRATION_ANNOTATION];
const releaseOf = ({ metadata }: Manifest) =>
  Number(metadata.annotations?.[RELEASE_ANNOTATION] ?? Infinity);
const imageOf = (object: Manifest) => containerOf(object)?.image;

/** A contraction must not take away what older code that still runs may need. */
export const contractionTooEarly: Rule = {
  name: 'contraction-too-early',
  protects:
    'A migration that takes something away comes after every release that needs it has lost its pods, and the number of the release that expanded is never forgotten.',
  // That the record forgets the release is looked for in the record (../records.ts): no object says it before a contraction.
  refuse: (step) => step.next.ofKind('Job').flatMap((job) => contractionFindings(step, job)),
  permit: ({ path, before, after }) =>
    path[1] === 'annotations' &&
    path[2] === EXPANDED_ANNOTATION &&
    Number(after) >= Number(before ?? 0),
};

function contractionFindings({ base, next }: Step, job: Manifest): Finding[] {
  const same = base.get('Job', job.metadata.name);
  if (!isMigration(job) || kindOf(job) !== 'contract' || (same && kindOf(same) === 'contract'))
    return [];
  const apis = (rendering: Rendering) =>
    rendering
      .ofKind('Deployment')
      .filter(
        (deployment) => appOf(deployment) === appOf(job) && rendering.slot(deployment).pods > 0,
      );
  const rolledBack = apis(base).filter(
    ({ metadata }) => metadata.annotations?.[ROLLED_BACK_ANNOTATION] !== undefined,
  );
  const both = next
    .ofKind('Job')
    .some((one) => isMigration(one) && kindOf(one) === 'expand' && imageOf(one) === imageOf(job));
  const expandedIn = Math.max(
    Number(job.metadata.annotations?.[EXPANDED_ANNOTATION] ?? 0),
    ...[base, next].flatMap((rendering) =>
      apis(rendering).flatMap((deployment) =>
        migrationsOf(rendering, workloadOf(rendering, deployment))
          .filter((migration) => kindOf(migration) === 'expand')
          .map(() => releaseOf(deployment))
          .filter(Number.isFinite),
      ),
    ),
  );
  const older = apis(next).filter(
    (deployment) => releaseOf(deployment) < expandedIn && imageOf(deployment) !== imageOf(job),
  );
  return [
    ...older.map((deployment) =>
      finding(
        job,
        `${deployment.metadata.name} runs release ${releaseOf(deployment)}, older than release ${expandedIn}, which expanded the schema`,
        'promote the release that expanded, or a later one, first',
      ),
    ),
    ...rolledBack.map(({ metadata }) =>
      finding(
        job,
        `${metadata.name} was rolled back, and runs code that may need what this takes away`,
        'stage a newer release without a migration first',
      ),
    ),
    ...(both
      ? [
          finding(
            job,
            'another migration of the same image expands, so that older pods still run when this takes something away',
            'contract in a release of its own',
          ),
        ]
      : []),
  ];
}
