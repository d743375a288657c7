import { FIRST_SHARE } from '../../../lib/traffic';
import { isRecorded, colourSteps } from '../bundle';
import { shareOf } from '../../rendering/shares';
import { finding, type Rule } from '../rule';

/** What is tried on users is tried on few of them first. */
export const firstShareTooLarge: Rule = {
  name: 'first-share-too-large',
  protects: `A colour that shares the requests begins with at most ${FIRST_SHARE} % of them; a promotion moves all of them.`,
  refuse: (step) =>
    colourSteps(step).flatMap(({ after, role }) => {
      if (role !== 'begins' || after === undefined) return [];
      const share = shareOf(step.next, after.labels.app ?? '', after.colour ?? '');
      if (share === undefined || share <= FIRST_SHARE || share >= 100) return [];
      return [
        finding(
          after.object,
          `it had no requests, and begins with ${share} % of them`,
          `begin with at most ${FIRST_SHARE} %${isRecorded(after.object) ? `: seda release shift ${step.environment} 5` : ''}`,
        ),
      ];
    }),
};
