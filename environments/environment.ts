import type { ApiRevision, Colour, Migration, Weights } from '../lib';
import type { SharedSettings, StagedSettings } from './environment-settings';

export type {
  ArgoCdTarget,
  Database,
  Issuer,
  Redis,
  SharedSettings,
  StagedSettings,
  Storage,
  Supabase,
  Tls,
} from './environment-settings';

/**
 * One environment of seda.fm: what people decide. What runs there, images above all, is in `<name>.release.yaml`. Its own
 * fields say which environment it is and how it is released; they stay once something serves in it.
 */
export interface SedaEnvironment extends StagedSettings, SharedSettings {
  /** Also the name of its folder in `dist/`. */
  readonly name: string;
  /** Where all of it lives; no other environment's. */
  readonly namespace: string;
  /**
   * Context of the kubeconfig in which it runs.
   * @default - `--context` names it; the current context is never used
   */
  readonly context?: string;
  /** Name of the Deployment; a blue-green pair appends the colour. */
  readonly workload: string;
  /** How a release reaches the pods: one by one, or by a second colour and a switch. */
  readonly rollout: 'rolling' | 'blue-green';
  /**
   * The environment that must have run an image before this one may. Such an image is named by its
   * digest, so that what was tested there is what runs here.
   * @default - images come straight from the build
   */
  readonly imageFrom?: string;
  /**
   * Another repository that images may come from, e.g. a mirror: `mirror.example.com/seda-fm/seda-api`.
   * @default - the API's own alone, `API.repository`
   */
  readonly imageRepository?: string;
}

/** What an environment without colours runs. */
export interface RollingRelease {
  readonly image: string;
  /**
   * What people call the image.
   * @default - its tag
   */
  readonly version?: string;
  /**
   * What its migration does to the schema.
   * @default 'expand'
   */
  readonly migration?: Migration;
  /**
   * The image before it, which a rollback brings back.
   * @default - nothing was released before
   */
  readonly previous?: string;
  /**
   * What people call the image before it.
   * @default - its tag
   */
  readonly previousVersion?: string;
  /**
   * What the migration of the image before it did to the schema.
   * @default 'expand'
   */
  readonly previousMigration?: Migration;
  /**
   * The previous image is the newer one, and the schema has what its migration added.
   * @default false
   */
  readonly rolledBack?: boolean;
  /**
   * Why the image did not come from the environment that it should have come from.
   * @default - it did
   */
  readonly skippedOrder?: string;
}

/** What one colour holds: all that its pods get, and which release it is. */
export interface ColourRelease extends ApiRevision {
  readonly release: number;
  /**
   * Why the image did not come from the environment that it should have come from.
   * @default - it did
   */
  readonly skippedOrder?: string;
}

/** What a blue-green environment runs: the colour that serves, and all that is in each. */
export interface BlueGreenRelease {
  readonly active: Colour;
  readonly blue: ColourRelease;
  readonly green: ColourRelease;
  /**
   * Percent of the requests that each colour gets, while a release is on its way from one to the other.
   * @default - the active colour gets all of them
   */
  readonly weights?: Weights;
  /**
   * The newest release whose migration expanded the schema, promoted or not.
   * @default - none is known
   */
  readonly expandedIn?: number;
  /**
   * The newer colour had the traffic and was rolled back.
   * @default false
   */
  readonly rolledBack?: boolean;
}

/** The content of `<name>.release.yaml`. */
export type Release = RollingRelease | BlueGreenRelease;

/** Whether the entry point of an environment can share requests between two colours. */
export function canShare({ ingress, rollout }: SedaEnvironment): boolean {
  return rollout === 'blue-green' && ingress?.kind === 'gateway-api';
}

/** True for the record of a pair of colours. */
export function isBlueGreen(release: Release): release is BlueGreenRelease {
  return 'active' in release;
}
