import type { Manifest } from '../../../lib/manifests';
import { canonicalText } from '../../rendering/canonical';
import { isMigration } from '../bundle';
import { type Finding, finding, type Rule } from '../rule';

const container = (job: Manifest) => job.spec?.template?.spec?.containers?.[0];

const sameApp = (one: Manifest, other: Manifest) =>
  one.metadata.namespace === other.metadata.namespace &&
  one.spec?.template?.metadata?.labels?.app === other.spec?.template?.metadata?.labels?.app;

/** A migration runs before anything of its release; it does what the migrations before it did. */
export const migrationChanged: Rule = {
  name: 'migration-changed',
  protects:
    'A migration runs the command that migrations ran before, once for each release that is staged.',
  refuse: ({ base, next }) =>
    next.ofKind('Job').flatMap((job): Finding[] => {
      if (!isMigration(job)) return [];
      const before = base
        .ofKind('Job')
        .filter(
          (one) => isMigration(one) && sameApp(one, job) && one.metadata.name !== job.metadata.name,
        );
      const runs = (one: Manifest) =>
        canonicalText([container(one)?.command, container(one)?.args, container(one)?.workingDir]);
      if (base.objects.some((one) => one === job)) return [];
      const same = base.get('Job', job.metadata.name);
      if (same && runs(same) === runs(job)) return [];
      return before.length === 0 || before.some((one) => runs(one) === runs(job))
        ? []
        : [
            finding(
              job,
              `it runs ${JSON.stringify(container(job)?.command)}, which no migration did before`,
              'keep the command of the migrations',
            ),
          ];
    }),
  permit: ({ object, change }, { next }) =>
    isMigration(object) &&
    (change === 'removed' ||
      (change === 'added' &&
        // Somebody must run the image that it migrates for.
        next
          .ofKind('Deployment')
          .some(
            ({ spec, metadata }) =>
              metadata.namespace === object.metadata.namespace &&
              spec?.template?.spec?.containers?.[0]?.image === container(object)?.image,
          ))),
};
