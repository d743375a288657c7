import { scalersOf } from '../../rendering/workloads';
import { coloursOf, colourSteps, isReal, wasServed } from '../bundle';
import { finding, type Rule } from '../rule';

/** The gate of a colour whose autoscaler acts after it would wait for ever. */
export const scaledColourNotStaged: Rule = {
  name: 'scaled-colour-not-staged',
  protects: 'A colour with an autoscaler is staged in a commit before the one that promotes it.',
  overridable: false,
  refuse: (step) =>
    colourSteps(step).flatMap(({ before, after, role }) =>
      role === 'begins' &&
      after !== undefined &&
      wasServed(step, before) &&
      !isReal(before) &&
      coloursOf(step.next).some(
        (workload) => workload.called === after.called && scalersOf(step.next, workload).length > 0,
      )
        ? [
            finding(
              after.object,
              'its autoscaler acts in the last wave, and its gate would wait for pods that nobody starts',
              'stage it in a commit of its own',
            ),
          ]
        : [],
    ),
};
