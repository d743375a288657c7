import { calledOf } from '../../../lib/kubernetes/identity';
import { secretMadeBy } from '../../../lib/kubernetes/reads';
import { type Finding, finding, type Rule } from '../rule';

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
