import { isPlaceholder, type Colour, otherColour } from '../lib';
import {
  type BlueGreenRelease,
  isBlueGreen,
  type RollingRelease,
  type SedaEnvironment,
} from './environment';
import { stage, type StageInput } from './release-stage';
import {
  asPrevious,
  colourCalled,
  nothing,
  newestOf,
  refused,
  type StepInput,
  type StepResult,
  versionOf,
  withColours,
  withOneServing,
} from './release-step';

export { shift, type ShiftInput } from './release-shift';
export { stage, type StageInput, withSettingsOfToday } from './release-stage';
export type { StepInput, StepResult } from './release-step';

/** What `promote` is asked for. */
export interface PromoteInput extends StepInput {
  /**
   * Promote also a version that was rolled back.
   * @default false
   */
  readonly again?: boolean;
}

/** Both in one commit, which the waves alone keep safe. */
export function stageAndPromote(input: StageInput): StepResult {
  const { environment, release } = input;
  if (environment.autoscaling && isBlueGreen(release)) {
    const reason = 'it acts in the last wave, and the gate would wait for pods that nobody starts';
    return refused(
      `${environment.name}: stage and promote must be two commits where there is an autoscaler: ${reason}`,
    );
  }
  const staged = stage(input);
  if (staged.kind === 'refused') return staged;
  return promote({ environment, release: staged.kind === 'done' ? staged.release : release });
}

/** What a rollback brings back. */
function fromPrevious(
  image: string,
  { previousVersion: version, previousMigration: migration }: RollingRelease,
): RollingRelease {
  return {
    image,
    ...(version === undefined ? {} : { version }),
    ...(migration === undefined ? {} : { migration }),
  };
}

/** Traffic moves to the colour that was staged; the other one stays as it is, warm. */
export function promote({ environment, release, again = false }: PromoteInput): StepResult {
  return withColours(environment, release, (state, idle) => {
    const { name } = environment;
    if (state.weights !== undefined) return finished(environment, state, newestOf(state));
    if (state[idle].release < state[state.active].release) {
      return nothing(
        `${name}: nothing is staged; ${colourCalled(state, state.active)} serves and is the newest release`,
      );
    }
    if (state[idle].replicas === 0)
      return refused(
        `${name}: ${idle} has no pods; stage it first: seda release stage ${name} --image ${state[idle].image}`,
      );
    if (state.rolledBack && !again)
      return refused(
        `${name}: ${colourCalled(state, idle)} was rolled back; if what was wrong is not in it, promote it with: seda release promote ${name} --again`,
      );
    const { rolledBack: _, ...unmarked } = state;
    return switched(
      environment,
      unmarked,
      idle,
      `back: seda release rollback ${name}`,
      `once it has proved itself: seda release retire ${name}`,
    );
  });
}

/** Traffic moves back to the colour that served before; refused while it has no pods. */
export function rollback({ environment, release }: StepInput): StepResult {
  const { name } = environment;
  if (!isBlueGreen(release)) {
    const { previous, previousVersion, rolledBack } = release;
    if (previous === undefined)
      return refused(`${name}: has no previous image to go back to; stage the one that should run`);
    return {
      kind: 'done',
      // Twice is forward again.
      release: {
        ...fromPrevious(previous, release),
        ...asPrevious(release),
        ...(rolledBack ? {} : { rolledBack: true }),
      },
      sentence: `${name}: goes back from ${versionOf(release.image, release.version)} to ${versionOf(previous, previousVersion)}, pod by pod`,
      next: 'merge',
    };
  }
  return withColours(environment, release, (state, idle) => {
    if (state.weights !== undefined)
      return finished(environment, state, otherColour(newestOf(state)));
    if (state[idle].release > state[state.active].release) {
      return refused(
        `${name}: ${idle} is newer than ${state.active}, which serves; there is nothing to go back to. To go forward: seda release promote ${name}${state.rolledBack ? ' --again' : ''}`,
      );
    }
    if (isPlaceholder(state[idle].image))
      return refused(`${name}: ${colourCalled(state, idle)} is nothing to go back to`);
    // An empty copy of what serves, as it is after an abort.
    if (state[idle].release === 0)
      return refused(`${name}: ${idle} holds no release; there is nothing to go back to`);
    if (state[idle].replicas === 0) {
      return refused(
        `${name}: ${colourCalled(state, idle)} has no pods; warm it first: seda release stage ${name} --image ${state[idle].image}`,
      );
    }
    return switched(
      environment,
      { ...state, rolledBack: true },
      idle,
      `forward again: seda release promote ${name} --again`,
      `to drop it for good: seda release abort ${name}`,
    );
  });
}

/** The colour that served before loses its pods, and with them the quick rollback. */
export function retire({ environment, release }: StepInput): StepResult {
  return withOneServing(environment, release, (state, idle) => {
    const { name } = environment;
    if (state[idle].release > state[state.active].release)
      return refused(
        `${name}: ${idle} is staged and not promoted; to drop it: seda release abort ${name}`,
      );
    if (state[idle].replicas === 0) return nothing(`${name}: ${idle} has no pods already`);
    return {
      kind: 'done',
      release: { ...state, [idle]: { ...state[idle], replicas: 0 } },
      sentence: `${name}: ${colourCalled(state, idle)} is retired; a rollback now needs it staged again`,
      next: 'merge',
    };
  });
}

/** A release that was staged and not promoted is dropped: the idle colour is an empty copy of the one that serves. */
export function abort({ environment, release }: StepInput): StepResult {
  return withOneServing(environment, release, (state, idle) => {
    const { name } = environment;
    if (state[idle].release < state[state.active].release)
      return nothing(`${name}: nothing is staged`);
    const { rolledBack: _, ...unmarked } = state;
    return {
      kind: 'done',
      release: { ...unmarked, [idle]: { ...state[state.active], release: 0, replicas: 0 } },
      sentence: `${name}: ${versionOf(state[idle].image, state[idle].version)} is dropped from ${idle}; traffic stays on ${colourCalled(state, state.active)}`,
      next: 'merge',
    };
  });
}

/** One colour gets all requests again: the newer release, or, as if it had never got any, the one before. */
function finished(
  environment: SedaEnvironment,
  { weights: _, rolledBack, ...state }: BlueGreenRelease,
  to: Colour,
): StepResult {
  const { name } = environment;
  const isForward = to === newestOf(state);
  return {
    kind: 'done',
    // Back is back to the bytes before the first share.
    release: { ...state, active: to, ...(isForward || !rolledBack ? {} : { rolledBack }) },
    sentence: `${name}: all requests go to ${colourCalled(state, to)}${isForward ? `; back: seda release rollback ${name}` : `, as before ${colourCalled(state, otherColour(to))} got any`}`,
    next: isForward
      ? `merge; once it has proved itself: seda release retire ${name}`
      : `merge; to drop the release: seda release abort ${name}`,
  };
}

function switched(
  environment: SedaEnvironment,
  state: BlueGreenRelease,
  to: Colour,
  back: string,
  later: string,
): StepResult {
  return {
    kind: 'done',
    release: { ...state, active: to },
    sentence: `${environment.name}: traffic moves from ${colourCalled(state, state.active)} to ${colourCalled(state, to)}; ${back}`,
    next: `merge; ${later}`,
  };
}
