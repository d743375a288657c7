import type { SedaEnvironment } from '../environments/environment';
import type { Manifest } from '../lib/manifests';

/** What the policy judges: what people decided for an environment, and everything that is rendered of it. */
export interface Subject {
  readonly environment: SedaEnvironment;
  readonly objects: readonly Manifest[];
}
