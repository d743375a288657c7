import { development } from './development';
import type { SedaEnvironment } from './environment';
import { production } from './production';
import { qa } from './qa';
import { sandbox } from './sandbox';

export { API } from './api';
export { outdatedColours } from './bundle-changes';
export { freeze, readFrozen } from './frozen';
export { releaseFile } from './layout';
export { readRelease } from './release';
export { versionOf } from './release-step';
export * as steps from './release-steps';
export { renderAll, renderEnvironment, renderPreview } from './render';
export { ValidationError } from './validation-error';
export { secretValues } from './secret-values';
export { podSettings } from './settings';
export { retiredNotes } from './retired';
export { waitingNotes, waitingSettings } from './waiting';

/** The only list of environments, in the order in which an image travels. */
export const environments: readonly SedaEnvironment[] = [development, qa, sandbox, production];
