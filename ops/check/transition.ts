import {
  EXPANDED_ANNOTATION,
  MIGRATION_ANNOTATION,
  RELEASE_ANNOTATION,
} from '../../lib/release-annotations';
import type { Manifest } from '../../lib/manifests';
import {
  appOf,
  CONTENT_HASH,
  referencesOf,
  type Rendering,
  type Slot,
  templateOf,
} from '../rendering/rendering';
import { type Refusal, refusal } from './refusal';
import { type Flip, flipOf } from './flip';
import { sentences } from './sentences';
import { waveRefusals } from './waves';
import { secretInPlaceRefusals, secretRefusals } from './secrets';

/** What a change of one environment does, and what of it is refused. */
export interface Verdict {
  readonly environment: string;
  readonly sentences: readonly string[];
  readonly refusals: readonly Refusal[];
}

export interface JudgeOptions {
  /** The serving colour may change in place, for the day on which it must. */
  readonly allowInPlace: boolean;
  /** Stage and promote may come in one commit, whose waves alone keep it safe. */
  readonly oneCommit: boolean;
}

/** Judges the step from one rendering of an environment to the next; reads nothing else. */
export function judge(
  environment: string,
  base: Rendering,
  next: Rendering,
  options: JudgeOptions,
): Verdict {
  const flips = next.switches().map((service) => flipOf(service, base, next));
  const refusals = [
    ...flips.flatMap((flip) => flipRefusals(environment, base, next, flip, options)),
    ...lostSwitchRefusals(base, next),
    ...immutableRefusals(base, next),
    ...referenceRefusals(base, next),
    ...(flips.length > 0 && !options.allowInPlace
      ? secretInPlaceRefusals(environment, base, next)
      : []),
    ...(flips.length > 0 ? gateRefusals(next) : []),
    ...scaleRefusals(environment, base, next, flips, options.allowInPlace),
    ...(flips.length > 0 ? contractRefusals(base, next) : []),
    ...(flips.length > 0 ? waveRefusals(next) : []),
    ...secretRefusals(base, next),
  ];
  return { environment, sentences: sentences(environment, base, next, flips), refusals };
}

function flipRefusals(
  environment: string,
  base: Rendering,
  next: Rendering,
  { service, from, to }: Flip,
  { allowInPlace, oneCommit }: JudgeOptions,
): Refusal[] {
  return [
    ...switchRefusals(service, to),
    ...(!from || !to
      ? []
      : from.name !== to.name
        ? moveRefusals(environment, base, next, from, to, oneCommit)
        : [
            ...(allowInPlace ? [] : inPlaceRefusals(environment, from, to)),
            ...shrinkRefusals(from, to),
          ]),
  ];
}

function lostSwitchRefusals(base: Rendering, next: Rendering): Refusal[] {
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
function switchRefusals(service: Manifest, to: Slot | undefined): Refusal[] {
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

function moveRefusals(
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

/** Frozen while serving. */
function inPlaceRefusals(environment: string, from: Slot, to: Slot): Refusal[] {
  if (templateOf(from.deployment) === templateOf(to.deployment)) return [];
  const remedy = `stage it in the other colour and promote it, or allow it: --allow-in-place ${environment}`;
  return [
    refusal(
      'in-place change',
      to.deployment,
      'it serves, and its pods would be replaced under the traffic',
      remedy,
    ),
  ];
}

function shrinkRefusals(from: Slot, to: Slot): Refusal[] {
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

/** Fields that the API server refuses to change under one name. */
function immutableRefusals(base: Rendering, next: Rendering): Refusal[] {
  const fields: readonly [string, (object: Manifest) => unknown][] = [
    ['Deployment', ({ spec }) => spec?.selector],
    ['StatefulSet', ({ spec }) => spec?.selector],
    ['Job', ({ spec }) => spec?.template],
    ['Service', ({ spec }) => spec?.clusterIP],
    ['ConfigMap', ({ immutable, data }) => (immutable ? data : undefined)],
  ];
  return fields.flatMap(([kind, field]) =>
    next.ofKind(kind).flatMap((object) => {
      const old = base.get(kind, object.metadata.name);
      if (
        !old ||
        field(old) === undefined ||
        JSON.stringify(field(old)) === JSON.stringify(field(object))
      )
        return [];
      return [
        refusal(
          'immutable field',
          object,
          'a field that Kubernetes never lets change is another one under the same name',
          'give the object a new name, or leave the field',
        ),
      ];
    }),
  );
}

/** What pods read must be there as long as they run. */
function referenceRefusals(base: Rendering, next: Rendering): Refusal[] {
  const has = ({ kind, name }: { kind: string; name: string }, rendering: Rendering) =>
    rendering.get(kind, name) !== undefined ||
    (kind === 'Secret' && rendering.get('ExternalSecret', name) !== undefined);
  return next
    .ofKind('Deployment')
    .filter((deployment) => next.slot(deployment).pods > 0)
    .flatMap((deployment) =>
      referencesOf(deployment)
        // What neither rendering ever had is made by somebody else, except what has a hash of its content.
        .filter(
          (reference) =>
            !has(reference, next) && (CONTENT_HASH.test(reference.name) || has(reference, base)),
        )
        .map(({ kind, name }) =>
          refusal(
            'missing reference',
            deployment,
            `its pods read the ${kind} ${name}, which is gone`,
            `keep it as long as ${deployment.metadata.name} has pods`,
          ),
        ),
    );
}

/** Gated: every colour with pods has a gate that runs its own image. */
function gateRefusals(next: Rendering): Refusal[] {
  return next
    .ofKind('Deployment')
    .filter(
      (deployment) =>
        deployment.spec?.selector?.matchLabels?.version !== undefined &&
        next.slot(deployment).pods > 0,
    )
    .flatMap((deployment) => {
      const gate = next.gateOf(deployment);
      if (!gate)
        return [
          refusal(
            'no gate',
            deployment,
            'nothing proves that it answers before it takes the traffic',
            'render the gate of every colour that has pods',
          ),
        ];
      const image = (object: Manifest) => object.spec?.template?.spec?.containers?.[0]?.image;
      return image(gate) === image(deployment)
        ? []
        : [
            refusal(
              'no gate',
              gate,
              'it runs another image than the pods it is to prove',
              'render both from one record',
            ),
          ];
    });
}

/** An autoscaler owns the number of pods, and a number that comes or goes under traffic resets it. */
function scaleRefusals(
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

/** A contraction must not take away what older code that still runs may need. */
function contractRefusals(base: Rendering, next: Rendering): Refusal[] {
  return next.ofKind('Job').flatMap((job) => {
    const { annotations = {}, name } = job.metadata;
    if (annotations[MIGRATION_ANNOTATION] !== 'contract' || base.get('Job', name)) return [];
    const expandedIn = Number(annotations[EXPANDED_ANNOTATION] ?? 0);
    return next
      .ofKind('Deployment')
      .filter(
        (deployment) =>
          appOf(deployment) === appOf(job) &&
          next.slot(deployment).pods > 0 &&
          Number(deployment.metadata.annotations?.[RELEASE_ANNOTATION] ?? Infinity) < expandedIn,
      )
      .map((deployment) => {
        const release = deployment.metadata.annotations?.[RELEASE_ANNOTATION];
        return refusal(
          'contract too early',
          job,
          `${deployment.metadata.name} runs release ${release}, older than release ${expandedIn}, which expanded the schema`,
          'promote the release that expanded, or a later one, first',
        );
      });
  });
}
