import type { Manifest } from '../../lib/manifests';
import { WAVE_ANNOTATION } from '../../lib/wave-plan';
import { calledOf } from '../../lib/kubernetes/identity';
import {
  appOf,
  isSuperseded,
  type Rendering,
  type Slot,
  templateOf,
  UNKNOWN_VERSION,
} from '../rendering/rendering';
import { movesShares } from '../rendering/shares';
import { bundleOf, coloursOf, isRecorded } from './bundle';
import { flipOf } from './flip';
import type { Step } from './rule';
import { sharesMoved } from './share-sentences';

/** What a step does, for people: traffic that moves, Deployments that change, and whatever else does. */
export function sentences(environment: string, step: Step): string[] {
  const { base, next } = step;
  const shares = sharesMoved(environment, step).filter(({ isShared }) => isShared);
  // The Service follows the larger share, which is told with the other one.
  const flips = next
    .switches()
    .filter((service) => !shares.some(({ app }) => app === appOf(service)))
    .map((service) => flipOf(service, base, next));
  const moving = flips.flatMap(({ from, to }) =>
    from && to && from.name !== to.name ? [{ from, to }] : [],
  );
  const moved = moving.flatMap(({ from, to }) => [from.name, to.name]);
  const deployments = next
    .ofKind('Deployment')
    .filter(({ metadata }) => !moved.includes(metadata.name))
    .map((deployment) => {
      const active = next.switchOf(deployment);
      const to = active && next.slotOf(active);
      return {
        name: deployment.metadata.name,
        said: deploymentSentence(environment, base, next, deployment, to),
      };
    });
  const told = [
    ...moved,
    ...deployments.filter(({ said }) => said.length > 0).map(({ name }) => name),
  ];
  return [
    ...moving.map(
      ({ from, to }) =>
        `${environment}: traffic moves from ${from.name} ${from.version} to ${to.name} ${to.version}; back: ${isRecorded(to.deployment) ? `seda release rollback ${environment}` : 'revert this change'}`,
    ),
    ...shares.map(({ sentence }) => sentence),
    ...deployments.flatMap(({ said }) => said),
    ...otherObjects(environment, step, told),
  ];
}

/** Objects that none of the sentences above is about, at most as many as a person reads. */
function otherObjects(
  environment: string,
  { base, next, differences }: Step,
  deployments: readonly string[],
): string[] {
  const told = new Set(
    [base, next]
      .flatMap((rendering) => [
        ...rendering.ofKind('Deployment'),
        ...coloursOf(rendering).flatMap((colour) =>
          deployments.includes(colour.object.metadata.name) ? bundleOf(rendering, colour) : [],
        ),
      ])
      .filter(({ kind, metadata }) => kind !== 'Deployment' || deployments.includes(metadata.name))
      .map(calledOf),
  );
  const follows = [...next.switches(), ...next.previews()];

  const others = differences.filter((difference) => {
    const { object, path } = difference;
    return (
      !told.has(calledOf(object)) &&
      // It comes and goes with the pods that read it, or for which it runs.
      !isSuperseded({ kind: object.kind, name: object.metadata.name }) &&
      path[2] !== WAVE_ANNOTATION &&
      path[2] !== 'app.kubernetes.io/version' &&
      !(follows.includes(object) && path.join('.') === 'spec.selector.version') &&
      // Weights, and the way of testers, move with the traffic.
      !movesShares(difference, next)
    );
  });
  const names = [...new Set(others.map(({ object }) => calledOf(object)))];
  if (names.length === 0 || base.objects.length === 0) return [];
  const more = names.length - SHOWN;
  return [
    `${environment}: changes ${names.slice(0, SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
  ];
}

/** Names in one sentence. */
const SHOWN = 4;

function versions({ version: was }: Slot, { version }: Slot): string {
  if (was !== version) return `, ${was} becomes ${version}`;
  return version === UNKNOWN_VERSION ? '' : `, the version stays ${version}`;
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
  if (changes) return [`${environment}: ${name} replaces its pods${versions(was, slot)}`];
  return was.pods === slot.pods
    ? []
    : [`${environment}: ${name} goes from ${was.pods} to ${slot.pods} pods`];
}
