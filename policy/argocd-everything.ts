import { PREVIEWS, type Previews, renderArgoCd } from '../environments/argocd';
import { renderEnvironment, renderPreview } from '../environments/render';
import type { Manifest } from '../lib/manifests';
import { firstDay, image, PLACEHOLDER_IMAGE, placeholderPair, type State } from '../test/fixtures';
import { read } from './dist';

/** Previews of pull requests, turned on. */
export const on: Previews = { ...PREVIEWS, enabled: true, like: firstDay.qa };

/** Every cluster environment on its first day. */
const first: readonly Omit<State, 'state'>[] = [
  { environment: firstDay.qa, release: { image: 'ghcr.io/seda-fm/seda-api:develop' } },
  { environment: firstDay.sandbox, release: { image: PLACEHOLDER_IMAGE } },
  { environment: firstDay.production, release: placeholderPair(firstDay.production) },
];
const targets = first.map(({ environment, release }) => ({
  environment,
  objects: renderEnvironment(environment, release).objects,
}));

/** The resources of Argo CD of all of them, with previews. */
export const told = read(renderArgoCd(targets, on).files);
/** And everything that it would apply. */
export const everything: readonly Manifest[] = [
  ...told,
  ...targets.flatMap(({ objects }) => objects),
  ...read(renderPreview(1, image('pr-1'), firstDay.qa)),
];
