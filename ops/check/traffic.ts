import type { Manifest } from '../../lib/manifests';
import { type Rendering, type Slot, templateOf } from '../rendering/rendering';
import { type Refusal, refusal } from './refusal';

/** The Service that leads to the colours stays. */
export function lostSwitchRefusals(base: Rendering, next: Rendering): Refusal[] {
  const kept = next.switches().map(({ metadata }) => metadata.name);
  return base
    .switches()
    .filter(({ metadata }) => !kept.includes(metadata.name))
    .map((gone) =>
      refusal(
        'no switch',
        gone,
        'nothing leads to the colours any more',
        'keep the Service that clients use',
      ),
    );
}

/** Never empty: the switch leads to a colour that has the pods it promised. */
export function switchRefusals(service: Manifest, to: Slot | undefined): Refusal[] {
  if (!to)
    return [
      refusal('empty target', service, 'it selects no Deployment', 'select a colour that exists'),
    ];
  if (to.pods === 0)
    return [
      refusal(
        'empty target',
        service,
        `it selects ${to.name}, which has no pods`,
        'stage that colour first',
      ),
    ];
  if (to.pods < Math.max(2, to.floor ?? 0)) {
    return [
      refusal(
        'below the floor',
        service,
        `${to.name} has ${to.pods} pods, and ${Math.max(2, to.floor ?? 0)} are the least that may serve`,
        'stage it at full size',
      ),
    ];
  }
  return [];
}

/** Traffic moves only to what was staged, and what it leaves stays as it was. */
export function moveRefusals(
  environment: string,
  base: Rendering,
  next: Rendering,
  from: Slot,
  to: Slot,
  oneCommit: boolean,
): Refusal[] {
  const was = base.get('Deployment', to.name);
  const staged = was && base.slot(was);
  const outgoing = next.get('Deployment', from.name);
  // Nobody is served from a colour without pods, as after a switch by hand: every way out of that is good.
  if (from.pods === 0) return [];
  const refusals: Refusal[] = [];
  const asStaged =
    staged !== undefined && staged.pods > 0 && templateOf(was!) === templateOf(to.deployment);
  if (oneCommit && to.scaled && !asStaged) {
    refusals.push(
      refusal(
        'not staged',
        to.deployment,
        'its autoscaler acts in the last wave, and its gate would wait for pods that nobody starts',
        'stage it in a commit of its own',
      ),
    );
  } else if (oneCommit) {
    // The waves start the target, prove it by its gate, and only then switch.
  } else if (!staged || staged.pods === 0) {
    const remedy = `stage it in a commit of its own: seda release stage ${environment}, or allow both in one: --one-commit ${environment}`;
    refusals.push(
      refusal('not staged', to.deployment, 'it takes the traffic and had no pods before', remedy),
    );
  } else {
    if (templateOf(was) !== templateOf(to.deployment)) {
      refusals.push(
        refusal(
          'not what was staged',
          to.deployment,
          'its pods differ from those that were staged',
          'stage what is to serve, and promote it unchanged',
        ),
      );
    }
    if (staged.pods > to.pods)
      refusals.push(
        refusal(
          'not what was staged',
          to.deployment,
          `it was staged with ${staged.pods} pods and takes the traffic with ${to.pods}`,
          'promote it at the size at which it was staged',
        ),
      );
  }
  if (!outgoing || next.slot(outgoing).pods < from.pods) {
    refusals.push(
      refusal(
        'flip and shrink',
        from.deployment,
        'it loses pods in the change that takes its traffic away, and with them the way back',
        'retire it in a later commit',
      ),
    );
  } else if (templateOf(outgoing) !== templateOf(from.deployment)) {
    refusals.push(
      refusal(
        'flip and change',
        from.deployment,
        'its pods change in the change that takes its traffic away, and with them the way back',
        'leave it as it is until the next stage',
      ),
    );
  }
  return refusals;
}
