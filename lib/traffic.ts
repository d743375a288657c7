import { fault } from './checks';
import type { k8s } from './k8s';
import { type Colour, COLOURS, otherColour } from './labels';

/** Percent of the requests that each colour gets; whole numbers that sum to 100. */
export type Weights = { readonly [colour in Colour]: number };

/** A pair behind a controller that can share requests between its colours. */
export interface SharedTraffic {
  /** The Services that never move, by colour. */
  readonly services: { readonly [colour in Colour]: k8s.KubeService };
  /** What each colour gets. */
  readonly weights: Weights;
  /** The colour that testers reach with the preview header. */
  readonly preview: Colour;
}

/** What says where the traffic of a pair goes. */
interface Led {
  readonly active: Colour;
  readonly weights?: Weights;
}

/**
 * The largest first share of a release, in percent of the requests: what users notice of a bad one stays small. A choice and
 * no measurement.
 */
export const FIRST_SHARE = 10;

/** What each colour gets: all for the active one, where nothing else is said. */
export function weightsOf({ active, weights }: Led): Weights {
  return weights ?? { blue: active === 'blue' ? 100 : 0, green: active === 'green' ? 100 : 0 };
}

/** Whether requests of users reach a colour. */
export function getsTraffic(state: Led, colour: Colour): boolean {
  return weightsOf(state)[colour] > 0;
}

/** What is wrong with the weights of a pair. They are there while both colours get requests, and never else. */
export function weightFaults({ active, weights }: Led): string[] {
  if (weights === undefined) return [];
  const faults = COLOURS.filter(
    (colour) => !Number.isInteger(weights[colour]) || weights[colour] < 1 || weights[colour] > 99,
  ).map((colour) =>
    fault(
      `weights.${colour}`,
      'is not a share of the requests',
      weights[colour],
      'a whole number from 1 to 99',
      'remove weights where one colour gets all of them',
    ),
  );
  if (faults.length > 0) return faults;
  const sum = weights.blue + weights.green;
  if (sum !== 100)
    return [
      fault(
        'weights',
        'do not share all requests',
        `${sum} in all`,
        '100 in all',
        'correct one of them',
      ),
    ];
  return weights[active] < weights[otherColour(active)]
    ? [
        fault(
          'active',
          'is not the colour that gets most requests',
          `${active} with ${weights[active]}`,
          otherColour(active),
          'let it follow the larger weight: clients inside the cluster use the Service that it selects',
        ),
      ]
    : [];
}
