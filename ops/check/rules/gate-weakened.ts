import type { Manifest } from '../../../lib/manifests';
import { canonical, canonicalText } from '../../rendering/canonical';
import { variableOf } from '../../rendering/workloads';
import { coloursOf, gateOf, isGate } from '../bundle';
import { type Finding, finding, type Rule } from '../rule';

const container = (job: Manifest) => job.spec?.template?.spec?.containers?.[0];

/** Every colour with pods has a gate, which runs its image and asks what a gate always asked. */
export const gateWeakened: Rule = {
  name: 'gate-weakened',
  protects:
    'Every colour with pods has a gate that runs its own image, asks for as many pods as it is to have, and decides as the gates before it did.',
  refuse: ({ base, next }) =>
    coloursOf(next)
      .filter(({ pods }) => pods > 0)
      .flatMap((workload): Finding[] => {
        const gate = gateOf(next, workload);
        if (gate === undefined)
          return [
            finding(
              workload.object,
              'nothing proves that it answers before it takes the traffic',
              'render the gate of every colour that has pods',
            ),
          ];
        const found: Finding[] = [];
        const say = (reason: string, remedy: string) =>
          void found.push(finding(gate, reason, remedy));
        if (container(gate)?.image !== workload.pod.containers?.[0]?.image)
          say('it runs another image than the pods it is to prove', 'render both from one record');
        const floor = Number(variableOf(container(gate), 'GATE_FLOOR') ?? 0);
        if (floor < workload.pods)
          say(
            `it asks for ${floor} pods, and ${workload.called} has ${workload.pods}`,
            'let it ask for every pod that the colour has',
          );
        const before = base.ofKind('Job').filter((job) => isGate(job) && sameApp(job, gate));
        if (before.length > 0 && !before.some((job) => decision(job) === decision(gate)))
          say(
            'it asks or decides in another way than the gates before it',
            'let somebody look at the gate itself; where it is right, allow it',
          );
        return found;
      }),
  // A gate is made anew with each stage; its wave and its pods have rules of their own.
  permit: ({ object, change }, { next }) =>
    isGate(object) &&
    (change === 'removed' ||
      (change === 'added' && coloursOf(next).some((colour) => gateOf(next, colour) === object))),
};

const sameApp = (one: Manifest, other: Manifest) =>
  one.metadata.namespace === other.metadata.namespace &&
  one.spec?.template?.metadata?.labels?.app === other.spec?.template?.metadata?.labels?.app;

/** All of a gate but which pods it asks, how many, and the image. */
function decision(job: Manifest): string {
  const { spec } = structuredClone(canonical(job)) as Manifest;
  const { image: _, imagePullPolicy: __, env = [], ...asked } = container({ ...job, spec }) ?? {};
  const variables = (env as { name: string; value?: string }[])
    .filter(({ name }) => !['GATE_HOST', 'GATE_OTHER', 'GATE_FLOOR', 'GATE_SECONDS'].includes(name))
    .map(({ name, value }) => `${name}=${value}`);
  return canonicalText([asked, variables, spec.backoffLimit, spec.suspend]);
}
