import { calledOf } from '../../rendering/identity';
import { makersOf, readsOf, secretMadeBy } from '../../rendering/reads';
import { CONTENT_HASH } from '../../rendering/rendering';
import { workloadsOf } from '../../rendering/workloads';
import { type Finding, finding, type Rule } from '../rule';

/** What pods read must be there as long as they run. */
export const referenceMissing: Rule = {
  name: 'reference-missing',
  protects: 'Whatever pods read is rendered beside them, as long as they have pods.',
  refuse: ({ base, next }) =>
    workloadsOf(next)
      .filter(({ pods }) => pods > 0)
      .flatMap(({ object, pod, namespace, called }) =>
        readsOf(pod)
          .filter(({ optional, ...read }) => {
            if (makersOf(next, read, namespace).length > 0) return false;
            const had = makersOf(base, read, namespace).length > 0;
            // What neither rendering ever had is made by somebody else, except what has a hash of its content.
            return had || (!optional && CONTENT_HASH.test(read.name));
          })
          .map(({ kind, name }) =>
            finding(
              object,
              `its pods read the ${kind} ${name}, which is gone`,
              `keep it as long as ${called} has pods`,
            ),
          ),
      ),
};

/** A Secret has one object that it is made of. */
export const severalMakers: Rule = {
  name: 'several-makers',
  protects:
    'One object makes a Secret, and one autoscaler governs a Deployment, so that nothing writes over it.',
  refuse: ({ next }) => {
    const makers = new Map<string, string[]>();
    for (const object of next.objects) {
      const name = object.kind === 'Secret' ? object.metadata.name : secretMadeBy(object);
      const target = object.spec?.scaleTargetRef;
      const key =
        name === undefined
          ? target && `${target.kind} ${object.metadata.namespace}/${target.name}`
          : `Secret ${object.metadata.namespace}/${name}`;
      if (key) makers.set(key, [...(makers.get(key) ?? []), calledOf(object)]);
    }
    return [...makers].flatMap(([key, objects]): Finding[] =>
      objects.length < 2
        ? []
        : [
            finding(
              objects.at(-1)!,
              `it writes the ${key.replace(/ \S*\//, ' ')}, which ${objects[0]} writes as well`,
              'let one object write it',
            ),
          ],
    );
  },
};
