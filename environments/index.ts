import { development } from './development';
import type { SedaEnvironment } from './environment';
import { production } from './production';
import { qa } from './qa';
import { sandbox } from './sandbox';

/** The only list of environments, in the order in which an image travels. */
export const environments: readonly SedaEnvironment[] = [development, qa, sandbox, production];
