import type { Manifest } from '../../../lib/manifests';
import { calledOf } from '../../../lib/kubernetes/identity';
import { seconds } from '../duration';
import { type Finding, finding, type Rule, type Step } from '../rule';

/** Credentials of one environment stay in it, and are held once. */
export const secretFromElsewhere: Rule = {
  name: 'secret-from-elsewhere',
  protects:
    'A Secret takes its values from the store and the path from which those of its environment came, at least once a day, and copies none that another one holds.',
  refuse: (step) => [...foreignSecrets(step), ...unreadSecrets(step)],
};

/** Values that are not read again do not follow a rotation; read all the time they meet the limits of the store. */
function unreadSecrets({ base, next, differences }: Step): Finding[] {
  const touched = new Set(differences.map(({ object }) => object));
  return next
    .ofKind('ExternalSecret')
    .filter((object) => touched.has(object))
    .flatMap((object): Finding[] => {
      const interval = object.spec?.refreshInterval ?? '1h';
      if (base.sameAs(object)?.spec?.refreshInterval === interval) return [];
      const read = seconds(String(interval));
      return read >= 60 && read <= 86_400
        ? []
        : [
            finding(
              object,
              `its values are read every ${interval}, expected a time from 1m to 24h`,
              'leave refreshInterval out for an hour, or allow it',
            ),
          ];
    });
}

/** A Secret comes from where those of its environment came from: the store, and the first two names of the path. */
function foreignSecrets({ base, next, differences }: Step): Finding[] {
  const sources = (object: Manifest): string[] =>
    [...(object.spec?.data ?? []), ...(object.spec?.dataFrom ?? [])].map(
      (entry: { remoteRef?: { key?: string }; extract?: { key?: string } }) => {
        const path = entry.remoteRef?.key ?? entry.extract?.key ?? '';
        const { kind = 'SecretStore', name = '' } = object.spec?.secretStoreRef ?? {};
        return `${kind} ${name}: ${path.split('/').slice(0, 2).join('/')}`;
      },
    );
  const known = new Set(base.ofKind('ExternalSecret').flatMap(sources));
  if (known.size === 0) return [];
  const keysOf = (object: Manifest) =>
    ((object.spec?.data ?? []) as { remoteRef?: { key?: string } }[]).map(
      ({ remoteRef }) => remoteRef?.key,
    );
  const copied = differences
    .filter(({ change, object }) => change === 'added' && object.kind === 'ExternalSecret')
    .flatMap(({ object }) =>
      base
        .ofKind('ExternalSecret')
        .filter((one) => keysOf(one).some((key) => keysOf(object).includes(key)))
        .slice(0, 1)
        .map((one) =>
          finding(
            object,
            `it copies values of ${calledOf(one)} for other pods`,
            'let one object hold them, or allow it',
          ),
        ),
    );
  const changed = new Set(differences.map(({ object }) => object));
  const foreign = next
    .ofKind('ExternalSecret')
    .filter((object) => changed.has(object))
    .flatMap((object) =>
      [...new Set(sources(object))]
        .filter((source) => !known.has(source))
        .map((source) =>
          finding(
            object,
            `it takes values of ${source}, from which no Secret of this environment came`,
            'take them from the path of the environment, or allow it',
          ),
        ),
    );
  return [...copied, ...foreign];
}
