import type { Rendering, Slot } from '../rendering/rendering';
import type { Flip } from './flip';
import { type Refusal, refusal } from './refusal';

/** A colour keeps its pods while it serves. */
export function shrinkRefusals(from: Slot, to: Slot): Refusal[] {
  if (to.pods >= from.pods || from.scaled || to.scaled) return [];
  return [
    refusal(
      'shrink while serving',
      to.deployment,
      `it serves, and goes from ${from.pods} to ${to.pods} pods`,
      'stage the new size in the other colour and promote it',
    ),
  ];
}

/** An autoscaler owns the number of pods, and a number that comes or goes under traffic resets it. */
export function scaleRefusals(
  environment: string,
  base: Rendering,
  next: Rendering,
  flips: readonly Flip[],
  allowInPlace: boolean,
): Refusal[] {
  return next.ofKind('Deployment').flatMap((deployment) => {
    const { name } = deployment.metadata;
    const { scaled, pods } = next.slot(deployment);
    const fixed = deployment.spec?.replicas !== undefined;
    const old = base.get('Deployment', name);
    const active = next.switchOf(deployment)?.metadata.name;
    const { from, to } = flips.find(({ service }) => service.metadata.name === active) ?? {};
    // A colour that serves nobody may lose and win pods; one that is about to serve may win them.
    const serves = to === undefined || from?.name === name || (to.name === name && !fixed);
    if (
      serves &&
      !allowInPlace &&
      old &&
      base.slot(old).pods > 0 &&
      pods > 0 &&
      (old.spec?.replicas !== undefined) !== fixed
    ) {
      const reason = fixed
        ? `the live number of pods would be reset to ${pods}`
        : 'without the field Kubernetes falls back to one pod until the autoscaler acts';
      return [
        refusal(
          'replicas appear or disappear',
          deployment,
          reason,
          `stage it in the other colour, or allow it at a quiet hour: --allow-in-place ${environment}`,
        ),
      ];
    }
    if (scaled && fixed)
      return [
        refusal(
          'replicas beside an autoscaler',
          deployment,
          'each apply would reset the live number of pods',
          'leave replicas out',
        ),
      ];
    if (!scaled && !fixed)
      return [
        refusal(
          'no replicas',
          deployment,
          'nothing says how many pods it has, which is one',
          'give it replicas or an autoscaler',
        ),
      ];
    return [];
  });
}
