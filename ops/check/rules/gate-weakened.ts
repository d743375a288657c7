import type { Manifest } from '../../../lib/manifests';
import { canonical, canonicalText } from '../../rendering/canonical';
import type { Rendering } from '../../rendering/rendering';
import { selectedBy, variableOf, type Workload, workloadOf } from '../../rendering/workloads';
import { coloursOf, gateOf, isGate } from '../bundle';
import { containerOf, gateFloor, isAlike, runOf } from '../job-spec';
import { type Finding, finding, type Rule } from '../rule';

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
        if (containerOf(gate)?.image !== workload.pod.containers?.[0]?.image)
          say('it runs another image than the pods it is to prove', 'render both from one record');
        const floor = gateFloor(gate);
        if (floor < workload.pods)
          say(
            `it asks for ${floor} pods, and ${workload.called} has ${workload.pods}`,
            'let it ask for every pod that the colour has',
          );
        if (!asks(next, gate, workload))
          say(
            `it asks other pods than those of ${workload.called}`,
            'let it ask the colour itself',
          );
        const old = base.get('Deployment', workload.object.metadata.name);
        const proved = old && gateOf(base, workloadOf(base, old));
        if (
          proved?.metadata.name === gate.metadata.name &&
          canonicalText(canonical(old!).spec?.template) !==
            canonicalText(canonical(workload.object).spec?.template)
        )
          say(
            `it has proved other pods of ${workload.called} than these, and is not run again`,
            'render the gate with the pods: its name changes with them',
          );
        const before = base.ofKind('Job').filter((job) => isGate(job) && isAlike(job, gate));
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

/** The variables that say how a gate decides; the others say whom it asks. */
function decision(job: Manifest): string {
  const variables = (containerOf(job)?.env ?? [])
    .filter(({ name }) => !['GATE_HOST', 'GATE_OTHER', 'GATE_FLOOR', 'GATE_SECONDS'].includes(name))
    .map(({ name, value }) => `${name}=${value}`);
  return canonicalText([runOf(job), variables]);
}

/** Whether the pods that a gate asks, by the name of their Service, are those of the colour. */
function asks(rendering: Rendering, gate: Manifest, workload: Workload): boolean {
  const host = variableOf(containerOf(gate), 'GATE_HOST') ?? '';
  const service = rendering
    .ofKind('Service')
    .find(({ metadata }) => metadata.name === host.split('.')[0]);
  const selected = service ? selectedBy(rendering, service) : [];
  return selected.length > 0 && selected.every(({ called }) => called === workload.called);
}
