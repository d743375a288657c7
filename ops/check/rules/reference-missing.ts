import { secretsOf } from '../../secrets/uses';
import { containersOf, listOf } from '../../../lib/kubernetes/pods';
import { readsOf } from '../../../lib/kubernetes/reads';
import { makersOf } from '../../rendering/reads';
import { CONTENT_HASH } from '../../rendering/rendering';
import type { Rendering } from '../../rendering/rendering';
import { sameIn, type Workload, workloadsOf } from '../../rendering/workloads';
import { finding, type Rule, type Step } from '../rule';

/** What pods read must be there as long as they run. */
export const referenceMissing: Rule = {
  name: 'reference-missing',
  protects: 'Whatever pods read is rendered beside them, as long as they have pods.',
  refuse: (step) => {
    const { base, next } = step;
    return workloadsOf(next)
      .filter(({ pods }) => pods > 0)
      .flatMap((workload) => {
        const { object, pod, namespace, called } = workload;
        const before = sameIn(base, workload);
        const known = new Set(
          readsOf(before?.pod ?? pod).map(({ kind, name }) => `${kind} ${name}`),
        );
        return readsOf(pod)
          .filter(({ optional, ...read }) => {
            if (makersOf(next, read, namespace).length > 0) return false;
            const had = makersOf(base, read, namespace).length > 0;
            // What pods read already and neither rendering has is made by somebody else, except what has a hash of its content.
            // Secrets that a setting names are often made by people; nobody makes other objects beside what is rendered.
            const isNew = read.kind !== 'Secret' && !known.has(`${read.kind} ${read.name}`);
            return had || (!optional && (isNew || CONTENT_HASH.test(read.name)));
          })
          .map(({ kind, name }) => `the ${kind} ${name}, which is not rendered`)
          .concat(missingKeys(next, { pod, namespace }))
          .concat(before === undefined ? [] : secretsMoved(step, before, workload))
          .map((what) =>
            finding(object, `its pods read ${what}`, `keep it as long as ${called} has pods`),
          );
      });
  },
};

/** Variables whose Secret was rendered, and that read one now which nothing here makes. */
function secretsMoved({ base, next }: Step, before: Workload, after: Workload): string[] {
  const secrets = ({ pod }: Workload) =>
    new Map(
      containersOf(pod).flatMap(({ name, env }) =>
        listOf(env).flatMap((variable): [string, string][] => {
          const secret = variable.valueFrom?.secretKeyRef?.name;
          return secret === undefined ? [] : [[`${variable.name} of ${name}`, secret]];
        }),
      ),
    );
  const isMade = (rendering: Rendering, secret: string) =>
    makersOf(rendering, { kind: 'Secret', name: secret }, after.namespace).length > 0;
  const was = secrets(before);
  return [...secrets(after)].flatMap(([variable, secret]) => {
    const former = was.get(variable);
    return former !== undefined &&
      former !== secret &&
      isMade(base, former) &&
      !isMade(base, secret) &&
      !isMade(next, secret)
      ? [`${variable} from the Secret ${secret}, which nothing brings`]
      : [];
  });
}

/** Keys that pods name and that what is rendered does not bring. */
function missingKeys(
  rendering: Rendering,
  { pod, namespace }: Pick<Workload, 'pod' | 'namespace'>,
): string[] {
  return secretsOf(pod).flatMap(({ name: secret, keys }) => {
    const [maker] = makersOf(rendering, { kind: 'Secret', name: secret }, namespace);
    if (maker?.kind !== 'ExternalSecret' || maker.spec?.dataFrom !== undefined) return [];
    const made = ((maker.spec?.data ?? []) as { secretKey: string }[]).map(
      ({ secretKey }) => secretKey,
    );
    return keys
      .filter((key) => !made.includes(key))
      .map((key) => `the key ${key} of the Secret ${secret}, which nothing brings`);
  });
}
