import type { Manifest } from '../../../lib/manifests';
import { MIGRATION_ANNOTATION } from '../../../lib/release-annotations';
import { canonicalText } from '../../rendering/canonical';
import type { Rendering } from '../../rendering/rendering';
import { containersOf } from '../../../lib/kubernetes/pods';
import { type Workload, workloadsOf } from '../../rendering/workloads';
import { isMigration } from '../bundle';
import { containerOf, isAlike, runOf } from '../job-spec';
import { type Finding, finding, type Rule, type Step } from '../rule';

const container = (job: Manifest) => containerOf(job)!;

/** A migration runs before anything of its release; it does what the migrations before it did. */
export const migrationChanged: Rule = {
  name: 'migration-changed',
  protects:
    'A migration runs the command that migrations ran before, on the database of its release, once for each image that gets pods.',
  refuse: (step) => [
    ...step.next.ofKind('Job').flatMap((job): Finding[] => {
      if (!isMigration(job)) return [];
      const isChanged = (object: Manifest) =>
        step.differences.some((difference) => difference.object === object);
      return [
        ...(isChanged(job)
          ? [...commandFindings(step, job), ...repetitionFindings(step, job)]
          : []),
        ...([job, ...runners(step.next, job).map(({ object }) => object)].some(isChanged)
          ? databaseFindings(step, job)
          : []),
      ];
    }),
    ...step.base.ofKind('Job').flatMap((job) => (isMigration(job) ? lossFindings(step, job) : [])),
  ],
  permit: ({ object, change }, step) =>
    isMigration(object) &&
    (change === 'removed' || (change === 'added' && starters(step, object).length > 0)),
};

function commandFindings({ base }: Step, job: Manifest): Finding[] {
  const former = base
    .ofKind('Job')
    .filter((one) => isMigration(one) && one.metadata.namespace === job.metadata.namespace);
  const before = former.filter((one) => isAlike(one, job));
  const seconds = ({ spec }: Manifest) => Number(spec?.activeDeadlineSeconds ?? Infinity);
  const isAsBefore = before.some(
    (one) =>
      runOf(one) === runOf(job) &&
      seconds(job) >= seconds(one) &&
      Number.isFinite(seconds(job)) === Number.isFinite(seconds(one)),
  );
  const kind = job.metadata.annotations?.[MIGRATION_ANNOTATION] ?? '';
  const isSaid =
    ['expand', 'contract'].includes(kind) ||
    former.every(({ metadata }) => metadata.annotations?.[MIGRATION_ANNOTATION] === undefined);
  return [
    ...(former.length === 0 || isAsBefore
      ? []
      : [
          finding(
            job,
            before.length === 0
              ? 'its pods have other labels than those of the migrations before it, by which policies and budgets know them'
              : `it runs ${JSON.stringify(container(job).command)} in another way than the migrations before it`,
            'keep the command of the migrations, their labels, and how often and how long they may run',
          ),
        ]),
    ...(isSaid
      ? []
      : [
          finding(
            job,
            `${MIGRATION_ANNOTATION} is ${JSON.stringify(kind)}, expected expand or contract: the next contraction depends on it`,
            'render it from the record: seda synth',
          ),
        ]),
  ];
}

/** A Job of another name is another Job: it runs, whatever another one has done. */
function repetitionFindings({ base }: Step, job: Manifest): Finding[] {
  const alike = base
    .ofKind('Job')
    .find(
      (one) =>
        one.metadata.namespace === job.metadata.namespace &&
        one.metadata.name !== job.metadata.name &&
        canonicalText(one.spec) === canonicalText(job.spec),
    );
  return alike === undefined
    ? []
    : [
        finding(
          job,
          `it is Job/${alike.metadata.name} under another name, and would run again`,
          'keep the name: seda synth',
        ),
      ];
}

/** As long as pods of its image are there, its record says that they need the schema which it made. */
function lossFindings({ base, next }: Step, job: Manifest): Finding[] {
  const { image } = container(job);
  const isKept = next
    .ofKind('Job')
    .some((one) => isMigration(one) && containerOf(one)?.image === image);
  const [were, are] = [base, next].map((rendering) =>
    runners(rendering, job).filter(({ pods }) => pods > 0),
  ) as [Workload[], Workload[]];
  // A colour that is retired takes its migration along, and another one of the same image may be without.
  const isRetired = were.some(({ called }) => !are.some((one) => one.called === called));
  return isKept || isRetired || are.length === 0
    ? []
    : [
        finding(
          job,
          `it is gone, and pods of ${image} are still there: who takes that image over would not migrate`,
          'keep the migration of the release as it was recorded',
        ),
      ];
}

/** Everything that it is given, the pods of its image are given as well. */
function databaseFindings({ next }: Step, job: Manifest): Finding[] {
  const pods = runners(next, job);
  if (pods.length === 0) return [];
  const given = new Set(
    pods
      .flatMap(({ pod }) => containersOf(pod))
      .flatMap(({ env = [], envFrom = [] }) => [...env, ...envFrom])
      .map(canonicalText),
  );
  const { env = [], envFrom = [] } = container(job);
  const other = [...env, ...envFrom].filter((entry) => !given.has(canonicalText(entry)));
  const names = other.map((entry) => ('name' in entry ? entry.name : canonicalText(entry)));
  return names.length === 0
    ? []
    : [
        finding(
          job,
          `it is given ${names.join(', ')} otherwise than the pods that it migrates for`,
          'render both from one record',
        ),
      ];
}

/** The pods of the image of a migration. */
function runners(rendering: Rendering, job: Manifest): Workload[] {
  return workloadsOf(rendering).filter(
    ({ object, pod, namespace }) =>
      object.kind !== 'Job' &&
      namespace === job.metadata.namespace &&
      pod.containers?.[0]?.image === container(job).image,
  );
}

/** Those of them that the step starts; for others a migration comes too late, or once too often. */
function starters({ base, next }: Step, job: Manifest): Workload[] {
  return runners(next, job).filter(({ object, pods }) => {
    const before = base.get(object.kind, object.metadata.name);
    return (
      pods > 0 &&
      (before === undefined ||
        (before.kind === 'Deployment' && base.slot(before).pods === 0) ||
        canonicalText(before.spec?.template) !== canonicalText(object.spec?.template))
    );
  });
}
