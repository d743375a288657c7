import { type Colour, otherColour } from '../lib';
import { FIRST_SHARE, weightsOf } from '../lib/traffic';
import { type BlueGreenRelease, canShare } from './environment';
import {
  colourCalled,
  newestOf,
  nothing,
  refused,
  type StepInput,
  type StepResult,
  withColours,
} from './release-step';

/** What `shift` is asked for. */
export interface ShiftInput extends StepInput {
  /** Percent of the requests that the newer release is to get: a whole number from 1 to 99. */
  readonly percent: number;
  /**
   * Shift also to a version that was rolled back.
   * @default false
   */
  readonly again?: boolean;
}

/** Shares that are proposed after the first one. */
const USUAL = [25, 50, 75];

/** The newer release gets a share of the requests; the Service for clients inside the cluster follows the larger one. */
export function shift({ environment, release, percent, again = false }: ShiftInput): StepResult {
  return withColours(environment, release, (state) => {
    const { name, ingress } = environment;
    const to = newestOf(state);
    const share = weightsOf(state)[to];
    const mark = state.rolledBack ? ' --again' : '';
    if (state.active === to && share === 100)
      return nothing(
        `${name}: nothing is staged; ${colourCalled(state, to)} serves and is the newest release`,
      );
    if (state[to].replicas === 0)
      return refused(
        `${name}: ${to} has no pods; stage it first: seda release stage ${name} --image ${state[to].image}`,
      );
    if (!canShare(environment))
      return refused(
        `${name}: its ingress, ${ingress?.kind ?? 'none'}, cannot share requests; move all of them at once: seda release promote ${name}${mark}`,
      );
    if (share === percent)
      return nothing(`${name}: ${colourCalled(state, to)} gets ${percent} % already`);
    if (share === 0 && percent > FIRST_SHARE)
      return refused(
        `${name}: the first share of ${colourCalled(state, to)} is at most ${FIRST_SHARE} %, got ${percent} %; begin with: seda release shift ${name} 5${mark}`,
      );
    if (share === 0 && state.rolledBack && !again)
      return refused(
        `${name}: ${colourCalled(state, to)} was rolled back; if what was wrong is not in it, try it with: seda release shift ${name} ${percent} --again`,
      );
    return shared(name, state, to, percent);
  });
}

function shared(name: string, state: BlueGreenRelease, to: Colour, percent: number): StepResult {
  const from = otherColour(to);
  const share = (colour: Colour): number => (colour === to ? percent : 100 - percent);
  const more = USUAL.find((step) => step > percent);
  const active = percent === 50 ? state.active : percent > 50 ? to : from;
  return {
    kind: 'done',
    release: { ...state, active, weights: { blue: share('blue'), green: share('green') } },
    sentence: `${name}: ${percent} % of the requests go to ${colourCalled(state, to)}, ${100 - percent} % to ${colourCalled(state, from)}; back: seda release rollback ${name}`,
    next: `merge; then ${more === undefined ? '' : `more: seda release shift ${name} ${more}, or `}all: seda release promote ${name}`,
  };
}
