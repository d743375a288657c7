import { preview } from '../environments/preview';
import { renderEnvironment, renderPreview } from '../environments/render';
import { image, qa, states } from '../test/fixtures';
import { read } from './dist';
import type { Subject } from './subject';

/** Every state of an environment's life, and a preview. */
export const lives: readonly (Subject & { readonly state: string })[] = [
  ...states.map(({ state, environment, release }) => ({
    state,
    environment,
    objects: renderEnvironment(environment, release).objects,
  })),
  {
    state: 'the preview of a pull request',
    environment: preview(1, qa),
    objects: read(renderPreview(1, image('pr-1'), qa)),
  },
];
