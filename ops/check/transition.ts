import type { Rendering } from '../rendering/rendering';
import { type Flip, flipOf } from './flip';
import { gateRefusals } from './gates';
import { immutableRefusals, inPlaceRefusals } from './in-place';
import { contractRefusals } from './migrations';
import { referenceRefusals } from './references';
import type { Refusal } from './refusal';
import { scaleRefusals, shrinkRefusals } from './replicas';
import { secretInPlaceRefusals, secretRefusals } from './secrets';
import { sentences } from './sentences';
import { lostSwitchRefusals, moveRefusals, switchRefusals } from './traffic';
import { waveRefusals } from './waves';

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
