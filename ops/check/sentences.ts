import type { Manifest } from '../../lib/manifests';
import { type Rendering, type Slot, templateOf } from '../rendering/rendering';
import type { Flip } from './flip';

/** What a step does, for people: traffic that moves, and Deployments that change. */
export function sentences(
  environment: string,
  base: Rendering,
  next: Rendering,
  flips: readonly Flip[],
): string[] {
  const moving = flips.flatMap(({ from, to }) =>
    from && to && from.name !== to.name ? [{ from, to }] : [],
  );
  const moved = moving.flatMap(({ from, to }) => [from.name, to.name]);
  return [
    ...moving.map(
      ({ from, to }) =>
        `${environment}: traffic moves from ${from.name} ${from.version} to ${to.name} ${to.version}; back: seda release rollback ${environment}`,
    ),
    ...next
      .ofKind('Deployment')
      .filter(({ metadata }) => !moved.includes(metadata.name))
      .flatMap((deployment) => {
        const active = next.switchOf(deployment);
        return deploymentSentence(
          environment,
          base,
          next,
          deployment,
          active && next.slotOf(active),
        );
      }),
  ];
}

function deploymentSentence(
  environment: string,
  base: Rendering,
  next: Rendering,
  deployment: Manifest,
  to: Slot | undefined,
): string[] {
  const { name } = deployment.metadata;
  const old = base.get('Deployment', name);
  const slot = next.slot(deployment);
  if (!old) return [`${environment}: ${name} is new, with ${slot.version}`];
  const was = base.slot(old);
  if (was.pods > 0 && slot.pods === 0)
    return [`${environment}: ${name} ${slot.version} loses its pods`];
  const changes = slot.pods > 0 && (was.pods === 0 || templateOf(old) !== templateOf(deployment));
  if (changes && to && to.name !== name)
    return [
      `${environment}: ${name} is staged with ${slot.version}; traffic stays on ${to.name} ${to.version}`,
    ];
  if (changes)
    return [`${environment}: ${name} replaces its pods, ${was.version} becomes ${slot.version}`];
  return was.pods === slot.pods
    ? []
    : [`${environment}: ${name} goes from ${was.pods} to ${slot.pods} pods`];
}
