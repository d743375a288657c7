import { templateOf } from '../../rendering/rendering';
import { colourSteps, wasServed } from '../bundle';
import { finding, type Rule } from '../rule';

/** What clients reach, or reached a moment ago, keeps its pods. */
export const servingColourShrinks: Rule = {
  name: 'serving-colour-shrinks',
  protects: 'A colour that serves, before or after the change, keeps its pods.',
  refuse: (step) =>
    colourSteps(step).flatMap(({ before, after, role }) => {
      if (role === 'idle' || !wasServed(step, before) || before.pods === 0) return [];
      if (after === undefined)
        return [
          finding(
            before.object,
            'it serves, and would be deleted',
            'keep both colours; one that serves nobody may lose its pods',
          ),
        ];
      const fixed = [before, after].map(({ object }) => object.spec?.replicas !== undefined);
      // The size of another release says nothing of this one, which colour-not-staged judges.
      const isOther = templateOf(before.object) !== templateOf(after.object);
      if (role === 'begins' && isOther && fixed[1]) return [];
      if (fixed[0] !== fixed[1])
        return [
          finding(
            after.object,
            fixed[1]
              ? `the live number of pods would be reset to ${after.pods}`
              : 'without replicas Kubernetes falls back to one pod until the autoscaler acts',
            'stage it in the other colour and promote it',
          ),
        ];
      if (after.pods >= before.pods) return [];
      return [
        finding(
          after.object,
          role === 'ends'
            ? `it goes from ${before.pods} to ${after.pods} pods in the change that takes its traffic away, and with them the rollback`
            : `it goes from ${before.pods} to ${after.pods} pods, and clients reach it`,
          role === 'ends'
            ? 'retire it in a later commit'
            : 'stage the new size in the other colour and promote it',
        ),
      ];
    }),
};
