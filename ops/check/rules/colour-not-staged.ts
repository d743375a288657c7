import { colourSteps, isReal, isRecorded, wasServed } from '../bundle';
import { finding, type Rule } from '../rule';
import { changesOf } from './serving-colour-changed';

/** Traffic moves only to pods that were there before. */
export const colourNotStaged: Rule = {
  name: 'colour-not-staged',
  protects:
    'Traffic moves only to a colour that had its pods in the commit before, unchanged, so that its gate has proved them.',
  refuse: (step) =>
    colourSteps(step).flatMap(({ before, after, role }) => {
      if (role !== 'begins' || after === undefined || !wasServed(step, before)) return [];
      if (isReal(before))
        return changesOf(step.base, step.next, { before, after }).map(({ object, what }) =>
          finding(
            object,
            `${what} in the change that moves the traffic to ${before.called}`,
            'stage what is to serve in a commit of its own, and promote it unchanged',
          ),
        );
      return [
        finding(
          after.object,
          before.pods > 0
            ? 'it takes the traffic, and its image was a placeholder before'
            : 'it takes the traffic and had no pods before',
          `stage it in a commit of its own${isRecorded(after.object) ? `: seda release stage ${step.environment}` : ''}`,
        ),
      ];
    }),
};
