import { makersOf, readsOf } from '../../rendering/reads';
import { CONTENT_HASH } from '../../rendering/rendering';
import { workloadsOf } from '../../rendering/workloads';
import { finding, type Rule } from '../rule';

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
