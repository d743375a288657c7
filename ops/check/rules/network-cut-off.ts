import { covers, flowsOf, flowText } from '../../rendering/network';
import { finding, type Rule } from '../rule';
import { DIRECTIONS, keptPods, names, ofColour } from '../pods/kept';

/** Pods that go on running reach what they reached, and are reached by whom they were. */
export const networkCutOff: Rule = {
  name: 'network-cut-off',
  protects:
    'Pods that clients reach go on reaching what they reached before, and stay open to the clients, probes, gates and monitoring that they admitted.',
  refuse: (step) =>
    keptPods(step).flatMap(({ before, after, same }) =>
      DIRECTIONS.flatMap((direction) => {
        const now = flowsOf(step.next, after, direction).map((flow) => ofColour(after, flow));
        const lost = flowsOf(step.base, before, direction).filter(
          (flow) => !covers(now, ofColour(before, flow)),
        );
        // A rolling environment, a new Job or a colour that is staged has settings of its own: what these no longer name is let go.
        const missed =
          direction === 'Egress' && !same
            ? lost.filter(
                (flow) =>
                  // From everything to something is what a policy is for, as long as the settings are followed.
                  flow.port !== 'any' &&
                  (names(step.next, after, flow) || !names(step.base, before, flow)),
              )
            : lost;
        return missed.map((flow) =>
          finding(
            after.object,
            direction === 'Egress'
              ? `its pods reach ${flowText(flow)}, and no policy would let them any more`
              : `its pods are reached by ${flowText(flow)}, and no policy would let these in any more`,
            same
              ? 'keep what the pods that serve need until they are retired'
              : 'keep it, or take what needs it out of the settings',
          ),
        );
      }),
    ),
};
