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
        const asked = podsAsked(next, gate, 'GATE_HOST') ?? [];
        if (asked.length === 0 || asked.some(({ called }) => called !== workload.called))
          say(
            `it asks other pods than those of ${workload.called}`,
            'let it ask the colour itself',
          );
        // One good pod is enough where these have none.
        const others = podsAsked(next, gate, 'GATE_OTHER');
        if (others !== undefined && !areRivals(others, workload))
          say(
            'it takes one good pod for enough where GATE_OTHER has none, which are not the pods of the other colour',
            'let GATE_OTHER be the headless Service of the other colour',
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

/** What says how a gate decides; some variables say whom it asks, and how long. */
function decision(job: Manifest): string {
  const { env = [], envFrom = [] } = containerOf(job) ?? {};
  const variables = env.filter(
    ({ name, value }) =>
      value === undefined ||
      !['GATE_HOST', 'GATE_OTHER', 'GATE_FLOOR', 'GATE_SECONDS'].includes(name),
  );
  return canonicalText([runOf(job), variables, envFrom]);
}

/** The workloads whose pods a gate asks, by the name of their Service; absent where it is to ask nobody. */
function podsAsked(
  rendering: Rendering,
  gate: Manifest,
  variable: 'GATE_HOST' | 'GATE_OTHER',
): Workload[] | undefined {
  const host = variableOf(containerOf(gate), variable);
  if (host === undefined) return undefined;
  const service = rendering
    .ofKind('Service')
    .find(({ metadata }) => metadata.name === host.split('.')[0]);
  return service ? selectedBy(rendering, service) : [];
}

function areRivals(others: readonly Workload[], { called, labels }: Workload): boolean {
  return (
    others.length > 0 &&
    others.every((other) => other.called !== called && other.labels.app === labels.app)
  );
}
